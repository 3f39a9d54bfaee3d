"""permessage-deflate (RFC 7692) with context takeover, at zlib's usual level."""

from __future__ import annotations

import zlib
from functools import partial
from typing import TYPE_CHECKING

from benches import data, wire
from benches.workloads.base import Bar, Workload, ahead_of

if TYPE_CHECKING:
    from collections.abc import Iterator

KIB = 1 << 10

SIZES = {"200 B": 200, "1 KiB": KIB, "64 KiB": 64 * KIB}


def workloads() -> Iterator[Workload]:
    """Return the rows."""
    for label, size in SIZES.items():
        small = size <= KIB
        yield _receive(label, size, ahead_of("upstream", 2 if small else 1))
        yield _send(label, size, ahead_of("upstream", 2 if small else 1.3))


def _receive(label: str, size: int, *bars: Bar) -> Workload:
    stream = partial(data.compressed, size)

    def check(result: object) -> None:
        texts = [message.decode() for message in stream().messages]
        assert result == texts * 2, "not what was sent, once in the prologue and once in the cycle"

    return Workload(
        f"receive {label} JSON, deflated",
        lambda contestant: contestant.receive_compressed(stream()),
        check,
        bars,
        headline=size == KIB,
    )


def _send(label: str, size: int, *bars: Bar) -> Workload:
    stream = partial(data.compressed, size)

    def check(result: object) -> None:
        assert isinstance(result, list)
        inflater = zlib.decompressobj(wbits=-15)
        for frame, message in zip(result, stream().messages, strict=True):
            opcode, payload, compressed, _ = wire.parse(frame)
            assert (opcode, compressed) == (wire.Opcode.TEXT, True)
            assert inflater.decompress(payload + wire.TAIL) == message

    return Workload(
        f"send {label} JSON, deflated",
        lambda contestant: contestant.send_compressed(stream()),
        check,
        bars,
        headline=size == KIB,
    )
