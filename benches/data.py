"""The contents of messages: text in several scripts, bytes, JSON; the same in every run."""

from __future__ import annotations

import json
import random
import zlib
from functools import cache
from itertools import accumulate
from typing import NamedTuple

from benches import wire

SAMPLES = {
    "ASCII": "The quick brown fox jumps over the lazy dog, and the dog does not mind;",
    "Cyrillic": "Съешь же ещё этих мягких французских булок да выпей чаю;",
    "CJK": "色は匂へど散りぬるを我が世誰ぞ常ならむ、天地玄黃宇宙洪荒。",
    "emoji": "😀🚀🌍🎉🐍🦀💡🔥🌈🍀",
}

#: The window of permessage-deflate (RFC 7692 section 7.1.2).
WINDOW = 1 << 15


@cache
def text(alphabet: str, size: int) -> bytes:
    """
    Return text as exactly this many bytes of UTF-8; spaces fill it up where no code point fits.

    The words come in random order: what comes next in a sentence that recurs a processor learns by heart,
    which flatters whatever looks at one character after another.
    """
    words = SAMPLES[alphabet].split(" ")
    # Some alphabets are written without spaces.
    space, words = (" ", words) if len(words) > 1 else ("", list(words[0]))
    shortest = min(len((word + space).encode()) for word in words)
    shuffled = space.join(random.Random(size).choices(words, k=size // shortest + 1))
    fitting = sum(end <= size for end in accumulate(len(character.encode()) for character in shuffled))
    return shuffled[:fitting].encode().ljust(size)


@cache
def binary(size: int) -> bytes:
    """Return bytes that look like nothing in particular."""
    return random.Random(size).randbytes(size)


def documents(size: int, count: int) -> list[bytes]:
    """Return JSON documents of exactly this size, alike but not the same, as an API pushes them."""
    chance = random.Random(size)
    words = SAMPLES["ASCII"].split()

    def record() -> dict[str, object]:
        return {
            "id": chance.randrange(10**9),
            "symbol": chance.choice(["ALPHA", "BRAVO", "CHARLIE", "DELTA", "ECHO"]),
            "price": round(chance.uniform(1, 1000), 2),
            "time": f"2026-01-{chance.randrange(1, 29):02}T12:{chance.randrange(60):02}:00Z",
        }

    def document() -> bytes:
        content: dict[str, object] = {"type": "update", "note": ""}
        items: list[dict[str, object]] = []
        content["items"] = items
        room = size - len(json.dumps(content))
        while room >= len(json.dumps(another := record())) + 2:
            items.append(another)
            room -= len(json.dumps(another)) + 2
        room = size - len(json.dumps(content))
        content["note"] = " ".join(chance.choices(words, k=room))[:room]
        return json.dumps(content).encode()

    return [document() for _ in range(count)]


class Compressed(NamedTuple):
    """A permessage-deflate stream with context takeover that can be received round and round without end."""

    messages: list[bytes]
    #: The frames of the messages, to be received once.
    prologue: list[bytes]
    #: The frames of the same messages, to be received in turn from then on.
    cycle: list[bytes]


@cache
def compressed(size: int) -> Compressed:
    """
    Compress documents twice over in one context.

    The second time the window holds the messages themselves, as it does before each further turn; so the
    frames of the second turn fit at their own end, as long as a turn fills the window.
    """
    messages = documents(size, max(4, 2 * WINDOW // size))
    assert sum(map(len, messages)) > WINDOW
    compressor = zlib.compressobj(wbits=-15)

    def deflate(message: bytes) -> bytes:
        data = compressor.compress(message) + compressor.flush(zlib.Z_SYNC_FLUSH)
        return wire.frame(wire.Opcode.TEXT, data.removesuffix(wire.TAIL), compressed=True)

    return Compressed(messages, *([deflate(message) for message in messages] for _ in range(2)))
