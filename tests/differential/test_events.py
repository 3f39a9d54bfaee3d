"""Events: whatever a program can do with a frozen dataclass gives what upstream's gives."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import weakref
from abc import ABC
from typing import TYPE_CHECKING, Any, Generic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.harness import same
from tests.differential.observe import attempt, look
from tests.oracle import STANDS_IN, pair

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

NAMES = (
    "Event",
    "Request",
    "AcceptConnection",
    "RejectConnection",
    "RejectData",
    "CloseConnection",
    "Message",
    "TextMessage",
    "BytesMessage",
    "Ping",
    "Pong",
)
FIELDS = (
    "host",
    "target",
    "extensions",
    "extra_headers",
    "subprotocols",
    "subprotocol",
    "status_code",
    "headers",
    "has_body",
    "data",
    "body_finished",
    "code",
    "reason",
    "frame_finished",
    "message_finished",
    "payload",
    "nonsense",
)

names = st.sampled_from(NAMES)
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=5),
    st.binary(max_size=5),
    st.lists(st.integers(), max_size=2),
    st.tuples(st.integers()),
    st.floats(),
    st.just([(b"a", b"b")]),
    st.binary(max_size=3).map(bytearray),
)
positional = st.lists(values, max_size=6)
keywords = st.dictionaries(st.sampled_from(FIELDS), values, max_size=3)


@given(name=names, given_=positional, named=keywords)
def test_construction(name: str, given_: list[Any], named: dict[str, Any]) -> None:
    """Positional and keyword arguments, right and wrong; the `TypeError` of a dataclass."""
    same(lambda package: getattr(package.events, name)(*given_, **named))


def make(package: ModuleType, name: str, given_: list[Any]) -> Any:
    """Return an event from as many of the arguments as it takes, the rest from their beginning."""
    kind = getattr(package.events, name)
    count = len(dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else 0
    return kind(*(given_ * count)[:count])


def forced(event: Any, name: str) -> str:
    """Set a field as the `__init__` of a frozen dataclass does."""
    object.__setattr__(event, name, "forced")
    return repr(event)


def operate(event: Any) -> dict[str, Any]:
    """Do to an event what programs do, and return what each came to."""
    first = event.__match_args__[0] if getattr(event, "__match_args__", ()) else "nothing"
    actions: dict[str, Any] = {
        "repr": lambda: repr(event),
        "str": lambda: str(event),
        "hash": lambda: hash(event) == hash(copy.copy(event)),
        "equal": lambda: event == copy.copy(event),
        "unequal": lambda: (event != copy.copy(event), event == 5, event != 5),
        "order": lambda: event < event,  # noqa: PLR0124 (to see that it cannot be)
        "set": lambda: setattr(event, first, 1),
        "set new": lambda: setattr(event, "brand_new", 1),
        "delete": lambda: delattr(event, first),
        "delete missing": lambda: delattr(event, "missing"),
        "get missing": lambda: event.missing,
        "asdict": lambda: dataclasses.asdict(event),
        "astuple": lambda: dataclasses.astuple(event),
        "replace": lambda: dataclasses.replace(event, **{first: "other"}),
        "replace badly": lambda: dataclasses.replace(event, nonsense=1),
        "fields": lambda: [
            (each.name, each.type, each.init, each.repr) for each in dataclasses.fields(event)
        ],
        "vars": lambda: sorted(vars(event).items()),
        "deepcopy": lambda: copy.deepcopy(event),
        "weakref": lambda: weakref.ref(event)() is event,
        "match_args": lambda: event.__match_args__,
        "object.__setattr__": lambda: forced(event, first),
        "iterate": lambda: list(event),
        "len": lambda: len(event),
        "truth": lambda: bool(event),
        "call": event,
    }
    return {what: attempt(action) for what, action in actions.items()}


@given(name=st.sampled_from(NAMES[1:]), given_=st.lists(values, min_size=1, max_size=5))
def test_operations(name: str, given_: list[Any]) -> None:
    """Printing, comparing, copying, freezing, converting."""
    same(lambda package: operate(make(package, name, given_)))


@given(
    name=names,
    given_=st.lists(values, min_size=1, max_size=5),
    protocol=st.integers(0, pickle.HIGHEST_PROTOCOL),
)
def test_pickle(name: str, given_: list[Any], protocol: int) -> None:
    """Through pickle and back, at every protocol."""

    def action(package: ModuleType) -> Any:
        event = make(package, name, given_)
        return look(pickle.loads(pickle.dumps(event, protocol)))  # noqa: S301 (our own)

    same(action)


@given(names_=st.tuples(names, names), given_=st.lists(values, min_size=1, max_size=3))
def test_equality_across_classes(names_: tuple[str, str], given_: list[Any]) -> None:
    """Events are equal only within one class, subclasses not included."""

    def action(package: ModuleType) -> Any:
        one, other = (make(package, name, given_) for name in names_)
        return (one == other, one != other, isinstance(one, type(other)))

    same(action)


@pytest.mark.parametrize("name", NAMES)
def test_classes(name: str) -> None:
    """Signature, bases, parameters, and how the class prints."""

    def action(package: ModuleType) -> Any:
        kind = getattr(package.events, name)
        return {
            "signature": attempt(lambda: str(inspect.signature(kind))),
            "bases": [base.__name__ for base in kind.__mro__ if base not in (ABC, Generic)],
            "module": kind.__module__.replace("upstream_wsproto", "wsproto"),
            "qualname": kind.__qualname__,
            "dataclass": dataclasses.is_dataclass(kind),
            "match_args": getattr(kind, "__match_args__", None),
            # Python 3.10 speaks of the metaclass, which is a declared difference.
            "generic": str(attempt(lambda: str(kind[str]))).replace("ABCMeta", "type"),
            "has doc": bool(kind.__doc__),
            "abstract": inspect.isabstract(kind),
            "defaults": {
                field.name: (look(field.default), field.default_factory is not dataclasses.MISSING)
                for field in (dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else ())
                if field.default is not dataclasses.MISSING
                or field.default_factory is not dataclasses.MISSING
            },
        }

    same(action)


@pytest.mark.parametrize("name", NAMES[1:])
def test_subclasses(name: str) -> None:
    """Subclassed plainly, and as a frozen dataclass with a further field."""

    def action(package: ModuleType) -> Any:
        kind = getattr(package.events, name)
        plain = type("Plain", (kind,), {})
        further = dataclasses.make_dataclass("Further", [("more", int, 7)], bases=(kind,), frozen=True)
        required = [field.name for field in dataclasses.fields(kind)][:2]
        arguments = ["a", "b"][: len(required)]
        results: list[Any] = []
        for subclass in (plain, further):
            event = subclass(*arguments)
            results.append(
                [subclass.__name__, look(event), event == kind(*arguments), kind(*arguments) == event]
            )
            results.append(attempt(lambda event=event: setattr(event, "brand_new", 1)))  # type: ignore[misc]
            results.append(operate(event))
        return results

    same(action)


def test_modules_agree_on_dataclass_parameters() -> None:
    """The parameters that the decorator was given."""
    for name in NAMES[1:]:
        ours, theirs = (getattr(package.events, name).__dataclass_params__ for package in pair())
        assert (ours.frozen, ours.eq, ours.order, ours.repr, ours.unsafe_hash) == (
            True,
            True,
            False,
            True,
            False,
        )
        assert repr(ours) == repr(theirs)


def differs(action: Callable[[ModuleType], Any], *, theirs: Any, expected: Any) -> None:
    """Do one thing with each package, where what comes of it is declared: "Events are plain classes"."""
    assert action(pair().theirs) == theirs
    assert action(pair().ours) == (theirs if STANDS_IN else expected)


def test_the_base_class_is_an_abc() -> None:
    """Upstream's `Event` can have virtual subclasses; ours is a class like any other, and quick to ask."""
    differs(
        lambda package: (type(package.events.Event).__name__, ABC in package.events.Event.__mro__),
        theirs=("ABCMeta", True),
        expected=("type", False),
    )


