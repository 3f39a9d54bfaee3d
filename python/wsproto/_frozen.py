"""
Attributes that make the native event classes behave as frozen dataclasses.

Those that need the `dataclasses` module are made on first use: importing it takes longer than importing the
rest of this package.
"""

from __future__ import annotations

import sys
from types import GenericAlias

from ._wsproto import BytesMessage, Event, Message, TextMessage, event_defaults

TYPE_CHECKING = False
if TYPE_CHECKING:
    from inspect import Signature
    from typing import Any


def finish_event_classes() -> None:
    """Give the native classes the attributes of frozen dataclasses."""
    for event_class in event_defaults:
        for name in _FromDataclass.NAMES:
            setattr(event_class, name, _FromDataclass(event_class, name))
        _freeze(event_class, event_class.__match_args__)
    if sys.version_info < (3, 11):
        setattr(Event, "__signature__", _Signature())  # noqa: B010 - nor this
    setattr(Message, "__class_getitem__", classmethod(_of))  # noqa: B010 - mypy would not have it assigned


class _FromDataclass:
    """An attribute taken, on first use, from a dataclass of the same fields."""

    NAMES: tuple[str, ...] = ("__init__", "__dataclass_fields__", "__dataclass_params__")
    if sys.version_info >= (3, 13):
        NAMES += ("__replace__",)

    def __init__(self, event_class: type[Any], name: str) -> None:
        self.event_class = event_class
        self.name = name

    def __get__(self, event: Any, owner: type[Any] | None = None) -> Any:
        from ._dataclass import dataclass_of  # noqa: PLC0415

        value = getattr(dataclass_of(self.event_class), self.name)
        setattr(self.event_class, self.name, value)
        return value.__get__(event, owner) if hasattr(value, "__get__") else value


class _Signature:
    """The signature of a class, for Python 3.10, which prefers a native `__new__` to `__init__`."""

    def __get__(self, event: Any, owner: type[Any]) -> Signature:
        from inspect import Signature, signature  # noqa: PLC0415

        if owner.__init__ is object.__init__:
            return Signature()
        of_init = signature(owner.__init__)
        return of_init.replace(parameters=[*of_init.parameters.values()][1:])


def _freeze(event_class: Any, fields: tuple[str, ...]) -> None:
    """
    Refuse assignments to the fields, and to any attribute of an instance that is not of a subclass.

    `object.__setattr__`, which the `__init__` of a frozen dataclass uses, still assigns.
    """

    def __setattr__(self: Any, name: str, value: Any) -> None:  # noqa: N807
        if type(self) is event_class or name in fields:
            from dataclasses import FrozenInstanceError  # noqa: PLC0415

            msg = f"cannot assign to field {name!r}"
            raise FrozenInstanceError(msg)
        super(event_class, self).__setattr__(name, value)

    def __delattr__(self: Any, name: str) -> None:  # noqa: N807
        if type(self) is event_class or name in fields:
            from dataclasses import FrozenInstanceError  # noqa: PLC0415

            msg = f"cannot delete field {name!r}"
            raise FrozenInstanceError(msg)
        super(event_class, self).__delattr__(name)

    event_class.__setattr__ = __setattr__
    event_class.__delattr__ = __delattr__


def _of(message_class: type[Any], data: Any, /) -> GenericAlias:
    """Return the value of `Message[str]`: the class with the type of its data."""
    if message_class in (TextMessage, BytesMessage):
        msg = f"{message_class!r} is not a generic class"
        raise TypeError(msg)
    return GenericAlias(message_class, data)
