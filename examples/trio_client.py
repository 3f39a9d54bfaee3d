"""
A client on trio: asks `trio_server.py` for countdowns, and prints them as they come.

    python -m examples.trio_client --port 8765 3 5

It closes the connection when all of them have arrived at 0.
"""

from __future__ import annotations

import argparse

import trio

from examples.trio_connection import TrioWebSocket
from wsproto import ConnectionType, WSConnection


async def ask(websocket: TrioWebSocket, numbers: list[str]) -> None:
    """Send the numbers."""
    for number in numbers:
        await websocket.send(number)


async def main() -> None:
    """Talk to the server that the command line names."""
    parser = argparse.ArgumentParser(description="Countdowns from a WebSocket server.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("numbers", nargs="+", metavar="NUMBER")
    arguments = parser.parse_args()

    stream = await trio.open_tcp_stream(arguments.host, arguments.port)
    websocket = TrioWebSocket(WSConnection(ConnectionType.CLIENT), stream)
    await websocket.connect(f"{arguments.host}:{arguments.port}")
    running = len(arguments.numbers)
    async with trio.open_nursery() as nursery:
        # Sending and receiving at once: a server may wait for us to read before it reads on.
        nursery.start_soon(ask, websocket, arguments.numbers)
        async for message in websocket.messages():
            print(message, flush=True)
            if message == "0":
                running -= 1
            if running == 0:
                await websocket.close()
    await websocket.hang_up()
    if websocket.closed is not None:
        print(f"closed: {int(websocket.closed.code)} {websocket.closed.reason or ''}".rstrip())


if __name__ == "__main__":
    trio.run(main)
