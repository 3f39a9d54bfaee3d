"""The programs under test work at all: the suite itself is run by `make conformance` only."""

from __future__ import annotations

import importlib
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from websockets.sync.client import connect

import wspy
from tests.conformance.subjects import SUBJECTS
from tests.conformance.suite import ENVIRONMENT, ROOT
from tests.examples.public_client import converse
from tests.examples.public_server import QUESTION, ask, refuse, serving_elsewhere
from tests.servers.ours import LIMIT, TRACED, assert_imported_ours

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


CLIENTS = [importlib.import_module(subject.client) for subject in SUBJECTS.values()]


@pytest.fixture(params=list(SUBJECTS.values()), ids=list(SUBJECTS))
def server(request: pytest.FixtureRequest) -> Iterator[int]:
    """Return the port of a server, as the suite starts it."""
    command = [sys.executable, "-m", request.param.server, "--port", "0"]
    environment = TRACED | ENVIRONMENT
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline().rpartition(" ")[2])
        finally:
            process.kill()
            assert_imported_ours(process.communicate(timeout=LIMIT)[1])


@pytest.mark.parametrize("compression", [None, "deflate"])
def test_the_server_echoes(server: int, compression: str | None) -> None:
    """With permessage-deflate for those who offer it."""
    with connect(f"ws://127.0.0.1:{server}/", compression=compression, proxy=None) as client:
        assert bool(client.protocol.extensions) == bool(compression)
        converse(client)


@pytest.mark.parametrize("compression", [None, "deflate"])
@pytest.mark.parametrize("client", CLIENTS)
def test_the_client_returns_what_the_server_said_last(client: ModuleType, compression: str | None) -> None:
    """The suite answers a question with a message, which is echoed too, and closes."""
    with serving_elsewhere(ask, compression) as port:
        assert client.visit("127.0.0.1", port, "/") == QUESTION


@pytest.mark.parametrize("client", CLIENTS)
def test_the_client_fails_when_refused(client: ModuleType) -> None:
    """A server that is none of the suite's is an error, not an empty report."""
    refused = (ConnectionRefusedError, wspy.HandshakeError)
    with serving_elsewhere(process_request=refuse) as port, pytest.raises(refused):
        client.visit("127.0.0.1", port, "/")
