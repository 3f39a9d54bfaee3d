"""
The events of a connection: what `events()` yields and what `send()` takes (RFC 6455).

They are immutable, compare by their fields, and are distinguished with `isinstance` or `match`.
"""

# The classes are native; `_frozen.py` makes them behave as frozen dataclasses, and `events.pyi` declares them
# for type checkers.

from __future__ import annotations

from ._frozen import finish_event_classes
from ._wsproto import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Message,
    Ping,
    Pong,
    RejectConnection,
    RejectData,
    Request,
    TextMessage,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "AcceptConnection",
    "BytesMessage",
    "CloseConnection",
    "Event",
    "Message",
    "Ping",
    "Pong",
    "RejectConnection",
    "RejectData",
    "Request",
    "T",  # noqa: F822 - made by `__getattr__`
    "TextMessage",
]

finish_event_classes()


def __getattr__(name: str) -> Any:
    """Make `T`, the type variable of `Message`, on first use: `typing` is slow to import."""
    if name != "T":
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from typing import TypeVar  # noqa: PLC0415

    return globals().setdefault("T", TypeVar("T", bytes | bytearray, str))
