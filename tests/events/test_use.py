"""Events in use: dispatch on them, answers to them, references to them."""

from __future__ import annotations

import functools
import gc
import pickle
import weakref
from unittest import mock

import pytest

from wsproto import events
from wsproto.events import BytesMessage, CloseConnection, Event, Message, Ping, Pong, TextMessage

from .comparison import CLASSES, SAMPLES, as_upstream, sample


def test_match_by_position_and_by_keyword() -> None:
    def which(event: Event) -> object:
        match event:
            case TextMessage(data, message_finished=True):
                return ("whole", data)
            case Message(data=data):
                return ("piece", data)
            case CloseConnection(code, reason):
                return (code, reason)
        return None

    assert which(TextMessage("x")) == ("whole", "x")
    assert which(BytesMessage(b"x", message_finished=False)) == ("piece", b"x")
    assert which(CloseConnection(1000)) == (1000, None)
    assert which(Ping()) is None


def test_single_dispatch() -> None:
    @functools.singledispatch
    def name(_: Event) -> str:
        return "event"

    name.register(Message, lambda _: "message")
    name.register(Ping, lambda _: "ping")
    assert [name(event) for event in (TextMessage(""), Ping(), Pong())] == ["message", "ping", "event"]


def test_a_pong_answers_a_ping_with_its_payload() -> None:
    """RFC 6455 section 5.5.3: the application data is that of the ping."""
    payload = b"beat"
    pong = Ping(payload).response()
    assert pong == Pong(payload)
    assert pong.payload is payload


def test_a_close_answers_a_close_with_its_code() -> None:
    """RFC 6455 section 5.5.1: the answer typically echoes the status code."""
    close = CloseConnection(1001, "going")
    assert close.response() == close
    assert close.response() is not close


@pytest.mark.parametrize("name", CLASSES)
def test_events_can_be_referred_to_weakly(name: str) -> None:
    event = sample(name)
    reference = weakref.ref(event)
    assert reference() is event
    del event
    assert reference() is None


@pytest.mark.parametrize(("name", "field"), [(name, field) for name in CLASSES for field in SAMPLES[name]])
@pytest.mark.parametrize("subclass", [False, True])
def test_a_cycle_through_any_field_is_collected(name: str, field: str, *, subclass: bool) -> None:
    event_class = getattr(events, name)
    event_class = type("Sub", (event_class,), {}) if subclass else event_class
    through: list[object] = []
    event = event_class(**{**SAMPLES[name], field: through})
    through.append(event)
    reference = weakref.ref(event)
    del event, through
    gc.collect()
    assert reference() is None


@pytest.mark.parametrize("name", CLASSES)
def test_an_event_keeps_what_it_was_given_and_no_longer_than_itself(name: str) -> None:
    class Value:
        pass

    value = Value()
    reference = weakref.ref(value)
    event = getattr(events, name)(**dict.fromkeys(SAMPLES[name], value))
    del value
    assert reference() is not None
    del event
    assert reference() is None


def test_mocks_of_the_classes() -> None:
    for name in CLASSES:
        event_class = getattr(events, name)
        double = mock.create_autospec(event_class, instance=True)
        assert isinstance(double, event_class)


def test_the_interpreter_calls_the_classes_by_their_name() -> None:
    assert as_upstream(lambda module: module.TextMessage("x").unknown)[2] == (
        "'TextMessage' object has no attribute 'unknown'"
    )
    assert as_upstream(lambda module: module.TextMessage("x") < module.Ping())[1] == "TypeError"


@pytest.mark.parametrize("name", [*CLASSES, "Event"])
def test_the_classes_live_in_the_events_module(name: str) -> None:
    event_class = getattr(events, name)
    assert (event_class.__module__, event_class.__name__) == ("wsproto.events", name)
    assert pickle.loads(pickle.dumps(event_class)) is event_class  # noqa: S301
    assert event_class.__doc__


def test_the_type_variable_of_messages() -> None:
    assert as_upstream(lambda module: (module.T, module.T.__constraints__))[0] == "returned"
    assert not hasattr(events, "unknown")
