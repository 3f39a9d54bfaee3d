"""
What can be seen of a value: plain data that compare equal where two packages show a caller the same.

Classes go by their names, since each package has its own; everything else is compared as it is: the exact
type of every value, the fields of events and named tuples, `repr`, hash, equality, the text and the hint of
an exception.
"""

from __future__ import annotations

import dataclasses
import re
from collections import deque
from collections.abc import Generator
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

#: Nested tuples of plain data.
View: TypeAlias = Any


class Interruption(BaseException):
    """What ends a program, as `SystemExit` does."""


_ADDRESS = re.compile(r"0x[0-9a-f]{6,}")


def attempt(action: Callable[[], Any]) -> View:
    """
    Return what the action returned or raised.

    Of what is no `Exception` only that is caught which extensions of the tests raise: a panic is not.
    """
    try:
        value = action()
    except (Exception, GeneratorExit, Interruption) as error:  # noqa: BLE001 (any is to be compared)
        return ("raised", *look(error))
    return ("returned", look(value))


def look(value: Any) -> View:  # noqa: C901, PLR0911 (one line for each kind of value)
    """Return what can be seen of the value."""
    kind = type(value).__name__
    if isinstance(value, Enum):
        return (kind, value.name, value.value)
    if isinstance(value, str):
        return (kind, scrub(value))
    if value is None or isinstance(value, (bool, int, bytes, bytearray)):
        # A bytearray is unhashable and may change later.
        return (kind, bytes(value) if isinstance(value, bytearray) else value)
    if isinstance(value, memoryview):
        return (kind, bytes(value))
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return (kind, *((name, look(item)) for name, item in zip(value._fields, value, strict=True)))
    if isinstance(value, (list, tuple, deque)):
        return (kind, *(look(item) for item in value))
    if isinstance(value, dict):
        return (kind, *((look(key), look(item)) for key, item in value.items()))
    if isinstance(value, BaseException):
        return _look_at_error(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _look_at_event(value)
    if isinstance(value, Generator):
        return ("generator",)
    return (kind, scrub(repr(value)))


def _look_at_error(error: BaseException) -> View:
    """Look at an exception: its class by name and by family (there are two `LocalProtocolError`s)."""
    bases = [base for base in type(error).__mro__ if base.__module__ != "builtins"]
    family = [f"{scrub(base.__module__).partition('.')[0]}:{base.__name__}" for base in bases]
    hint = look(getattr(error, "event_hint", None))
    code = look(getattr(error, "code", None))
    cause = ("cause", look(error.__cause__))
    return (
        type(error).__name__,
        scrub(str(error)),
        ("family", *family),
        ("hint", hint),
        ("code", code),
        cause,
    )


def _look_at_event(event: Any) -> View:
    """Look at an event: its fields, how it prints, whether it hashes, and that it equals only its like."""
    fields = tuple((field.name, look(getattr(event, field.name))) for field in dataclasses.fields(event))
    like = type(event)(**{field.name: getattr(event, field.name) for field in dataclasses.fields(event)})
    try:
        hashed: View = hash(event) == hash(like)
    except TypeError as error:
        hashed = str(error)
    return (type(event).__name__, fields, scrub(repr(event)), hashed, event == like, event == object())


def scrub(text: str) -> str:
    """Take out of a text what cannot be the same: addresses, and the name that upstream is loaded under."""
    if "upstream_" not in text and "0x" not in text:
        return text
    return _ADDRESS.sub("0x", text).replace("upstream_wsproto", "wsproto")
