"""
Measure compression as a server does it, many connections and messages that never recur: `make bench-deflate`.

Ours is a whole `send()`, with encoding and frame; beside it is zlib alone, as upstream and as `websockets`
set it up. Writes docs/deflate.md; `ARGS=--quick` only prints.
"""

from __future__ import annotations

import argparse
import gc
import subprocess
import sys
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benches import machine, measure, messages, wire
from benches.report import markdown, number
from wsproto.connection import Connection, ConnectionType
from wsproto.events import TextMessage
from wsproto.extensions import PerMessageDeflate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DOCUMENT = ROOT / "docs" / "deflate.md"
CHILD = Path(__file__).parent / "deflate_memory.py"

COUNTS = (1, 100, 400, 2_000)
SIZES = {"200 B": 200, "1 KiB": 1 << 10, "4 KiB": 4 << 10}

#: What fills a window, and a little more.
FILL = 36 << 10

#: The most that is asked of ours: of upstream's bytes, and of the time under the settings of `websockets`.
BYTES, TIME = 1.03, 1.0

#: Why rows and tables miss their bars.
REASONS = """## Why some miss

* Records over 2,000 connections: each connection has two or three messages of 200 B after a window full of
  long ones. Matches of three bytes pay in short messages only and were not indexed for the long ones, so the
  first short message makes that index, of the last 8 KiB of text; and the messages of the next size read it.
* Short messages of a chat: zlib looks at up to 128 earlier places with the same three bytes, this compressor
  at 32 with the same five and at 8 with the same three.
* The first message in memory of closed connections (half the time of 6/15/8 is wanted): zlib's tables are in
  the cache then, and what is left is the search, which takes about as long.
"""


class Stream(Protocol):
    """An end of a connection."""

    def send(self, text: str) -> int:
        """Compress a message; return its size in bytes."""

    def receive(self, text: str) -> None:
        """Inflate a message."""


class Ours:
    """A connection of ours."""

    def __init__(self, bits: int = 15) -> None:
        """With default settings."""
        extension = PerMessageDeflate()
        extension.accept(f"permessage-deflate; server_max_window_bits={bits}")
        self._connection = Connection(ConnectionType.SERVER, [extension])
        self._send = self._connection.send

    def send(self, text: str) -> int:
        """Make a frame; its header is not counted."""
        size = len(self._send(TextMessage(text)))
        return size - (2 if size < 128 else 4 if size < 1 << 16 else 10)

    def receive(self, text: str) -> None:
        """Take a frame through the connection."""
        payload = wire.deflated(text.encode())
        self._connection.receive_data(wire.frame(wire.Opcode.TEXT, payload, compressed=True))
        for _ in self._connection.events():
            pass


class Zlib:
    """A compressor as others set it up."""

    def __init__(self, bits: int, memory: int) -> None:
        """At level 6."""
        stream = zlib.compressobj(6, zlib.DEFLATED, -bits, memory)
        self._compress, self._flush = stream.compress, stream.flush
        self._bits = bits
        self._inflater: Any = None

    def send(self, text: str) -> int:
        """Compress as in RFC 7692 section 7.2.1."""
        return len((self._compress(text.encode()) + self._flush(zlib.Z_SYNC_FLUSH))[:-4])

    def receive(self, text: str) -> None:
        """Inflate as in RFC 7692 section 7.2.2."""
        if self._inflater is None:
            self._inflater = zlib.decompressobj(-self._bits)
        self._inflater.decompress(wire.deflated(text.encode(), self._bits) + wire.TAIL)


LANES: dict[str, Callable[[], Stream]] = {
    "ours": Ours,
    "zlib 6/15/8": lambda: Zlib(15, 8),
    "zlib 6/12/5": lambda: Zlib(12, 5),
}
OURS, UPSTREAM, WEBSOCKETS = LANES


