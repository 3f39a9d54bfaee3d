"""The event loop of the servers that are not uvicorn."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine


def run(server: Coroutine[Any, Any, None]) -> None:
    """Run a server on the loop that the first argument of the program names, `uvloop` or `asyncio`."""
    if sys.argv[1] == "uvloop":
        import uvloop  # noqa: PLC0415 - there is none for Windows

        uvloop.run(server)
    else:
        asyncio.run(server)
