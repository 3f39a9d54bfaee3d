"""
A trio-websocket server.

python -m tests.servers.programs.trio_websocket_server
"""

from __future__ import annotations

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, WebSocketRequest, WebSocketServer

from tests.servers.programs.behaviour import (
    CLOSE_CODE,
    CLOSE_REASON,
    PING,
    PONG_HAS_COME,
    REFUSAL,
    SUBPROTOCOL,
)
from tests.servers.programs.report import ended, report


async def handle(request: WebSocketRequest) -> None:
    """Serve one connection."""
    path, _, name = request.path.partition("?")
    if path == "/refused":
        length = (b"content-length", b"%d" % len(REFUSAL))
        await request.reject(403, extra_headers=[length], body=REFUSAL.encode())
        return
    chosen = SUBPROTOCOL if SUBPROTOCOL in request.proposed_subprotocols else None
    connection = await request.accept(subprotocol=chosen)
    try:
        await behave(connection, path)
        while True:
            await connection.send_message(await connection.get_message())
    except ConnectionClosed as closed:
        reason = closed.reason
        ended(name, reason.code if reason else None, reason.reason if reason else None)


async def behave(connection: WebSocketConnection, path: str) -> None:
    """Do what is to be done before echoing."""
    match path:
        case "/ping":
            await connection.get_message()
            await connection.ping(PING)
            await connection.send_message(PONG_HAS_COME)
        case "/close":
            await connection.get_message()
            await connection.aclose(CLOSE_CODE, CLOSE_REASON)
        case "/report":
            await connection.send_message(report())


async def main() -> None:
    """Serve on a free port, and say which."""
    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        server = WebSocketServer(handle, listeners)
        await nursery.start(server.run)
        print(f"Running on http://127.0.0.1:{server.port}", flush=True)  # noqa: T201 (a program)


if __name__ == "__main__":
    trio.run(main)
