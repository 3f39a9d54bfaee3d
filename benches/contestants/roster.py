"""Everyone who takes part, in the order of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benches.contestants import aiohttp_ws, floors, picows_ws, websockets_sansio, wsproto_api

if TYPE_CHECKING:
    from benches.contestants.base import Contestant

MODULES = [wsproto_api, floors, websockets_sansio, aiohttp_ws, picows_ws]


def contestants() -> list[Contestant]:
    """Return all of them; ours is the first."""
    return [build() for module in MODULES for build in module.BUILDERS]
