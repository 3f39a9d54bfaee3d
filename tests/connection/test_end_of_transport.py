"""The end of the transport, `receive_data(None)` (RFC 6455 section 7.1.5)."""

from __future__ import annotations

import pytest

from tests.connection.wire import TEXT, frame
from wsproto import ConnectionType
from wsproto.connection import Connection, ConnectionState
from wsproto.events import CloseConnection, Event, Ping, TextMessage
from wsproto.frame_protocol import CloseReason

END = CloseConnection(CloseReason.ABNORMAL_CLOSURE)


def ended(*received: bytes) -> Connection:
    """Return a server that has received this, and then the end."""
    connection = Connection(ConnectionType.SERVER)
    for data in received:
        connection.receive_data(data)
    connection.receive_data(None)
    return connection


@pytest.mark.parametrize(
    ("received", "events"),
    [
        ([], []),
        ([frame(TEXT, b"hello")], [TextMessage("hello")]),
        ([frame(TEXT, b"hello")[:-2]], [TextMessage("hel", frame_finished=False, message_finished=False)]),
        ([frame(TEXT, b"one"), frame(TEXT, b"two")], [TextMessage("one"), TextMessage("two")]),
    ],
)
def test_what_was_received_comes_first(received: list[bytes], events: list[Event]) -> None:
    connection = ended(*received)
    assert connection.state is ConnectionState.CLOSED
    assert list(connection.events()) == [*events, END]
    assert list(connection.events()) == []


def test_an_iterator_that_is_under_way_gives_it_too() -> None:
    connection = Connection(ConnectionType.SERVER)
    connection.receive_data(frame(TEXT, b"one") + frame(TEXT, b"two"))
    events = connection.events()
    assert next(events) == TextMessage("one")
    connection.receive_data(None)
    assert list(events) == [TextMessage("two"), END]


def test_queued_events_come_before_both() -> None:
    connection = Connection(ConnectionType.SERVER)
    connection.receive_data(frame(TEXT, b"hello"))
    connection._events.append(Ping(b"queued"))
    connection.receive_data(None)
    assert list(connection.events()) == [Ping(b"queued"), TextMessage("hello"), END]
