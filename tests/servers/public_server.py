"""
The public `websockets` server, asyncio and threaded, with one behaviour for each path.

They are those of the other programs that the tests start: see `programs/__init__.py`.
"""

from __future__ import annotations

import http
import threading
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import websockets.asyncio.server
import websockets.sync.server
from websockets.typing import Subprotocol

from tests.servers.ours import LIMIT
from tests.servers.programs.behaviour import (
    CLOSE_CODE,
    CLOSE_REASON,
    FRAGMENTS,
    PING,
    PONG_HAS_COME,
    REFUSAL,
    SUBPROTOCOL,
    reset,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
    from socketserver import TCPServer

    from websockets.http11 import Request, Response
    from websockets.sync.server import Server

    from tests.servers.loop import LoopThread

CHAT = Subprotocol(SUBPROTOCOL)

AsyncioConnection = websockets.asyncio.server.ServerConnection
ThreadedConnection = websockets.sync.server.ServerConnection


def refuse(connection: AsyncioConnection | ThreadedConnection, request: Request) -> Response | None:
    """Refuse what asks for /refused."""
    if request.path == "/refused":
        return connection.respond(http.HTTPStatus.FORBIDDEN, REFUSAL)
    return None


def choose(
    _connection: AsyncioConnection | ThreadedConnection, offered: Sequence[Subprotocol]
) -> Subprotocol | None:
    """Choose the one subprotocol that we know, and go without one otherwise."""
    return CHAT if CHAT in offered else None


def path_of(connection: AsyncioConnection | ThreadedConnection) -> str:
    """Return the path that the client asked for, without the query."""
    assert connection.request is not None
    return connection.request.path.partition("?")[0]


async def behave_in_asyncio(connection: AsyncioConnection) -> None:
    """Serve one connection."""
    match path_of(connection):
        case "/fragments":
            await connection.recv()
            await connection.send(FRAGMENTS)
        case "/ping":
            await connection.recv()
            await (await connection.ping(PING))
            await connection.send(PONG_HAS_COME)
        case "/close":
            await connection.recv()
            await connection.close(CLOSE_CODE, CLOSE_REASON)
        case "/vanish":
            await connection.recv()
            reset(connection.transport.get_extra_info("socket"))
            connection.transport.abort()
    async for message in connection:
        await connection.send(message)


def behave_in_thread(connection: ThreadedConnection) -> None:
    """Serve one connection."""
    match path_of(connection):
        case "/fragments":
            connection.recv()
            connection.send(FRAGMENTS)
        case "/ping":
            connection.recv()
            assert connection.ping(PING).wait(LIMIT)
            connection.send(PONG_HAS_COME)
        case "/close":
            connection.recv()
            connection.close(CLOSE_CODE, CLOSE_REASON)
        case "/vanish":
            connection.recv()
            reset(connection.socket)
            connection.close_socket()
    for message in connection:
        connection.send(message)


@contextmanager
def in_thread(server: Server | TCPServer) -> Iterator[int]:
    """Run a threaded server, and yield its port."""
    with server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.socket.getsockname()[1]
        finally:
            server.shutdown()
            thread.join(LIMIT)


@contextmanager
def threaded(compression: str | None) -> Iterator[int]:
    """Run the threaded server on a free port."""
    server = websockets.sync.server.serve(
        behave_in_thread,
        "127.0.0.1",
        0,
        compression=compression,
        select_subprotocol=choose,
        process_request=refuse,
    )
    with in_thread(server) as port:
        yield port


@asynccontextmanager
async def asynchronous_server(
    compression: str | None, handle: Callable[[AsyncioConnection], Awaitable[None]] = behave_in_asyncio
) -> AsyncIterator[int]:
    """Run the asyncio server on a free port, in the running loop."""
    async with websockets.asyncio.server.serve(
        handle,
        "127.0.0.1",
        0,
        compression=compression,
        select_subprotocol=choose,
        process_request=refuse,
    ) as server:
        yield next(iter(server.sockets)).getsockname()[1]


@contextmanager
def asynchronous(loop: LoopThread, compression: str | None) -> Iterator[int]:
    """Run the asyncio server on a free port, in that loop."""
    server = asynchronous_server(compression)
    yield loop.run(server.__aenter__())
    loop.run(server.__aexit__(None, None, None))
