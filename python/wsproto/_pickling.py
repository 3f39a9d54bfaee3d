"""What events are copied and pickled as: a new instance, and its attributes."""

from __future__ import annotations

from ._wsproto import Event, event_defaults

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reduce_ex(self: Any, protocol: Any, /) -> Any:
    """Return what `object.__reduce_ex__` does for a dataclass; at protocols 0 and 1, what `reduce` does."""
    from copyreg import __newobj__, __newobj_ex__  # type: ignore[attr-defined] # noqa: PLC0415

    own: Any = type(self).__reduce__
    if own is not reduce:
        return self.__reduce__()
    if protocol < 2:
        return reduce(self)
    args, keywords = _new_arguments(self)
    state = self.__getstate__()
    if keywords:
        return __newobj_ex__, (type(self), args, keywords), state, None, None
    return __newobj__, (type(self), *args), state, None, None


def reduce(self: Any) -> Any:
    """Return what protocols 0 and 1 pickle, which call no `__new__` but that of the native class."""
    native: Any = type(self)
    while native is not Event and native not in event_defaults:
        native = native.__base__
    return native.__new__, (type(self),), self.__getstate__()


def _new_arguments(event: Any) -> tuple[Any, Any]:
    """Return the arguments of the `__new__` of its class, and those by keyword, as the class gives them."""
    if hasattr(type(event), "__getnewargs_ex__"):
        both = event.__getnewargs_ex__()
        _check("__getnewargs_ex__ should return a tuple", both, tuple)
        if len(both) != 2:
            msg = f"__getnewargs_ex__ should return a tuple of length 2, not {len(both)}"
            raise ValueError(msg)
        args, keywords = both
        _check("first item of the tuple returned by __getnewargs_ex__ must be a tuple", args, tuple)
        _check("second item of the tuple returned by __getnewargs_ex__ must be a dict", keywords, dict)
        return args, keywords
    if hasattr(type(event), "__getnewargs__"):
        args = event.__getnewargs__()
        _check("__getnewargs__ should return a tuple", args, tuple)
        return args, None
    return (), None


def _check(rule: str, value: Any, kind: type) -> None:
    if not isinstance(value, kind):
        msg = f"{rule}, not '{type(value).__name__}'"
        raise TypeError(msg)


def getstate(self: Any) -> Any:
    """Return the attributes, and beside them what the `__slots__` of subclasses hold."""
    from copyreg import _slotnames  # type: ignore[attr-defined] # noqa: PLC0415

    attributes = self.__dict__.copy()
    slots = {name: getattr(self, name) for name in _slotnames(type(self)) if hasattr(self, name)}
    return (attributes, slots) if slots else attributes


def setstate(self: Any, state: Any) -> None:
    """Set attributes, and what `__slots__` hold, past `__setattr__`."""
    for part in state if isinstance(state, tuple) else (state,):
        for name, value in (part or {}).items():
            object.__setattr__(self, name, value)
