"""Subclasses of events: plain ones, and dataclasses with further fields."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import types
import typing
from abc import ABC
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import pytest

from wsproto.events import CloseConnection, Event, Message, Ping, Pong, TextMessage

from .comparison import as_upstream

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
U = TypeVar("U")
GENERIC: Any = Generic


def derived(*bases: Any) -> Any:
    """Return a class with these bases, which may have types given."""
    return types.new_class("Derived", bases)


def test_a_plain_subclass_prints_and_compares_as_itself() -> None:
    def compare(events: Any) -> object:
        sub = type("Sub", (events.TextMessage,), {})
        return (
            sub("x"),
            sub("x") == sub("x"),
            sub("x") == events.TextMessage("x"),
            hash(sub("x")) == hash(sub("x")),
        )

    assert as_upstream(compare)[1].endswith("True, False, True)")


def test_a_plain_subclass_takes_the_arguments_of_its_own_init() -> None:
    class Numbered(TextMessage):
        def __init__(self, number: int, *, text: str) -> None:
            super().__init__(text, message_finished=False)
            self.number = number

    message = Numbered(7, text="x")
    assert (message.data, message.message_finished, message.number) == ("x", False, 7)
    assert repr(message).endswith("Numbered(data='x', frame_finished=True, message_finished=False)")
    assert str(inspect.signature(Numbered)) == "(number: 'int', *, text: 'str') -> 'None'"


def test_a_subclass_that_initialises_nothing_has_the_plain_defaults() -> None:
    class Lazy(TextMessage):
        def __init__(self, data: str) -> None:
            object.__setattr__(self, "data", data)

    message = Lazy("x")
    assert (message.data, message.frame_finished, message.message_finished) == ("x", True, True)


def test_instances_of_a_plain_subclass_take_attributes_but_keep_their_fields() -> None:
    class Sub(Ping):
        pass

    ping = Sub(b"x")
    ping.note = "mine"  # type: ignore[attr-defined]
    assert vars(ping) == {"payload": b"x", "note": "mine"}
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'payload'"):
        ping.payload = b"y"  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'payload'"):
        del ping.payload
    del ping.note  # type: ignore[attr-defined]
    assert not hasattr(ping, "note")


def test_a_subclass_of_the_bare_event_is_an_ordinary_class() -> None:
    class Woken(Event):
        def __init__(self, by: str) -> None:
            self.by = by

    woken = Woken("timer")
    woken.by = "peer"
    assert vars(woken) == {"by": "peer"}
    assert woken != Woken("peer")
    assert as_upstream(lambda events: type("Sub", (events.Event,), {})(1))[2] == "Sub() takes no arguments"


def test_a_frozen_dataclass_with_a_further_field() -> None:
    def extend(events: Any) -> object:
        @dataclass(frozen=True)
        class Sub(events.TextMessage):  # type: ignore[misc]
            channel: int = 0

        one = Sub("x", channel=3)
        return (
            one,
            one == Sub("x", True, True, 3),
            one == Sub("x"),
            hash(one) == hash(Sub("x", channel=3)),
            sorted(vars(one).items()),
            dataclasses.asdict(one),
            dataclasses.replace(one, channel=4),
            dataclasses.replace(one, data="y"),  # type: ignore[call-arg]
            inspect.signature(Sub),
            Sub.__match_args__,
        )

    assert as_upstream(extend)[0] == "returned"


def test_a_frozen_dataclass_stays_frozen() -> None:
    def change(events: Any, name: str) -> None:
        @dataclass(frozen=True)
        class Sub(events.Ping):  # type: ignore[misc]
            channel: int = 0

        setattr(Sub(b"x"), name, 1)

    assert as_upstream(lambda events: change(events, "payload"))[1] == "FrozenInstanceError"
    assert as_upstream(lambda events: change(events, "channel"))[1] == "FrozenInstanceError"
    assert as_upstream(lambda events: change(events, "unknown"))[1] == "FrozenInstanceError"


def test_a_dataclass_that_is_not_frozen_is_refused_by_dataclasses() -> None:
    assert as_upstream(lambda events: dataclass(type("Sub", (events.Ping,), {})))[2] == (
        "cannot inherit non-frozen dataclass from a frozen one"
    )


def test_a_dataclass_that_gives_a_field_another_default() -> None:
    def redeclare(events: Any) -> object:
        @dataclass(frozen=True)
        class Sub(events.Ping):  # type: ignore[misc]
            payload: bytes = b"beat"

        return Sub(), Sub().payload, Sub().response(), vars(Sub()), Sub.payload

    assert "Pong(payload=b'beat')" in as_upstream(redeclare)[1]


def test_a_dataclass_with_slots() -> None:
    def slots(events: Any) -> object:
        @dataclass(frozen=True, slots=True)
        class Sub(events.Ping):  # type: ignore[misc]
            channel: int = 0

        return Sub(b"x", 3), Sub(b"x", 3).response(), Sub(b"x") == Sub(b"x")

    assert as_upstream(slots)[0] == "returned"


def test_an_overridden_field_is_honoured() -> None:
    class Fixed(Ping):
        @property
        def payload(self) -> bytes:
            return b"fixed"

    assert Fixed.__new__(Fixed).response() == Pong(b"fixed")


def test_a_cached_property_is_cached() -> None:
    """It writes to `vars(event)`, past `__setattr__`."""

    class Counting(Ping):
        count = 0

        @functools.cached_property
        def upper(self) -> bytes:
            type(self).count += 1
            return self.payload.upper()

    ping = Counting(b"x")
    assert (ping.upper, ping.upper, Counting.count) == (b"X", b"X", 1)


def test_the_attributes_can_be_replaced_at_once() -> None:
    def replace(events: Any) -> object:
        ping = type("Sub", (events.Ping,), {})(b"x")
        ping.old = 1
        ping.__dict__ = {"payload": b"y", "new": 2}
        return ping, sorted(vars(ping).items()), hasattr(ping, "old")

    assert as_upstream(replace)[0] == "returned"


def test_the_attributes_are_a_dictionary() -> None:
    def replace(events: Any) -> object:
        type("Sub", (events.Ping,), {})(b"x").__dict__ = 3
        return None

    assert as_upstream(replace)[1] == "TypeError"


def test_super_calls_reach_the_base() -> None:
    class Polite(CloseConnection):
        def response(self) -> CloseConnection:
            return dataclasses.replace(super().response(), reason="bye")

    assert Polite(1000).response().reason == "bye"
    assert type(Polite(1000).response()) is CloseConnection


def test_mixins_and_abstract_bases() -> None:
    class Loud:
        def shout(self) -> str:
            return str(self).upper()

    class Both(Loud, TextMessage, ABC):
        pass

    assert "DATA='X'" in Both("x").shout()


def test_class_keywords_reach_other_bases() -> None:
    class Registry:
        names: typing.ClassVar[list[str]] = []

        def __init_subclass__(cls, *, name: str = "", **kwargs: object) -> None:
            super().__init_subclass__(**kwargs)
            cls.names.append(name)

    class Known(Ping, Registry, name="known"):
        pass

    assert Registry.names == ["known"]
    assert Known(b"x").payload == b"x"
    with pytest.raises(TypeError):
        type("Sub", (Ping,), {}, unknown=1)


def test_a_message_of_a_type() -> None:
    class Text(Message[str]):
        pass

    assert Text("x").data == "x"
    assert as_upstream(lambda events: typing.get_args(events.Message[str])) == (
        "returned",
        "(<class 'str'>,)",
    )
    assert typing.get_origin(Message[str]) is Message


@pytest.mark.parametrize(
    "subscribe",
    [
        lambda events: events.Message[int, str],
        lambda events: events.Message[()],
        lambda events: events.TextMessage[str],
        lambda events: derived(events.TextMessage)[str],
        lambda events: derived(events.Message[str])[str],
        lambda events: derived(events.Message[T])[int, str],
        lambda events: typing.get_args(derived(events.Message[T])[int]),
        lambda events: derived(events.Message[T])[int](b"x").data,
        lambda events: typing.get_args(derived(events.Message[T], GENERIC[T, U])[int, str]),
    ],
)
def test_a_class_takes_as_many_types_as_it_has_variables(subscribe: Callable[[Any], object]) -> None:
    def outcome(events: Any) -> object:
        try:
            return subscribe(events)
        except TypeError:  # the text differs from one Python to the next
            return TypeError

    as_upstream(outcome)
