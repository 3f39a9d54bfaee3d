"""
Print how much resident memory one connection takes that compresses, or the time of its first message.

    deflate_memory.py LANE first|full|both|new|used COUNT
"""

from __future__ import annotations

import gc
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benches import measure, messages
from benches.deflate import LANES
from benches.memory import WARM_UP, resident

KIB = 1 << 10


def use(lane: int, kind: str, texts: list[str], at: int) -> object:
    """Make a connection, use it, and return it."""
    stream = [*LANES.values()][lane]()
    if kind == "first":
        stream.send(texts[at % len(texts)][:KIB])
        return stream
    for number in range(32):
        stream.send(texts[(32 * at + number) % len(texts)])
        if kind == "both":
            stream.receive(texts[(32 * at + number + 7) % len(texts)])
    return stream


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
