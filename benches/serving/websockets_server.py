"""
The same application on the server of `websockets`: it sends every message back.

    websockets_server.py LOOP
"""

from __future__ import annotations

import sys

from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as listen

from benches.serving.loop import run


async def echo(connection: ServerConnection) -> None:
    """Serve one connection."""
    async for message in connection:
        await connection.send(message)


async def serve() -> None:
    """Serve until the process ends, and say where, in uvicorn's words."""
    async with listen(echo, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        print(f"running on http://127.0.0.1:{port}", file=sys.stderr, flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    run(serve())
