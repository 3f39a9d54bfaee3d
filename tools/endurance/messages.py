"""Messages of all sizes, whole or in fragments, with pings between these."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from wsproto.events import BytesMessage, Ping, TextMessage

if TYPE_CHECKING:
    from random import Random

    from wsproto.events import Event

#: The numbers of bits of the sizes, and how often each occurs: most are small, a few have a mebibyte.
BITS = [3, 7, 10, 12, 14, 16, 18, 20]
WEIGHTS = [200, 300, 300, 150, 40, 20, 2, 1]

_BASE = "Grüße aus dem Äther ✓ {'id': 12345, 'price': 1.2345, 'name': 'Ω'} \N{SNOWMAN}\N{GRINNING FACE} "
_TEXT = _BASE * ((1 << 20) // len(_BASE) + 2)
_BYTES = bytes(range(256)) * ((1 << 12) + 1)


def payload(random: Random, bits: int | None = None) -> str | bytes:
    """Return text or bytes of at most 2 to the power of `bits` bytes, or of any size."""
    if bits is None:
        (bits,) = random.choices(BITS, WEIGHTS)
    size = random.randrange((1 << bits) + 1)
    start = random.randrange(256)
    if random.random() < 0.5:
        # Numbers that are never the same, so that not everything is found in the window.
        return random.randbytes(min(size, 40)) + _BYTES[start : start + max(0, size - 40)]
    text = _TEXT[start : start + size // 4]  # no character has more than four bytes
    return f"{random.random()}{text}"[: size // 4]


def events(random: Random, message: str | bytes) -> list[Event]:
    """Return what sends a message."""
    kind = TextMessage if isinstance(message, str) else BytesMessage
    cuts = sorted(random.randrange(len(message) + 1) for _ in range(random.choice([0, 0, 0, 1, 2, 7])))
    edges = [0, *cuts, len(message)]
    sent: list[Event] = []
    for index, (start, end) in enumerate(itertools.pairwise(edges)):
        part: Event = kind(message[start:end], message_finished=index == len(cuts))  # type: ignore[arg-type]
        if index and random.random() < 0.2:
            sent.append(Ping(b"between fragments"))
        sent.append(part)
    return sent
