"""Fixtures: an event loop, our echo server in it, and the check that all of it runs on this package."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from examples import echo_server
from tests.servers.loop import LoopThread
from tests.servers.ours import assert_ours_here
from tests.servers.peers.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from examples.echo_server import EchoServer


@pytest.fixture(autouse=True)
def _ours() -> None:
    assert_ours_here()


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    """Return a running event loop."""
    thread = LoopThread()
    yield thread
    thread.close()


@pytest.fixture
def server(loop: LoopThread) -> Iterator[EchoServer]:
    """Return the example's echo server, listening on a free port."""
    server = loop.run(echo_server.serve())
    yield server
    loop.run(server.close())


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """Return the clients, which are ended after the last test."""
    with ExitStack() as stack:
        yield Registry(stack, tmp_path_factory.mktemp("peers"))
