"""Bytes in, messages out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benches import data
from benches.wire import Incoming, Opcode
from benches.workloads.base import Bar, Point, Workload, ahead_of, within

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benches.contestants.base import Contestant
    from benches.tasks import Task

KIB = 1 << 10
MIB = 1 << 20


def workloads() -> Iterator[Workload]:
    """Return the rows."""
    small = (ahead_of("upstream", 40), within(1.5, "floor"))
    yield _text("16 B", 16, *small, headline=True)
    yield _binary("16 B", 16, *small)
    yield _text("125 B", 125, *small)
    yield _binary("125 B", 125, *small)
    yield _batch()
    yield _text("1 KiB", KIB, headline=True)
    yield _binary("1 KiB", KIB)
    for label, size in (("64 KiB", 64 * KIB), ("1 MiB", MIB)):
        large = size == MIB
        yield _binary(label, size, ahead_of("upstream", 20), ahead_of("memcpy", 0.8), headline=large)
        bars = (ahead_of("upstream", 15), ahead_of("decode"))
        yield _text(f"{label} ASCII", size, *bars, headline=large)
        for alphabet in ("Cyrillic", "CJK", "emoji"):
            yield _text(f"{label} {alphabet}", size, *bars, alphabet=alphabet)
    for label, chunk in (("4 KiB", 4 * KIB), ("64 KiB", 64 * KIB)):
        incoming = Incoming(Opcode.BINARY, lambda: [data.binary(16 * MIB)], chunk)
        yield _chunked(f"receive 16 MiB binary in {label} chunks", incoming)
        yield _whole(f"receive 16 MiB binary in {label} chunks, joined", incoming)
    yield _linear()


def _text(label: str, size: int, *bars: Bar, alphabet: str = "ASCII", headline: bool = False) -> Workload:
    incoming = Incoming(Opcode.TEXT, lambda: [data.text(alphabet, size)])
    point = Point("receive text", size) if alphabet == "ASCII" else None
    return _one(f"receive {label} text", incoming, bars, point, headline=headline)


def _binary(label: str, size: int, *bars: Bar, headline: bool = False) -> Workload:
    incoming = Incoming(Opcode.BINARY, lambda: [data.binary(size)])
    return _one(f"receive {label} binary", incoming, bars, Point("receive binary", size), headline=headline)


def _one(
    name: str, incoming: Incoming, bars: tuple[Bar, ...], point: Point | None, *, headline: bool
) -> Workload:
    return Workload(
        name,
        lambda contestant: contestant.receive(incoming),
        incoming.check,
        bars,
        point=point,
        headline=headline,
    )


def _batch() -> Workload:
    frame_size = 2 + 4 + 16
    count = 64 * KIB // frame_size
    incoming = Incoming(Opcode.TEXT, lambda: [f"message {number:08}".encode() for number in range(count)])
    return Workload(
        "receive 64 KiB of 16 B texts, each",
        lambda contestant: contestant.receive(incoming),
        incoming.check,
        (ahead_of("upstream", 70),),
        per=count,
        headline=True,
    )


def _chunked(name: str, incoming: Incoming) -> Workload:
    return Workload(
        name,
        lambda contestant: contestant.receive_chunked(incoming),
        incoming.check,
        (ahead_of("upstream", 10),),
        rounds=7,
    )


def _whole(name: str, incoming: Incoming) -> Workload:
    """Put the message together, which the peers do anyway; the events of wsproto are its pieces."""
    return Workload(
        name,
        lambda contestant: contestant.receive_whole(incoming),
        incoming.check,
        (),
        rounds=7,
    )


def _linear() -> Workload:
    """64 messages of 1 MiB are the rival of one of 64 MiB: in linear time neither is ahead."""
    large = Incoming(Opcode.BINARY, lambda: [data.binary(64 * MIB)], 64 * KIB)
    small = Incoming(Opcode.BINARY, lambda: [data.binary(MIB)] * 64, 64 * KIB)

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
