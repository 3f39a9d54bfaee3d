"""
Attributes that make the native event classes behave as frozen dataclasses.

Those that need the `dataclasses` module are made on first use: importing it takes longer than importing the
rest of this package.
"""

from __future__ import annotations

import sys
from reprlib import recursive_repr
from types import GenericAlias

from ._pickling import getstate, reduce, reduce_ex, setstate
from ._wsproto import Event, Message, event_defaults, set_instance_dict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from inspect import Signature
    from typing import Any

#: The attributes taken from a dataclass of the same fields.
_OF_DATACLASS: tuple[str, ...] = ("__init__", "__dataclass_fields__", "__dataclass_params__")
if sys.version_info >= (3, 13):
    _OF_DATACLASS += ("__replace__",)


def finish_event_classes() -> None:
    """Give the native classes the attributes of frozen dataclasses."""
    for event_class in event_defaults:
        for name in _OF_DATACLASS:
            setattr(event_class, name, _OnFirstUse(event_class, name, _of_dataclass))
        for name in _METHODS:
            setattr(event_class, name, _OnFirstUse(event_class, name, _method))
        _freeze(event_class, _fields(event_class))
        set_instance_dict(event_class, _InstanceDict(None, _fields(event_class)))
    Event.__init_subclass__ = classmethod(_init_subclass)  # type: ignore[assignment, method-assign]
    Event.__reduce_ex__ = reduce_ex  # type: ignore[method-assign]
    Event.__reduce__ = reduce  # type: ignore[method-assign]
    setattr(Event, "__getstate__", getstate)  # noqa: B010 - object has it from Python 3.11 on
    setattr(Event, "__setstate__", setstate)  # noqa: B010 - mypy would not have it assigned
    set_instance_dict(Event, _InstanceDict(None, ()))
    if sys.version_info < (3, 11):
        setattr(Event, "__signature__", _Signature())  # noqa: B010 - nor this
    setattr(Message, "__class_getitem__", classmethod(_of))  # noqa: B010 - nor this


def _fields(event_class: Any) -> tuple[str, ...]:
    names: tuple[str, ...] = event_class.__match_args__
    return names


class _OnFirstUse:
    """An attribute of an event class that is made on first use."""

    def __init__(self, event_class: type[Any], name: str, make: Callable[[type[Any], str], Any]) -> None:
        self.event_class = event_class
        self.name = name
        self.make = make

    def __get__(self, event: Any, owner: type[Any] | None = None) -> Any:
        value = self.make(self.event_class, self.name)
        setattr(self.event_class, self.name, value)
        return value.__get__(event, owner) if hasattr(value, "__get__") else value


def _of_dataclass(event_class: type[Any], name: str) -> Any:
    from ._dataclass import dataclass_of  # noqa: PLC0415

    return getattr(dataclass_of(event_class), name)


#: The comparison of events of one class: of field by field from Python 3.13 on, and of tuples of them before.
_EQUAL = "self is other or ({3}" if sys.version_info >= (3, 13) else "(({0}) == ({1})"

#: Functions as `dataclasses` generates them, where `{0}` are the fields of `self`, `{1}` those of `other`,
#: `{2}` those of `self` with their names, to be printed, and `{3}` the comparisons of both.
_METHODS = {
    "__eq__": f"lambda self, other: {_EQUAL} if other.__class__ is self.__class__ else NotImplemented)",
    "__hash__": "lambda self: hash(({0}))",
    "__repr__": "lambda self: f'{{self.__class__.__qualname__}}({2})'",
}


def _method(event_class: type[Any], name: str) -> Any:
    fields = _fields(event_class)
    code = _METHODS[name].format(
        "".join([f"self.{field}, " for field in fields]),
        "".join([f"other.{field}, " for field in fields]),
        ", ".join([f"{field}={{self.{field}!r}}" for field in fields]),
        " and ".join([f"self.{field} == other.{field}" for field in fields]),
    )
    function = eval(code)  # noqa: S307 - of the names of the fields
    function.__name__ = name
    function.__qualname__ = f"{event_class.__name__}.{name}"
    return recursive_repr()(function) if name == "__repr__" else function


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


class _InstanceDict:
    """
    The attribute `__dict__`: the fields, and for an instance of a subclass its further attributes.

    Those can be written there, as `functools.cached_property` does.
    """

    def __init__(self, further: Any, fields: tuple[str, ...]) -> None:
        #: The descriptor of the dictionary of the further attributes, if there is one.
        self.further = further
        self.fields = fields

    def __get__(self, event: Any, owner: type[Any] | None = None) -> Any:
        if event is None:
            return self
        attributes = {} if self.further is None else self.further.__get__(event)
        for name in self.fields:
            value = getattr(event, name, _InstanceDict)
            if value is not _InstanceDict:
                attributes[name] = value
            else:
                attributes.pop(name, None)
        return attributes

    def __set__(self, event: Any, attributes: dict[str, Any]) -> None:
        if self.further is not None:
            self.further.__set__(event, attributes)
        setstate(event, attributes)


def _init_subclass(cls: type[Any], /, **keywords: Any) -> None:
    """Show the fields of a subclass's instances in their `__dict__`."""
    if "__dict__" in vars(cls):
        fields = next((_fields(base) for base in cls.__mro__ if base in event_defaults), ())
        set_instance_dict(cls, _InstanceDict(vars(cls)["__dict__"], fields))
    super(Event, cls).__init_subclass__(**keywords)


def _of(message_class: type[Any], data: Any, /) -> GenericAlias:
    """Return the value of `Message[str]`: the class with the type of its data."""
    given, wanted = len(data) if isinstance(data, tuple) else 1, _count_parameters(message_class)
    if not wanted:
        msg = f"{message_class!r} is not a generic class"
        raise TypeError(msg)
    if given != wanted:
        which = "many" if given > wanted else "few"
        msg = f"Too {which} arguments for {message_class!r}; actual {given}, expected {wanted}"
        raise TypeError(msg)
    return GenericAlias(message_class, data)


def _count_parameters(message_class: type[Any]) -> int:
    """Return how many type variables a class of messages has."""
    if message_class is Message:
        return 1
    bases = vars(message_class).get("__orig_bases__", ())
    return len({variable for base in bases for variable in getattr(base, "__parameters__", ())})