class Lane:
    """Connections of one kind."""

    def __init__(self, make: Callable[[], Stream], count: int, fill: list[str]) -> None:
        """Fill their windows."""
        self.streams = [make() for _ in range(count)]
        for at, stream in enumerate(self.streams):
            for message in range(FILL // (4 << 10)):
                stream.send(fill[(at * 37 + message) % len(fill)])
        self.begin()

    def begin(self) -> None:
        """Begin a row."""
        self.costs: list[float] = []
        self.size = self.sent = 0

    def slice(self, texts: list[str], times: int) -> None:
        """Send so many messages, each over another connection."""
        order = [self.streams[(self.sent + at) * 769 % len(self.streams)] for at in range(times)]
        chosen = [texts[(self.sent + at) % len(texts)] for at in range(times)]
        size = 0
        start = time.process_time()
        for stream, text in zip(order, chosen, strict=True):
            size += stream.send(text)
        self.costs.append((time.process_time() - start) / times)
        self.size += size
        self.sent += times


def rows(counts: tuple[int, ...], rounds: int) -> Iterator[tuple[str, int, list[str], bool]]:
    """Measure everyone in turns, and return each row of the table, and whether it is up to the mark."""
    for kind, make in messages.KINDS.items():
        fill = messages.texts(make, 4 << 10, 1_500, seed=1)
        # No message goes out twice in a row of the table.
        pools = {
            label: messages.texts(make, size, (rounds + 1) * _slice(size)) for label, size in SIZES.items()
        }
        for count in counts:
            lanes = {name: Lane(stream, count, fill) for name, stream in LANES.items()}
            gc.collect()
            gc.freeze()
            for label, texts in pools.items():
                for lane in lanes.values():
                    lane.begin()
                times = _slice(SIZES[label])
                for at in range(rounds + 1):
                    names = list(lanes)
                    for name in names[at % 3 :] + names[: at % 3]:
                        lanes[name].slice(texts, times)
                yield f"{kind}, {label}", count, *judged(lanes)
            gc.unfreeze()


def _slice(size: int) -> int:
    """Return how many messages of a size keep everyone at work for some milliseconds."""
    return 400_000 // (size + 1_000)


def judged(lanes: dict[str, Lane]) -> tuple[list[str], bool]:
    """Return the cells of a row."""
    # The first round warms up.
    costs = {name: measure.Spread.of(lane.costs[1:]).median for name, lane in lanes.items()}

    def ratio(rival: str) -> float:
        pairs = zip(lanes[OURS].costs[1:], lanes[rival].costs[1:], strict=True)
        return measure.Spread.of([ours / theirs for ours, theirs in pairs]).median

    sizes = {name: lane.size / lane.sent for name, lane in lanes.items()}
    smaller = sizes[OURS] / sizes[UPSTREAM]
    faster = ratio(WEBSOCKETS)
    missed = [f"time {faster:.2f}"] * (faster > TIME) + [f"bytes {smaller:.3f}"] * (smaller > BYTES)
    cells = [f"{cost * 1e6:.1f}" for cost in costs.values()]
    cells += [number(ratio(UPSTREAM)), number(faster)]
    cells += [f"{size:.0f}" for size in sizes.values()] + [f"{smaller:.3f}"]
    return [*cells, "MISS " + ", ".join(missed) if missed else "pass"], not missed


def repeated() -> str:
    """Return a table of what repeats itself, in bytes."""
    record = messages.texts(messages.KINDS["records"], 1 << 10, 1)[0]
    near = [f"{record[:500]}{at:03}{record[503:]}" for at in range(200)]
    table = [["", "window", OURS, UPSTREAM, ""]]
    for name, texts, bits in (
        ('`"ab" * 33_000`', ["ab" * 33_000], 15),
        ("1 MiB of one letter", ["a" * (1 << 20)], 15),
        ("1 KiB, three digits of which change, the 200th time", near, 15),
        ("the same", near, 9),
    ):
        ours, theirs = Ours(bits), Zlib(bits, 8)
        sizes = [[stream.send(text) for text in texts][-1] for stream in (ours, theirs)]
        verdict = "pass" if sizes[0] <= BYTES * sizes[1] else f"MISS {sizes[0] / sizes[1]:.2f}"
        table.append([name, f"{bits} bits", *map(str, sizes), verdict])
    return markdown(table)


def first(count: int) -> str:
    """Return a table of what the first message of a connection takes, where all of them stay open."""
    table = [["", *LANES, f"{OURS} to {UPSTREAM}"]]
    for name, kind in (("in memory that is new", "new"), ("in memory of closed connections", "used")):
        costs = [child(at, kind, count) for at in range(len(LANES))]
        table.append([name, *(f"{cost * 1e6:.1f} µs" for cost in costs), f"{costs[0] / costs[1]:.2f}"])
    return markdown(table)


def child(lane: int, kind: str, count: int) -> float:
    """Return what a process of its own measures."""
    command = [sys.executable, str(CHILD), str(lane), kind, str(count)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def memory(count: int) -> str:
    """Return a table of how much memory a connection takes, by the resident set of a process."""
    table = [["", *LANES]]
    for name, kind in (
        ("after one message of 1 KiB sent", "first"),
        ("after 128 KiB sent", "full"),
        ("after 128 KiB in each direction", "both"),
    ):
        sizes = [child(at, kind, count) for at in range(len(LANES))]
        table.append([name, *(f"{size / 1024:.1f} KiB" for size in sizes)])
    return markdown(table)


def main() -> None:
    """Measure, print, and save unless it is quick."""
    parser = argparse.ArgumentParser(prog="make bench-deflate", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="take less than a minute, and write nothing")
    arguments = parser.parse_args()
    measure.keep_memory()
    counts, rounds = ((1, 100), 4) if arguments.quick else (COUNTS, 12)
    times, sizes = ([f"{name}, {unit}" for name in LANES] for unit in ("µs", "bytes"))
    table = [["message", "connections", *times, "to 6/15/8", "to 6/12/5", *sizes, "to 6/15/8", ""]]
    passed = missed = 0
    for name, count, cells, good in rows(counts, rounds):
        table.append([name, f"{count:,}", *cells])
        passed, missed = passed + good, missed + (not good)
        print(*table[-1], sep="\t", file=sys.stderr, flush=True)
    described = machine.describe()
    text = f"""# Compression

<!-- Written by `make bench-deflate`. -->

What it costs to send compressed messages, of three kinds that are generated and never recur, over so many
connections in turn, each with a context of its own that is full. "ours" is a whole `send()` by this package,
text encoding and frame included; beside it is zlib alone, at level 6, with 15 window bits and memory level
8 as wsproto 1.3.2 sets it up, and with 12 and 5 as `websockets` does. CPU time, medians of {rounds} rounds in
which everyone has a turn; the ratios are medians of the ratios within a round. The bars are {TIME:g} times
the time of 6/12/5, and {BYTES:g} times the bytes of 6/15/8.

{described["processor"]}; {described["system"]}; {described["python"]}; zlib {zlib.ZLIB_RUNTIME_VERSION}

{passed + missed} rows, {passed} pass, {missed} miss

{markdown(table)}
## What repeats itself, in bytes

{repeated()}
## The first message

A connection or compressor, and 1 KiB through it.

{first(200 if arguments.quick else 1_000)}
## Memory of a connection

{memory(100 if arguments.quick else 1_000)}
{REASONS}"""
    print(text)
    if not arguments.quick:
        DOCUMENT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
