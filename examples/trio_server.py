"""
A server on trio: a countdown for every number that it is sent, as many at once as are asked for.

    python -m examples.trio_server --port 8765 --interval 1

Each connection has a nursery with the countdowns in it, which all send on the same connection. It ends
when the client closes, and takes the countdowns with it.
"""

from __future__ import annotations

import argparse
import re
from functools import partial

import trio

from examples.trio_connection import TrioWebSocket
from wsproto import ConnectionType, WSConnection
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

HANDSHAKE_TIMEOUT = 10.0
NUMBER = re.compile(
    "[0-9]{1,9}"
)  # trio lets an exception in one handler end the server: nothing odd for int()


async def count_down(websocket: TrioWebSocket, number: int, interval: float) -> None:
    """Send the numbers down to 0."""
    try:
        for left in range(number, -1, -1):
            await websocket.send(str(left))
            await trio.sleep(interval)
    except (LocalProtocolError, trio.BrokenResourceError):
        pass  # the connection was closed meanwhile


async def serve(interval: float, stream: trio.SocketStream) -> None:
    """Serve one client."""
    websocket = TrioWebSocket(WSConnection(ConnectionType.SERVER), stream)
    try:
        with trio.fail_after(HANDSHAKE_TIMEOUT):
            await websocket.accept()
        await answer(websocket, interval)
    except (RemoteProtocolError, trio.BrokenResourceError, trio.TooSlowError) as error:
        print(f"lost: {error!r}", flush=True)
    await websocket.hang_up()


async def answer(websocket: TrioWebSocket, interval: float) -> None:
    """Start a countdown for each message; stop them all when the connection is closed."""
    lost: trio.BrokenResourceError | None = None
    async with trio.open_nursery() as nursery:
        try:
            async for message in websocket.messages():
                if not isinstance(message, str) or not NUMBER.fullmatch(message):
                    await websocket.close(CloseReason.UNSUPPORTED_DATA, "this is not a number")
                    break  # what the client still says is for `hang_up()` to read
                nursery.start_soon(count_down, websocket, int(message), interval)
        except trio.BrokenResourceError as error:
            lost = error  # raised in here it would come out of the nursery in a group
        nursery.cancel_scope.cancel()
    if lost is not None:
        raise lost


async def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="A WebSocket server on trio.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765, help="0 picks a free one")
    parser.add_argument("--interval", type=float, default=1.0, metavar="SECONDS", help="between two numbers")
    arguments = parser.parse_args()
    async with trio.open_nursery() as nursery:
        handler = partial(serve, arguments.interval)
        listeners = await nursery.start(partial(trio.serve_tcp, handler, arguments.port, host=arguments.host))
        port = listeners[0].socket.getsockname()[1]
        print(f"listening on ws://{arguments.host}:{port}/", flush=True)


if __name__ == "__main__":
    trio.run(main)
