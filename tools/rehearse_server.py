"""
Serve an echo on whatever `wsproto` is installed, by uvicorn or by wspy, and talk to it.

    python rehearse_server.py uvicorn|wspy

It needs that server and websockets, and prints one line; `make release-check` runs it in fresh environments.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import importlib.util
import socket
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import websockets.asyncio.client

import wsproto

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MESSAGES = ("hello", "Grüße ✓" * 1000, bytes(range(256)) * 1000)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Echo what is received."""
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})


@asynccontextmanager
async def by_uvicorn() -> AsyncIterator[int]:
    """Serve the application, and yield the port."""
    import uvicorn  # noqa: PLC0415 - only one of the servers need be installed

    config = uvicorn.Config(application, ws="wsproto", lifespan="off", log_level="warning")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve([listener]))
        yield listener.getsockname()[1]
        server.should_exit = True
        await serving


@asynccontextmanager
async def by_wspy() -> AsyncIterator[int]:
    """Serve a handler that echoes, and yield the port."""
    import wspy  # noqa: PLC0415 - only one of the servers need be installed

    async def echo(connection: wspy.AsyncConnection) -> None:
        async for message in connection:
            await connection.send(message)

    async with wspy.serve(echo, "127.0.0.1", extensions=[wspy.DeflateMessage()]) as server:
        yield server.address[1]


SERVERS = {"uvicorn": by_uvicorn, "wspy": by_wspy}


async def main(name: str) -> None:
    """Serve, talk, stop."""
    assert importlib.util.find_spec("wsproto._wsproto"), f"{wsproto.__file__} is not on the Rust core"
    async with SERVERS[name]() as port:
        address = f"ws://127.0.0.1:{port}/"
        async with websockets.asyncio.client.connect(address, proxy=None) as client:
            for message in MESSAGES:
                await client.send(message)
                assert await client.recv() == message
    version = importlib.metadata.version(name)
    print(f"{name} {version} echoed {len(MESSAGES)} messages on {wsproto.__file__}")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(sys.argv[1]), 60))
