"""Events are frozen dataclasses to all who look: equality, hash, repr, immutability and `dataclasses`."""

from __future__ import annotations

import dataclasses
import inspect
import subprocess
import sys
import typing
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from wsproto.events import BytesMessage, CloseConnection, Event, Message, Ping, Pong, Request, TextMessage

from .comparison import CLASSES, SAMPLES, as_upstream, sample

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("name", CLASSES)
def test_repr_names_the_class_and_every_field(name: str) -> None:
    assert as_upstream(lambda events: str(getattr(events, name)(**SAMPLES[name])))[0] == "returned"


def test_repr_of_an_event_that_contains_itself_ends() -> None:
    def knot(events: Any) -> object:
        request = events.Request("host", "/")
        request.extensions.append(request)
        return request

    assert "extensions=[...]" in as_upstream(knot)[1]


@pytest.mark.parametrize("name", CLASSES)
def test_events_with_equal_fields_are_equal(name: str) -> None:
    assert sample(name) == sample(name)
    assert (sample(name) != sample(name)) is False


@pytest.mark.parametrize(
    ("name", "field"), [(name, field) for name, fields in SAMPLES.items() for field in fields]
)
def test_events_that_differ_in_one_field_are_not_equal(name: str, field: str) -> None:
    event = sample(name)
    other = type(event)(**{**SAMPLES[name], field: "another"})
    assert event != other
    assert (event == other) is False


def test_only_events_of_the_same_class_are_equal() -> None:
    assert Message("x") != TextMessage("x")
    assert Ping() != Pong()  # type: ignore[comparison-overlap]
    assert TextMessage("x").__eq__("x") is NotImplemented
    assert TextMessage("x") == mock.ANY


def test_equality_is_that_of_the_data() -> None:
    assert BytesMessage(bytearray(b"x")) == BytesMessage(b"x")


def test_a_mock_of_the_class_is_compared_by_its_attributes() -> None:
    """A dataclass looks at `__class__`, which a mock with a spec pretends."""
    pretender = mock.Mock(spec=Ping, payload=b"x")
    assert Ping(b"x") == pretender
    assert Ping(b"y") != pretender


def test_an_error_in_a_comparison_is_raised() -> None:
    class Touchy:
        def __eq__(self, other: object) -> bool:
            msg = "hands off"
            raise ValueError(msg)

        __hash__ = None  # type: ignore[assignment]

    with pytest.raises(ValueError, match="hands off"):
        _ = Ping(Touchy()) == Ping(b"")  # type: ignore[arg-type]


def test_fields_are_compared_as_dataclasses_of_this_python_do() -> None:
    """As tuples, where one object equals itself; from Python 3.13 on one by one, by what `==` returns."""

    class Odd:
        def __eq__(self, other: object) -> Any:
            return "odd"

        __hash__ = None  # type: ignore[assignment]

    nan, odd = float("nan"), Odd()

    def compared(events: Any) -> object:
        pairs = ((1000, nan), (nan, "bye"), (1000, odd), (odd, "bye"), (odd, nan), (odd, odd))
        return [events.CloseConnection(*given) == events.CloseConnection(*given) for given in pairs]

    as_upstream(compared)
    as_upstream(lambda events: events.Ping(odd) == events.Ping(Odd()))


def test_an_event_without_a_field_compared_with_itself() -> None:
    """Python 3.13 asks first whether both are one object."""

    def compared(events: Any) -> object:
        event = events.CloseConnection(1000)
        object.__delattr__(event, "code")
        return event == event  # noqa: PLR0124

    as_upstream(compared)


def test_bare_events_are_equal_by_identity() -> None:
    event = Event()
    assert event == event  # noqa: PLR0124
    assert event != Event()
    assert hash(event) == object.__hash__(event)
    assert repr(event) == object.__repr__(event)


def test_equal_events_have_the_same_hash() -> None:
    assert hash(CloseConnection(1000, "bye")) == hash(CloseConnection(1000, "bye")) == hash((1000, "bye"))
    assert {Ping(b"x"), Ping(b"x")} == {Ping(b"x")}


@pytest.mark.parametrize("name", CLASSES)
def test_an_event_is_hashable_when_its_fields_are(name: str) -> None:
    assert as_upstream(lambda events: hash(getattr(events, name)(**SAMPLES[name])))


