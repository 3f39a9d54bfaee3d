"""The two programs under test work at all: the suite itself is run by `make conformance` only."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from websockets.sync.client import connect

from tests.conformance.echo_client import visit
from tests.conformance.suite import ROOT
from tests.examples.public_client import converse
from tests.examples.public_server import QUESTION, ask, refuse, serving_elsewhere
from tests.servers.ours import LIMIT, TRACED, assert_imported_ours

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[int]:
    """Return the port of the server, as the suite starts it."""
    command = [sys.executable, "-m", "tests.conformance.echo_server", "--port", "0"]
    with subprocess.Popen(
        command, cwd=ROOT, env=TRACED, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
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
def test_the_client_returns_what_the_server_said_last(compression: str | None) -> None:
    """The suite answers a question with a message, which is echoed too, and closes."""
    with serving_elsewhere(ask, compression) as port:
        assert visit("127.0.0.1", port, "/") == QUESTION


def test_the_client_fails_when_refused() -> None:
    """A server that is none of the suite's is an error, not an empty report."""
    with serving_elsewhere(process_request=refuse) as port, pytest.raises(ConnectionRefusedError):
        visit("127.0.0.1", port, "/")
