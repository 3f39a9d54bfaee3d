"""`H11Handshake` as a Python object: its attributes, its iterator, subclasses, memory, threads."""

from __future__ import annotations

import gc
import threading
import weakref
from collections import deque
from collections.abc import Generator
from typing import Any

import pytest

from tests.handshake.messages import client, request, server
from wsproto import WSConnection
from wsproto.connection import CLIENT, SERVER, ConnectionState, ConnectionType
from wsproto.events import AcceptConnection, Ping, Request
from wsproto.handshake import H11Handshake


def test_it_shows_its_role_and_state() -> None:
    """The text is upstream's."""
    assert repr(H11Handshake(CLIENT)) == "H11Handshake(client=True, state=ConnectionState.CONNECTING)"
    assert repr(H11Handshake(connection_type=SERVER)).startswith("H11Handshake(client=False, ")


def test_the_state_can_be_put_elsewhere() -> None:
    """As upstream's own tests do."""
    handshake = H11Handshake(SERVER)
    handshake._state = ConnectionState.CLOSED
    assert handshake.state is ConnectionState.CLOSED
    with pytest.raises(AttributeError):
        handshake.state = ConnectionState.OPEN  # type: ignore[misc]


def test_attributes_can_be_added() -> None:
    """There is a `__dict__`, and weak references work."""
    handshake = H11Handshake(SERVER)
    handshake.note = "mine"  # type: ignore[attr-defined]
    assert vars(handshake) == {"note": "mine"}
    assert weakref.ref(handshake)() is handshake


def test_a_subclass_may_take_more_arguments() -> None:
    """`__new__` takes anything; `__init__` does the work."""

    class Noted(H11Handshake):
        def __init__(self, connection_type: ConnectionType, *, note: str) -> None:
            super().__init__(connection_type)
            self.note = note

    handshake = Noted(CLIENT, note="mine")
    assert (handshake.client, handshake.note) == (True, "mine")
    assert repr(handshake).startswith("Noted(")


@pytest.mark.parametrize("asked_early", [True, False])
def test_that_of_a_connection_is_one_object_whenever_it_is_asked_for(*, asked_early: bool) -> None:
    """It shows what has happened in the connection, and what is done with it happens there."""
    connection = WSConnection(SERVER)
    early = connection.handshake if asked_early else None
    connection.receive_data(request())
    handshake = connection.handshake
    assert handshake is connection.handshake
    assert early in (handshake, None)
    assert (type(handshake), handshake.client) == (H11Handshake, False)
    assert isinstance(next(handshake.events()), Request)
    assert list(connection.events()) == []
    assert handshake.send(AcceptConnection()).startswith(b"HTTP/1.1 101 ")
    assert connection.handshake.state is ConnectionState.OPEN
    assert connection.connection is None
    connection.receive_data(b"")
    assert connection.connection is handshake.connection


def test_that_of_a_connection_begins_anew_with_it() -> None:
    connection = WSConnection(SERVER)
    connection.receive_data(request())
    assert not connection.handshake.client
    connection.__init__(CLIENT)  # type: ignore[misc]
    assert connection.handshake.client
    assert list(connection.events()) == []


def test_events_are_in_a_live_deque() -> None:
    """What is put into `_events` comes out of `events()`."""
    handshake: Any = server(request())
    events = handshake._events
    assert type(events) is deque
    assert events is handshake._events
    events.append(Ping())
    assert [type(event) for event in handshake.events()] == [Request, Ping]
    assert not events


def test_events_that_come_later_go_into_the_same_deque() -> None:
    """The deque stays the queue, also when it was replaced."""
    handshake: Any = H11Handshake(SERVER)
    handshake._events = mine = deque([Ping()])
    handshake.receive_data(request())
    assert [type(event) for event in mine] == [Ping, Request]


def test_the_iterator_is_like_a_generator() -> None:
    """It has a generator's methods, and ends for good."""
    handshake: Any = server(request())
    events = handshake.events()
    assert isinstance(events, Generator)
    with pytest.raises(TypeError, match="can't send non-None value to a just-started generator"):
        events.send(1)
    assert isinstance(events.send(None), Request)
    assert next(events, None) is None
    handshake._events.append(Ping())
    assert next(events, None) is None
    assert list(handshake.events()) == [Ping()]


def test_an_abandoned_iterator_loses_nothing() -> None:
    """Each event is taken when it is asked for."""
    handshake = server(request())
    handshake.events().close()
    closed = handshake.events()
    with pytest.raises(KeyError, match="thrown"):
        closed.throw(KeyError("thrown"))
    assert next(closed, None) is None
    assert len(list(handshake.events())) == 1


def test_stop_iteration_does_not_get_out_of_it() -> None:
    """PEP 479."""
    events = server(request()).events()
    next(events)
    with pytest.raises(RuntimeError, match="generator raised StopIteration"):
        events.throw(StopIteration())


def test_an_event_can_be_answered_while_iterating() -> None:
    """Everybody sends inside of the loop."""
    handshake = server(request())
    for event in handshake.events():
        assert isinstance(event, Request)
        assert handshake.send(AcceptConnection()).startswith(b"HTTP/1.1 101 ")
    assert handshake.state is ConnectionState.OPEN


@pytest.mark.parametrize(
    "data", [bytearray(request()), memoryview(request()), memoryview(bytearray(request()))[:]]
)
def test_anything_with_the_buffer_protocol_can_be_received(data: Any) -> None:
    """As it can be added to a bytearray."""
    assert [type(event) for event in server(data).events()] == [Request]


@pytest.mark.parametrize("data", ["text", 5, [1, 2], memoryview(b"abcd")[::2]])
def test_nothing_else_can_be_received(data: Any) -> None:
    """The text is Python's own."""
    with pytest.raises(TypeError, match=f"can't concat {type(data).__name__} to bytearray"):
        server(data)


def test_an_open_handshake_forgets_the_request() -> None:
    """A connection that idles holds nothing of how it began."""
    handshake: Any = server(request((b"X-Large", b"x" * 10_000)))
    event = weakref.ref(handshake._initiating_request)
    list(handshake.events())
    assert event() is not None
    handshake.send(AcceptConnection())
    assert event() is None


def test_cycles_are_collected() -> None:
    """The garbage collector sees what a handshake holds."""
    handshake: Any = server(request())
    handshake._events.append(handshake)
    handshake.itself = handshake.events()
    gone = weakref.ref(handshake)
    del handshake
    gc.collect()
    assert gone() is None


def test_it_can_be_set_up_again() -> None:
    """`__init__` begins anew."""
    handshake = client()
    handshake.__init__(SERVER)  # type: ignore[misc]
    handshake.receive_data(request())
    assert [type(event) for event in handshake.events()] == [Request]


def test_every_event_is_taken_once_by_many_threads() -> None:
    """Several iterators in several threads share the queue."""
    handshake: Any = H11Handshake(SERVER)
    pushed = [Ping(payload=b"%d" % number) for number in range(5000)]
    handshake._events = deque(pushed)
    taken: list[list[Any]] = [[] for _ in range(4)]
    threads = [threading.Thread(target=lambda into=into: into.extend(handshake.events())) for into in taken]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(event.payload for part in taken for event in part) == sorted(
        event.payload for event in pushed
    )
