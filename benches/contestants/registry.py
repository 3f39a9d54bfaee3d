"""
The contestants by name: ours, upstream and the floors in this package, other libraries in `benches.peers`.

A contestant is imported when it is asked for: some measurements want it alone in the process.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benches.contestants.base import Contestant

#: Module and factory of each, in the order of the table.
REGISTRY = {
    "ours": ("contestants.wsproto_api", "ours"),
    "upstream": ("contestants.wsproto_api", "upstream"),
    "floor": ("contestants.floors", "Objects"),
    "memcpy": ("contestants.floors", "Memcpy"),
    "loop": ("contestants.floors", "Masking"),
    "decode": ("contestants.floors", "Decode"),
    "websockets": ("peers.websockets_sansio", "Websockets"),
    "aiohttp": ("peers.aiohttp_ws", "Aiohttp"),
    "picows": ("peers.picows_ws", "Picows"),
}


def contestant(name: str) -> Contestant:
    """Return the contestant of that name."""
    module, maker = REGISTRY[name]
    made: Contestant = getattr(import_module(f"benches.{module}"), maker)()
    assert made.name == name
    return made


def contestants() -> dict[str, Contestant]:
    """Return all contestants, by name."""
    return {name: contestant(name) for name in REGISTRY}
