"""
The same application on aiohttp's own server: it sends every message back.

    aiohttp_server.py LOOP
"""

from __future__ import annotations

import asyncio
import sys

from aiohttp import WSMsgType, web

from benches.serving.loop import run


async def echo(request: web.Request) -> web.WebSocketResponse:
    """Serve one connection."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            await socket.send_str(message.data)
    return socket


async def serve() -> None:
    """Serve until the process ends, and say where, in uvicorn's words."""
    application = web.Application()
    application.router.add_get("/", echo)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    print(f"running on http://127.0.0.1:{port}", file=sys.stderr, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    run(serve())