def test_messages_are_generic() -> None:
    """Upstream's `Message` derives from `typing.Generic`; ours can be subscribed without that."""
    differs(
        lambda package: (
            Generic in package.events.Message.__mro__,
            type(package.events.Message[str]).__name__,
        ),
        theirs=(True, "_GenericAlias"),
        expected=(False, "GenericAlias"),
    )


def test_the_base_class_has_attributes() -> None:
    """An instance of `Event` itself is no dataclass; upstream's takes attributes, ours has room for none."""

    def action(package: ModuleType) -> Any:
        event = package.events.Event()
        # The text of the error is the interpreter's, and from 3.13 on another one.
        return (attempt(lambda: setattr(event, "anything", 1))[:2], vars(event))

    differs(
        action,
        theirs=(("returned", ("NoneType", None)), {"anything": 1}),
        expected=(("raised", "AttributeError"), {}),
    )


def test_subclasses_with_slots() -> None:
    """`__slots__` in a subclass take nothing away from upstream's; ours then has its fields and its slots."""

    def action(package: ModuleType) -> Any:
        event = type("Slotted", (package.events.Ping,), {"__slots__": ("extra",)})(b"payload")
        object.__setattr__(event, "extra", 2)
        done = attempt(lambda: object.__setattr__(event, "anything", 1))[:3]
        return (done, event.extra, sorted(vars(event).items()))

    differs(
        action,
        theirs=(("returned", ("NoneType", None)), 2, [("anything", 1), ("payload", b"payload")]),
        expected=(
            ("raised", "AttributeError", "'Slotted' object has no attribute 'anything'"),
            2,
            [("payload", b"payload")],
        ),
    )
