"""Everyone who takes part. A contestant is imported when it is asked for: some measurements want it alone."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benches.contestants.base import Contestant

#: In the order of the table, and where each is made.
ROSTER = {
    "ours": ("wsproto_api", "ours"),
    "upstream": ("wsproto_api", "upstream"),
    "floor": ("floors", "Objects"),
    "memcpy": ("floors", "Memcpy"),
    "loop": ("floors", "Masking"),
    "decode": ("floors", "Decode"),
    "websockets": ("websockets_sansio", "Websockets"),
    "aiohttp": ("aiohttp_ws", "Aiohttp"),
    "picows": ("picows_ws", "Picows"),
}


def contestant(name: str) -> Contestant:
    """Return one of them."""
    module, maker = ROSTER[name]
    made: Contestant = getattr(import_module(f"benches.contestants.{module}"), maker)()
    assert made.name == name
    return made


def contestants() -> dict[str, Contestant]:
    """Return all of them."""
    return {name: contestant(name) for name in ROSTER}
