"""Bytes in, messages out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benches import data
from benches.wire import Incoming, Opcode
from benches.workloads.base import Bar, Point, Workload, ahead_of, equals, within

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benches.contestants.base import Contestant
    from benches.tasks import Task

KIB = 1 << 10
MIB = 1 << 20


def workloads() -> Iterator[Workload]:
    """Return the rows."""
    small = (ahead_of("upstream", 40), within(1.5, "floor"))
    yield _one("receive 16 B text", data.text("ASCII", 16), *small, line="text", headline=True)
    yield _one("receive 16 B binary", data.binary(16), *small, line="binary")
    yield _one("receive 125 B text", data.text("ASCII", 125), *small, line="text")
    yield _one("receive 125 B binary", data.binary(125), *small, line="binary")
    yield _batch()
    yield _one("receive 1 KiB text", data.text("ASCII", KIB), line="text", headline=True)
    yield _one("receive 1 KiB binary", data.binary(KIB), line="binary")
    for size, label in ((64 * KIB, "64 KiB"), (MIB, "1 MiB")):
        bars = (ahead_of("upstream", 20), ahead_of("memcpy", 0.8))
        yield _one(f"receive {label} binary", data.binary(size), *bars, line="binary", headline=size == MIB)
        for alphabet in data.SAMPLES:
            yield _one(
                f"receive {label} {alphabet} text",
                data.text(alphabet, size),
                ahead_of("upstream", 15),
                ahead_of("decode"),
                line="text" if alphabet == "ASCII" else None,
                headline=(alphabet, size) == ("ASCII", MIB),
            )
    yield _chunked("4 KiB", 4 * KIB)
    yield _chunked("64 KiB", 64 * KIB)
    yield _linear()


def _one(name: str, payload: bytes, *bars: Bar, line: str | None = None, headline: bool = False) -> Workload:
    text = name.endswith("text")
    incoming = Incoming(Opcode.TEXT if text else Opcode.BINARY, (payload,))
    return Workload(
        name,
        lambda contestant: contestant.receive(incoming),
        equals(incoming.messages()),
        bars,
        point=Point(f"receive {line}", len(payload)) if line else None,
        headline=headline,
    )


def _batch() -> Workload:
    frame_size = 2 + 4 + 16
    count = 64 * KIB // frame_size
    incoming = Incoming(Opcode.TEXT, tuple(f"message {number:08}".encode() for number in range(count)))
    return Workload(
        "receive 64 KiB of 16 B texts, each",
        lambda contestant: contestant.receive(incoming),
        equals(incoming.messages()),
        (ahead_of("upstream", 70),),
        per=count,
        headline=True,
    )


def _chunked(label: str, chunk: int) -> Workload:
    incoming = Incoming(Opcode.BINARY, (data.binary(16 * MIB),), chunk)
    return Workload(
        f"receive 16 MiB binary in {label} chunks",
        lambda contestant: contestant.receive_chunked(incoming),
        equals(incoming.messages()),
        (ahead_of("upstream", 10),),
        rounds=7,
    )


def _linear() -> Workload:
    """64 messages of 1 MiB are the rival of one of 64 MiB: in linear time neither is ahead."""
    large = Incoming(Opcode.BINARY, (data.binary(64 * MIB),), 64 * KIB)
    small = Incoming(Opcode.BINARY, (data.binary(MIB),) * 64, 64 * KIB)

    def task(contestant: Contestant) -> Task | None:
        return contestant.receive_chunked(large) if contestant.name == "ours" else None

    def further(contestants: Mapping[str, Contestant]) -> dict[str, Task]:
        part = contestants["ours"].receive_chunked(small)
        assert part is not None
        return {"64 × 1 MiB": part}

    def check(result: object) -> None:
        # The other task joins the data of all its messages.
        assert result in ([large.payloads[0]], [b"".join(small.payloads)]), "not what was sent"

    return Workload(
        "receive 64 MiB binary in 64 KiB chunks",
        task,
        check,
        (ahead_of("64 × 1 MiB", 0.8),),
        further=further,
        rounds=7,
    )
