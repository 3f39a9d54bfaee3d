"""What a server process says about itself."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

#: How connections ended, by the names they gave themselves: code and reason, as the application was told.
endings: dict[str, tuple[int | None, str | None]] = {}


def ended(name: str, code: int | None, reason: str | None) -> None:
    """Remember how the connection of that name ended; one without a name is not remembered."""
    if name:
        endings[name] = (None if code is None else int(code), reason)


def report() -> str:
    """
    Return the report, as JSON.

    "native" is the file of the native module, if there is one; "users" are the modules that hold
    something of wsproto in their namespaces; "loop" is the module of the event loop, if there is one.
    """
    native = sys.modules.get("wsproto._wsproto")
    return json.dumps(
        {
            "native": getattr(native, "__file__", None),
            "users": sorted(
                name for name, module in list(sys.modules.items()) if _uses_wsproto(name, module)
            ),
            "loop": _loop(),
            "endings": endings,
        }
    )


def _uses_wsproto(name: str, module: Any) -> bool:
    """Tell whether the module has imported wsproto, or one of the two connections, which are native."""
    package = sys.modules.get("wsproto")
    if package is None or name.partition(".")[0] == "wsproto":
        return False
    wanted = (package, package.WSConnection, package.Connection)
    return any(value is one for value in list(vars(module).values()) for one in wanted)


def _loop() -> str | None:
    try:
        return type(asyncio.get_running_loop()).__module__.partition(".")[0]
    except RuntimeError:
        return None
