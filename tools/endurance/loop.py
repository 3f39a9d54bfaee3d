"""The event loop of both processes: uvloop, if it is installed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to its end."""
    try:
        import uvloop  # noqa: PLC0415 - there is none for Windows
    except ImportError:
        asyncio.run(coroutine)
    else:
        uvloop.run(coroutine)
