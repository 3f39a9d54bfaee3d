"""
The server of wspy under test: its `AsyncServer`, and permessage-deflate where it is offered.

    python -m tests.conformance.wspy_server --port 9001
"""

from __future__ import annotations

import argparse
import asyncio

import wspy


class Server(wspy.AsyncServer):
    """Sends every message back."""

    def onmessage(self, client: wspy.Client, message: wspy.Message) -> None:
        """Echo."""
        client.send(message)


async def serve(host: str, port: int) -> None:
    """Serve until killed."""
    async with Server((host, port), extensions=[wspy.DeflateMessage()]) as server:
        print(f"listening on port {server.address[1]}", flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """Take the address from the command line."""
    parser = argparse.ArgumentParser(description="An echo server of wspy to test for conformance.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9001, help="0 picks a free one")
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.host, arguments.port))


if __name__ == "__main__":
    main()
