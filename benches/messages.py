"""Messages of the kinds that servers compress: generated, alike, and never the same."""

from __future__ import annotations

import json
import random
import re
from functools import cache
from pydoc_data import topics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Make = Callable[[random.Random, int], str]


def texts(make: Make, size: int, count: int, *, seed: int = 0) -> list[str]:
    """Return so many messages of exactly this many characters, all ASCII; others for another seed."""
    chance = random.Random(size + seed)
    return [make(chance, size)[:size].ljust(size) for _ in range(count)]


def records(chance: random.Random, size: int) -> str:
    """Return JSON objects with the same keys and random values, as an API pushes them."""
    text = f'{{"type":"update","seq":{chance.randrange(10**8)},"items":['
    while len(text) < size:
        record = {
            "id": chance.randrange(10**9),
            "symbol": chance.choice(["ALPHA", "BRAVO", "CHARLIE", "DELTA", "ECHO"]),
            "price": round(chance.uniform(1, 1000), 2),
            "volume": chance.randrange(100_000),
            "time": f"2026-01-{chance.randrange(1, 29):02}T12:{chance.randrange(60):02}:00Z",
            "active": chance.random() < 0.8,
        }
        text += json.dumps(record) + ", "
    return text


def chat(chance: random.Random, size: int) -> str:
    """Return a line of a chat in English."""
    message = {
        "type": "message",
        "room": chance.choice(["general", "random", "dev", "support"]),
        "user": chance.choice(["alice", "bob", "carol", "dave", "erin", "frank", "grace"]),
        "id": f"{chance.getrandbits(64):016x}",
        "ts": 1_760_000_000_000 + chance.randrange(10**9),
        "text": "",
    }
    room = max(0, size - len(json.dumps(message)))
    message["text"] = _english(chance, room)[:room]
    return json.dumps(message)


def book(chance: random.Random, size: int) -> str:
    """Return changes of an order book, as an exchange pushes them."""
    time, first, last = 1_760_000_000_000 + chance.randrange(10**9), *chance.sample(range(10**10), 2)
    text = f'{{"e":"depthUpdate","E":{time},"s":"BTCUSDT","U":{first},"u":{last},"b":['
    middle = price = chance.uniform(60_000, 61_000)
    step = -0.01
    while len(text) < size:
        if step < 0 and len(text) > size / 2:
            text, price, step = text.rstrip(",") + '],"a":[', middle, 0.01
        price += step * chance.randrange(1, 200)
        text += f'["{price:.2f}","{chance.expovariate(1.5):.5f}"],'
    return text


KINDS: dict[str, Make] = {"records": records, "chat": chat, "order book": book}


@cache
def _successors() -> dict[tuple[str, str], list[str]]:
    """Return which words follow upon two in Python's own manual."""
    words = re.findall(r"(?<!\S)[A-Za-z,.;:'()-]+(?!\S)", "\n".join(topics.topics.values()))
    found: dict[tuple[str, str], list[str]] = {}
    for one, two, three in zip(words, words[1:], words[2:], strict=False):
        found.setdefault((one, two), []).append(three)
    return found


def _english(chance: random.Random, size: int) -> str:
    """Return something like sentences, by a Markov chain of two words."""
    successors = _successors()
    pair = chance.choice(list(successors))
    text = " ".join(pair)
    while len(text) < size:
        if pair in successors:
            pair = pair[1], chance.choice(successors[pair])
        else:
            pair = chance.choice(list(successors))
        text += " " + pair[1]
    return text
