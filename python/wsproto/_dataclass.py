"""
Dataclasses with the fields of the event classes, for attributes that only `dataclasses` can make.

Imported on first use: by a failing call of an event class, by a call of a subclass, by `dataclasses.fields`
and its relatives, and by `inspect.signature`.
"""

from __future__ import annotations

from dataclasses import field, make_dataclass
from typing import TYPE_CHECKING, Any

from . import events
from ._wsproto import event_defaults

if TYPE_CHECKING:
    from collections.abc import Mapping

# Annotations may be resolved, and name `T`.
events.T  # noqa: B018

_made: dict[type, type] = {}


def dataclass_of(event_class: type) -> type:
    """Return the frozen dataclass of the same name, fields and defaults (cached)."""
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
