"""
Dataclasses with the fields of the event classes, for what only `dataclasses` can make.

This is imported when the first of it is needed: a call of an event class that fails or that goes to a
subclass, `dataclasses.fields` and its relatives, `inspect.signature`.
"""

from __future__ import annotations

from dataclasses import field, make_dataclass
from typing import TYPE_CHECKING, Any

from . import events
from ._wsproto import event_defaults

if TYPE_CHECKING:
    from collections.abc import Mapping

# Whoever looks at annotations may want to resolve them.
events.T  # noqa: B018

_made: dict[type, type] = {}


def dataclass_of(event_class: type) -> type:
    """Return the frozen dataclass of the same name, fields and defaults, which is made once."""
    if event_class not in _made:
        _made.setdefault(event_class, _make(event_class))
    return _made[event_class]


def _make(event_class: type) -> type:
    base: Any = event_class.__base__
    bases = (dataclass_of(base),) if base in event_defaults else ()
    annotations = event_class.__annotations__
    defaults = event_defaults[event_class]
    return make_dataclass(
        event_class.__name__,
        [(name, annotations[name], _field(name, defaults)) for name in annotations],
        bases=bases,
        namespace={"__module__": event_class.__module__},
        frozen=True,
    )


def _field(name: str, defaults: Mapping[str, Any]) -> Any:
    if name not in defaults:
        return field()
    if defaults[name] is list:
        return field(default_factory=list)
    return field(default=defaults[name])
