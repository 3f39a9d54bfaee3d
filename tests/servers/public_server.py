"""
The public `websockets` server, asyncio and threaded, with one behaviour for each path.

/           echoes every message
/fragments  sends one message in three fragments
/ping       pings, and says so when the pong has come
/close      closes with 4001 after the first message
/vanish     resets the connection after the first message
/refused    refuses the upgrade, with a body
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
from tests.servers.peers import reset

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from websockets.http11 import Request, Response

    from tests.servers.loop import LoopThread

REFUSAL = "Nothing to see here.\n"
FRAGMENTS = ["three ", "fragments, ", "one message"]
CHAT = Subprotocol("chat")

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
    """Return the path that the client asked for."""
    assert connection.request is not None
    return connection.request.path


async def behave_in_asyncio(connection: AsyncioConnection) -> None:
    """Serve one connection."""
    match path_of(connection):
        case "/fragments":
            await connection.send(FRAGMENTS)
        case "/ping":
            await (await connection.ping(b"are you there?"))
            await connection.send("the pong has come")
        case "/close":
            await connection.recv()
            await connection.close(4001, "enough")
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
            connection.send(FRAGMENTS)
        case "/ping":
            assert connection.ping(b"are you there?").wait(LIMIT)
            connection.send("the pong has come")
        case "/close":
            connection.recv()
            connection.close(4001, "enough")
        case "/vanish":
            connection.recv()
            reset(connection.socket)
            connection.close_socket()
    for message in connection:
        connection.send(message)


@contextmanager
def threaded(compression: str | None) -> Iterator[int]:
    """Run the threaded server on a free port."""
    with websockets.sync.server.serve(
        behave_in_thread,
        "127.0.0.1",
        0,
        compression=compression,
        select_subprotocol=choose,
        process_request=refuse,
    ) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.socket.getsockname()[1]
        finally:
            server.shutdown()
            thread.join(LIMIT)


@asynccontextmanager
async def _asynchronous(compression: str | None) -> AsyncIterator[int]:
    async with websockets.asyncio.server.serve(
        behave_in_asyncio,
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
    server = _asynchronous(compression)
    yield loop.run(server.__aenter__())
    loop.run(server.__aexit__(None, None, None))
