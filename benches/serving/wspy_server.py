"""
The echo server of wspy's page, without its output.

    wspy_server.py LOOP
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "companions" / "wspy"))

import wspy
from benches.serving.loop import run


class EchoServer(wspy.AsyncServer):
    """Sends every message back."""

    def onmessage(self, client: wspy.Client, message: wspy.Message) -> None:
        """Echo."""
        client.send(wspy.TextMessage(message.payload))


async def serve() -> None:
    """Serve until the process ends, and say where, in uvicorn's words."""
    async with EchoServer(("127.0.0.1", 0), extensions=[wspy.DeflateMessage()]) as server:
        print(f"running on http://127.0.0.1:{server.address[1]}", file=sys.stderr, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    run(serve())
