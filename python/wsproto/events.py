"""
The events of a connection: what `events()` yields and what `send()` takes (RFC 6455).

They are immutable, compare by their fields, and can be told apart by `isinstance` and by `match`.
"""

# The classes are native, and made to behave as frozen dataclasses in `_frozen.py`. `events.pyi` says what
# they are to type checkers.

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
    """Make `T`, the type of the data of a `Message`, when it is asked for: `typing` is slow to import."""
    if name != "T":
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from typing import TypeVar  # noqa: PLC0415

    return globals().setdefault("T", TypeVar("T", bytes | bytearray, str))
