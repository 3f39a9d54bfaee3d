"""
The events of a connection: what `events()` yields and what `send()` takes (RFC 6455).

The classes are native. They behave as frozen dataclasses; what that takes beyond the native part is
added here, and made at its first use where it needs the `dataclasses` module, whose import takes longer
than that of all the rest of this package.
"""

from __future__ import annotations

import sys
from types import GenericAlias

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
    event_defaults,
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
    "TextMessage",
]


class _FromDataclass:
    """An attribute that `dataclasses` makes, taken at its first use from a dataclass of the same fields."""

    NAMES = ("__init__", "__dataclass_fields__", "__dataclass_params__")
    if sys.version_info >= (3, 13):
        NAMES += ("__replace__",)

    def __init__(self, event_class: type[Event], name: str) -> None:
        self.event_class = event_class
        self.name = name

    def __get__(self, event: Event | None, owner: type[Event] | None = None) -> Any:
        from ._dataclass import dataclass_of  # noqa: PLC0415

        value = getattr(dataclass_of(self.event_class), self.name)
        setattr(self.event_class, self.name, value)
        return value.__get__(event, owner) if hasattr(value, "__get__") else value


class _Signature:
    """The signature of a class for Python 3.10, which looks at a native `__new__` before any `__init__`."""

    def __get__(self, event: Event | None, owner: type[Event]) -> Any:
        from inspect import signature  # noqa: PLC0415

        of_init = signature(owner.__init__)
        return of_init.replace(parameters=[*of_init.parameters.values()][1:])


def _freeze(event_class: type[Event], fields: tuple[str, ...]) -> None:
    """
    Let the fields be written by nobody, and nothing else either unless in a subclass.

    `object.__setattr__` still writes them, which is what the `__init__` of a frozen dataclass uses.
    """

    def __setattr__(self: Event, name: str, value: Any) -> None:  # noqa: N807
        if type(self) is event_class or name in fields:
            from dataclasses import FrozenInstanceError  # noqa: PLC0415

            msg = f"cannot assign to field {name!r}"
            raise FrozenInstanceError(msg)
        super(event_class, self).__setattr__(name, value)

    def __delattr__(self: Event, name: str) -> None:  # noqa: N807
        if type(self) is event_class or name in fields:
            from dataclasses import FrozenInstanceError  # noqa: PLC0415

            msg = f"cannot delete field {name!r}"
            raise FrozenInstanceError(msg)
        super(event_class, self).__delattr__(name)

    event_class.__setattr__ = __setattr__
    event_class.__delattr__ = __delattr__


for _event_class in event_defaults:
    for _name in _FromDataclass.NAMES:
        setattr(_event_class, _name, _FromDataclass(_event_class, _name))
    if sys.version_info < (3, 11):
        _event_class.__signature__ = _Signature()
    _freeze(_event_class, _event_class.__match_args__)
del _event_class, _name


def _of(message_class: type[Message], data: Any, /) -> GenericAlias:
    """Return what `Message[str]` stands for: the class, with the type of its data."""
    if message_class in (TextMessage, BytesMessage):
        msg = f"{message_class!r} is not a generic class"
        raise TypeError(msg)
    return GenericAlias(message_class, data)


Message.__class_getitem__ = classmethod(_of)


def __getattr__(name: str) -> Any:
    """Make `T`, the type of the data of a `Message`, when it is asked for: `typing` is slow to import."""
    if name != "T":
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from typing import TypeVar  # noqa: PLC0415

    return globals().setdefault("T", TypeVar("T", bytes | bytearray, str))
