"""Events come one at a time, and only when they are asked for."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Generator

import pytest

from tests.connection.wire import CLOSE, PING, TEXT, frame
from wsproto.connection import SERVER, Connection, ConnectionState
from wsproto.events import CloseConnection, Event, Ping, TextMessage
from wsproto.frame_protocol import CloseReason

STREAM = frame(TEXT, b"one") + frame(PING, b"two") + frame(CLOSE, b"\x03\xe8")


def test_the_state_changes_when_the_event_is_reached() -> None:
    """RFC 6455 section 7: not when its bytes arrive."""
    connection = Connection(SERVER)
    connection.receive_data(STREAM)
    events = connection.events()
    next(events)
    next(events)
    before = connection.state
    assert next(events) == CloseConnection(CloseReason.NORMAL_CLOSURE, "")
    assert (before, connection.state) == (ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING)


def test_an_abandoned_iterator_loses_nothing() -> None:
    """The next iterator continues where the last one stopped."""
    connection = Connection(SERVER)
    connection.receive_data(STREAM)
    assert next(connection.events()) == TextMessage("one")
    assert next(connection.events()) == Ping(b"two")
    first = connection.events()
    first.close()
    assert list(first) == []
    assert len(list(connection.events())) == 1


def test_iterators_share_what_there_is() -> None:
    """A second pass inside the first takes what the first would have given."""
    connection = Connection(SERVER)
    connection.receive_data(STREAM)
    seen: list[Event] = []
    for event in connection.events():
        seen.append(event)
        seen += connection.events()
    assert len(seen) == 3


def test_the_connection_can_be_used_inside_the_loop() -> None:
    """RFC 6455 section 5.5.2: a ping is answered where it is met, and more may be fed there."""
    connection = Connection(SERVER)
    connection.receive_data(frame(PING, b"1"))
    answers = b""
    for event in connection.events():
        assert isinstance(event, Ping)
        answers += connection.send(event.response())
        if event.payload == b"1":
            connection.receive_data(frame(PING, b"2"))
    assert answers == b"\x8a\x011\x8a\x012"


def test_an_exhausted_iterator_stays_so() -> None:
    """As a generator does, whatever is fed later."""
    connection = Connection(SERVER)
    events = connection.events()
    assert list(events) == []
    connection.receive_data(STREAM)
    assert list(events) == []
    assert len(list(connection.events())) == 3


def test_it_is_a_generator_to_those_who_look() -> None:
    """`collections.abc.Generator`: next, send, throw and close."""
    connection = Connection(SERVER)
    connection.receive_data(STREAM)
    events = connection.events()
    assert isinstance(events, Generator)
    assert events.send(None) == TextMessage("one")
    with pytest.raises(KeyError, match="mine"):
        events.throw(KeyError("mine"))
    with pytest.raises(StopIteration):
        next(events)


def test_waiting_events_come_first() -> None:
    """The deque of events is live: what is put there is given before anything is decoded."""
    connection = Connection(SERVER)
    connection.receive_data(STREAM)
    waiting = connection._events
    assert isinstance(waiting, deque)
    waiting.extend([Ping(b"mine")])
    assert [type(event) for event in connection.events()] == [Ping, TextMessage, Ping, CloseConnection]


def test_garbage_is_collected_around_half_made_objects() -> None:
    """Many live connections, with collections in between: every one of them is traversed."""
    alive = [Connection(SERVER) for _ in range(3_000)]
    for connection in alive:
        connection.receive_data(STREAM)
        connection._events.append(connection)  # type: ignore[arg-type]
        connection._proto._frame_decoder  # noqa: B018
    gc.collect()
    before = len(gc.get_objects())
    del alive, connection
    gc.collect()
    assert len(gc.get_objects()) < before - 9_000


def test_an_iterator_is_closed_by_code_without_builtins() -> None:
    """As the collector does it, whatever code is running."""
    connection = Connection(SERVER)
    connection.receive_data(STREAM)
    events = connection.events()
    next(events)
    exec("close()", {"__builtins__": {}, "close": events.close})  # noqa: S102 - a sandbox
    assert [type(event) for event in connection.events()] == [Ping, CloseConnection]
