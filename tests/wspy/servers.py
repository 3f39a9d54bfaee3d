"""Servers that run while a test does, and their clients."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import wspy
from tests.servers.loop import LoopThread
from tests.servers.ours import LIMIT, wait_until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator


@contextmanager
def running(server: wspy.AsyncServer) -> Iterator[LoopThread]:
    """Run an asynchronous server in a thread."""
    loop = LoopThread()
    try:
        loop.run(server.start())
        try:
            yield loop
        finally:
            loop.run(server.stop())
    finally:
        loop.close()


def serving(handler: Callable[[wspy.AsyncConnection], Awaitable[object]], **options: Any) -> wspy.AsyncServer:
    """Return a server of the handler on a free port."""
    return wspy.serve(handler, "127.0.0.1", 0, **options)


def port_of(server: wspy.AsyncServer | wspy.Server) -> int:
    """Return the port that a server listens at."""
    port: int = server.address[1]
    return port


@contextmanager
def connected(server: wspy.AsyncServer | wspy.Server, **options: Any) -> Iterator[wspy.websocket]:
    """Return a socket that is connected to a server."""
    with wspy.websocket(**options) as sock:
        sock.connect(("127.0.0.1", port_of(server)))
        sock.settimeout(LIMIT)
        yield sock


@contextmanager
def talking(server: wspy.AsyncServer | wspy.Server, **options: Any) -> Iterator[wspy.Connection]:
    """Return a connection to a server, and close it in the end."""
    with connected(server, **options) as sock, wspy.Connection(sock) as connection:
        yield connection


def is_served(server: wspy.AsyncServer | wspy.Server, **options: Any) -> bool:
    """Return whether a new client has its message returned."""
    with talking(server, **options) as connection:
        connection.send(wspy.TextMessage("served"))
        return connection.recv() == wspy.TextMessage("served")


def only(server: wspy.AsyncServer) -> wspy.Client:
    """Wait for the only client of a server."""
    wait_until(lambda: len(server.clients) == 1)
    return server.clients[0]


def flood(sock: wspy.websocket, seconds: float) -> int:
    """Send frames of 1 MB until the peer takes nothing for so long; return how many it has taken."""
    sock.settimeout(seconds)
    frame = wspy.Frame(wspy.OPCODE_BINARY, bytes(1_000_000))
    sent = 0
    with suppress(TimeoutError):
        while sent < 1000:
            sock.send(frame)
            sent += 1
    sock.settimeout(LIMIT)
    assert sent < 1000, "the peer takes everything"
    return sent