def test_an_event_with_a_list_has_no_hash() -> None:
    with pytest.raises(TypeError, match="unhashable type: 'list'"):
        hash(Request("host", "/"))


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("attribute", ["own", "unknown"])
def test_nothing_can_be_set(name: str, attribute: str) -> None:
    attribute = attribute if attribute == "unknown" else next(iter(SAMPLES[name]))
    _, error, text = as_upstream(lambda events: setattr(getattr(events, name)(**SAMPLES[name]), attribute, 1))
    assert (error, text) == ("FrozenInstanceError", f"cannot assign to field '{attribute}'")


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("attribute", ["own", "unknown"])
def test_nothing_can_be_deleted(name: str, attribute: str) -> None:
    attribute = attribute if attribute == "unknown" else next(iter(SAMPLES[name]))
    _, error, text = as_upstream(lambda events: delattr(getattr(events, name)(**SAMPLES[name]), attribute))
    assert (error, text) == ("FrozenInstanceError", f"cannot delete field '{attribute}'")


def test_the_error_is_that_of_dataclasses() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Ping().payload = b"x"  # type: ignore[misc]


def test_object_can_set_what_the_event_would_not() -> None:
    """`object.__setattr__` is how a frozen dataclass initialises itself."""
    event = Ping()
    object.__setattr__(event, "payload", b"x")
    assert event == Ping(b"x")


@pytest.mark.parametrize(
    "use",
    [
        lambda event: event.code,
        repr,
        hash,
        lambda event: event == CloseConnection(1000, "bye"),
        lambda event: event.response(),
        dataclasses.asdict,
    ],
)
def test_a_field_that_object_has_deleted_is_missing_and_nothing_worse(use: Callable[[Event], object]) -> None:
    event = CloseConnection(1000, "bye")
    object.__delattr__(event, "code")
    assert vars(event) == {"reason": "bye"}
    with pytest.raises(AttributeError, match="no attribute 'code'"):
        use(event)


@pytest.mark.parametrize("name", [*CLASSES, "Event"])
def test_what_dataclasses_know_of_a_class(name: str) -> None:
    as_upstream(lambda events: dataclasses.is_dataclass(getattr(events, name)))
    as_upstream(lambda events: dataclasses.fields(getattr(events, name)))
    as_upstream(lambda events: getattr(events, name).__dataclass_params__)
    as_upstream(lambda events: getattr(events, name).__match_args__)
    as_upstream(lambda events: inspect.signature(getattr(events, name)))
    as_upstream(lambda events: inspect.signature(getattr(events, name).__init__))
    as_upstream(lambda events: inspect.get_annotations(getattr(events, name)))
    as_upstream(lambda events: getattr(events, name).__qualname__)


@pytest.mark.parametrize("name", CLASSES)
def test_what_dataclasses_make_of_an_event(name: str) -> None:
    def event(events: Any) -> Any:
        return getattr(events, name)(**SAMPLES[name])

    field = next(iter(SAMPLES[name]))
    assert as_upstream(lambda events: dataclasses.asdict(event(events))) == ("returned", repr(SAMPLES[name]))
    assert as_upstream(lambda events: dataclasses.astuple(event(events)))[0] == "returned"
    assert as_upstream(lambda events: dataclasses.replace(event(events), **{field: 1}))[0] == "returned"
    assert as_upstream(lambda events: dataclasses.replace(event(events), unknown=1))[1] == "TypeError"
    assert as_upstream(lambda events: vars(event(events))) == ("returned", repr(SAMPLES[name]))


def test_annotations_resolve() -> None:
    hints = typing.get_type_hints(CloseConnection)
    assert hints == {"code": int, "reason": str | None}


def test_annotations_of_messages_resolve_to_the_type_variable() -> None:
    dataclasses.fields(TextMessage)
    hints = typing.get_type_hints(TextMessage)
    assert hints["data"].__name__ == "T"
    assert hints["data"].__constraints__ == (bytes | bytearray, str)


def test_importing_the_events_imports_nothing_slow() -> None:
    """`dataclasses` and what it imports take longer than the whole package; most programs need none of it."""
    slow = {"dataclasses", "inspect", "re", "typing"}
    code = f"""
import sys
from wsproto import _wsproto, events
assert not {slow!r} & set(sys.modules), set(sys.modules)
event = events.TextMessage("x")
assert event == events.TextMessage(data="x") and hash(event) and repr(event) and vars(event)
assert not {slow!r} & set(sys.modules), set(sys.modules)
"""
    # `-I -S`, because `site` may import some of them for itself; the path is given by hand.
    program = f"import sys; sys.path = {sys.path!r}\n{code}"
    subprocess.run([sys.executable, "-I", "-S", "-c", program], check=True)
