"""
Print how much resident memory one connection takes that compresses, or the time of its first message.

    deflate_memory.py LANE first|full|both|new|used COUNT
"""

from __future__ import annotations

import gc
import sys
import time
import zlib
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benches import measure, messages, wire
from benches.memory import WARM_UP, resident
from wsproto.connection import Connection, ConnectionType
from wsproto.events import TextMessage
from wsproto.extensions import PerMessageDeflate

KIB = 1 << 10

#: Of zlib as others set it up.
SETTINGS = {1: (15, 8), 2: (12, 5)}


def ours() -> tuple[Any, Any, object]:
    """Return how a connection of ours sends and receives."""
    extension = PerMessageDeflate()
    extension.accept("permessage-deflate")
    connection = Connection(ConnectionType.SERVER, [extension])

    def send(text: str) -> None:
        connection.send(TextMessage(text))

    def receive(text: str) -> None:
        frame = wire.frame(wire.Opcode.TEXT, deflated(text, 15), compressed=True)
        connection.receive_data(frame)
        for _ in connection.events():
            pass

    return send, receive, connection


def theirs(bits: int, memory: int) -> tuple[Any, Any, object]:
    """Return how a pair of zlib's streams does."""
    compressor = zlib.compressobj(6, zlib.DEFLATED, -bits, memory)
    inflaters: list[Any] = []

    def send(text: str) -> None:
        compressor.compress(text.encode())
        compressor.flush(zlib.Z_SYNC_FLUSH)

    def receive(text: str) -> None:
        if not inflaters:
            inflaters.append(zlib.decompressobj(-bits))
        inflaters[0].decompress(deflated(text, bits) + b"\0\0\xff\xff")

    return send, receive, (compressor, inflaters)


def deflated(text: str, bits: int) -> bytes:
    """Return a message of a sender that has just begun."""
    compressor = zlib.compressobj(6, wbits=-bits)
    return (compressor.compress(text.encode()) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]


def use(lane: int, kind: str, texts: list[str], at: int) -> object:
    """Make a connection, use it, and return what stays of it."""
    send, receive, connection = theirs(*SETTINGS[lane]) if lane else ours()
    if kind == "first":
        send(texts[at % len(texts)][:KIB])
        return connection
    for number in range(32):
        send(texts[(32 * at + number) % len(texts)])
        if kind == "both":
            receive(texts[(32 * at + number + 7) % len(texts)])
    return connection


def main(lane: int, kind: str, count: int) -> None:
    """Make the connections and print what each took."""
    texts = [text for make in messages.KINDS.values() for text in messages.texts(make, 4 * KIB, 300)]
    if kind in ("new", "used"):
        print(first(lane, texts, count, times=1 if kind == "new" else 5))
        return
    kept = [use(lane, kind, texts, at) for at in range(WARM_UP)]
    gc.collect()
    before = resident()
    kept += [use(lane, kind, texts, at) for at in range(count)]
    gc.collect()
    print((resident() - before) / count)


def first(lane: int, texts: list[str], count: int, times: int) -> float:
    """Return the time of a connection's first message, the last time that so many are made."""
    measure.keep_memory()
    taken = 0.0
    for _ in range(times):
        start = time.process_time()
        kept = [use(lane, "first", texts, at) for at in range(count)]
        taken = (time.process_time() - start) / count
        del kept
    return taken


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
