"""
Serve a WebSocket application by uvicorn on whatever `wsproto` is installed, and talk to it.

    python rehearse_server.py

It needs uvicorn and websockets, and prints one line; `make release-check` runs it in fresh environments.
"""

from __future__ import annotations

import asyncio
import importlib.util
import socket
from typing import Any

import uvicorn
import websockets.asyncio.client

import wsproto

MESSAGES = ("hello", "Grüße ✓" * 1000, bytes(range(256)) * 1000)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Echo what is received."""
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})


async def main() -> None:
    """Serve, talk, stop."""
    assert importlib.util.find_spec("wsproto._wsproto"), f"{wsproto.__file__} is not on the Rust core"
    config = uvicorn.Config(application, ws="wsproto", lifespan="off", log_level="warning")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve([listener]))
        address = f"ws://127.0.0.1:{listener.getsockname()[1]}/"
        async with websockets.asyncio.client.connect(address, proxy=None) as client:
            for message in MESSAGES:
                await client.send(message)
                assert await client.recv() == message
        server.should_exit = True
        await serving
    print(f"uvicorn {uvicorn.__version__} echoed {len(MESSAGES)} messages on {wsproto.__file__}")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 60))
