"""
The demonstration of `make demo`: two clients talk to `examples/echo_server.py`.

The first client is ours (`examples/client.py`, blocking sockets), the second the public `websockets`
library with permessage-deflate on. The server runs in this process, on a free port of the loopback
interface. Anything that is not as expected ends the program with a non-zero status.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.metadata
import os
import time

import websockets.asyncio.client

import wsproto
from examples import client as blocking
from examples import echo_server
from examples.client import Exchanged, expect

HOST = "127.0.0.1"
TIME_LIMIT = 60.0


def shorten(data: str | bytes) -> str:
    """Show the data, or the start and the length of it."""
    return repr(data) if len(data) <= blocking.LONGEST_SHOWN else f"{data[:24]!r}..., {len(data):,} in all"


def talk_with_our_client(port: int) -> Exchanged:
    """Hold the conversation of `examples/client.py`, without compression."""
    with blocking.Client(HOST, port, report=blocking.show) as client:
        return blocking.converse(client)


async def talk_with_websockets(port: int) -> Exchanged:
    """Hold the same conversation as a peer that shares no code with us, with permessage-deflate."""
    mebibyte = os.urandom(512 * 1024).hex()
    fragments = ["in three ", "fragments, ", "one message"]
    conversation: list[tuple[str | bytes | list[str], str | bytes]] = [
        ("Grüße aus dem Äther ✓", "Grüße aus dem Äther ✓"),
        (bytes(range(256)), bytes(range(256))),
        (fragments, "".join(fragments)),
        (mebibyte, mebibyte),
    ]
    payload_bytes = 0
    async with websockets.asyncio.client.connect(f"ws://{HOST}:{port}/", proxy=None) as peer:
        extensions = [extension.name for extension in peer.protocol.extensions]
        print(f"  accepted with {extensions}", flush=True)
        expect(extensions, ["permessage-deflate"])
        for message, expected in conversation:
            # A list goes out as one message in as many fragments.
            pieces = message if isinstance(message, list) else [message]
            for piece in pieces:
                print(f"  sent     {shorten(piece)}", flush=True)
            await peer.send(message)
            answer = await peer.recv()
            print(f"  received {shorten(answer)}", flush=True)
            expect(answer, expected)
            payload_bytes += 2 * len(expected.encode() if isinstance(expected, str) else expected)
        print("  sent     ping", flush=True)
        latency = await (await peer.ping(b"still there?"))
        print(f"  received pong after {latency * 1e3:.2f} ms", flush=True)
        await peer.close(1000, "that was all")
        print(f"  closed   {peer.close_code} {peer.close_reason}", flush=True)
        expect((peer.close_code, peer.close_reason), (1000, "that was all"))
    return Exchanged(2 * len(conversation), payload_bytes)


async def main() -> None:
    """Start the server, hold both conversations, sum up."""
    native = importlib.import_module("wsproto._wsproto")
    print(f"wsproto {wsproto.__version__} on {native.__file__}")
    server = await echo_server.serve(HOST, 0)
    try:
        started = time.perf_counter()
        print(f"\nexamples/client.py and examples/echo_server.py, port {server.port}", flush=True)
        ours = await asyncio.to_thread(talk_with_our_client, server.port)
        print(
            f"\nwebsockets {importlib.metadata.version('websockets')} and examples/echo_server.py", flush=True
        )
        theirs = await talk_with_websockets(server.port)
        elapsed = time.perf_counter() - started
    finally:
        await server.close()
    messages = ours.messages + theirs.messages
    payload_bytes = ours.payload_bytes + theirs.payload_bytes
    print(f"\n{messages} messages, {payload_bytes:,} bytes, {elapsed:.3f} s: everything as expected")


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), TIME_LIMIT))
