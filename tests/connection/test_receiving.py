"""The events of received bytes (RFC 6455 sections 5 to 8)."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import pytest

from tests.connection.feeding import events_of
from tests.connection.wire import (
    BINARY,
    BINARY_BEGINS,
    CLOSE,
    CONTINUES,
    ENDS,
    PING,
    PONG,
    TEXT,
    TEXT_BEGINS,
    frame,
)
from wsproto.connection import CLIENT, SERVER, Connection, ConnectionState
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, Pong, TextMessage
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError

if TYPE_CHECKING:
    from wsproto import ConnectionType


def received(*chunks: bytes, role: ConnectionType = SERVER) -> list[Event]:
    """Feed the chunks to a new connection."""
    return events_of(Connection(role), *chunks)


def test_unmasks_the_example_of_section_5_7() -> None:
    """RFC 6455 section 5.7: a single-frame masked text message."""
    assert received(bytes.fromhex("818537fa213d7f9f4d5158")) == [TextMessage("Hello")]


def test_takes_unmasked_frames_as_a_client() -> None:
    """RFC 6455 section 5.7: a single-frame unmasked text message."""
    assert received(bytes.fromhex("810548656c6c6f"), role=CLIENT) == [TextMessage("Hello")]


def test_puts_fragments_in_order() -> None:
    """RFC 6455 section 5.4: fragments of a message are delivered in the order in which they were sent."""
    assert received(frame(TEXT_BEGINS, b"Hel"), frame(CONTINUES, b"l"), frame(ENDS, b"o")) == [
        TextMessage("Hel", frame_finished=True, message_finished=False),
        TextMessage("l", frame_finished=True, message_finished=False),
        TextMessage("o", frame_finished=True, message_finished=True),
    ]


def test_delivers_control_frames_between_fragments() -> None:
    """RFC 6455 section 5.4: control frames may be injected in the middle of a fragmented message."""
    stream = frame(BINARY_BEGINS, b"a") + frame(PING, b"!") + frame(ENDS, b"b") + frame(PONG)
    assert received(stream) == [
        BytesMessage(b"a", message_finished=False),
        Ping(b"!"),
        BytesMessage(b"b"),
        Pong(b""),
    ]


def test_hands_out_a_piece_for_each_arrival() -> None:
    """RFC 6455 section 6.2: the payload of a frame need not wait for its end."""
    stream = frame(BINARY, b"abcdef")
    assert received(stream[:8], stream[8:]) == [
        BytesMessage(b"ab", frame_finished=False, message_finished=False),
        BytesMessage(b"cdef"),
    ]


def test_joins_what_arrived_before_it_was_asked_for() -> None:
    """RFC 6455 section 6.2: what lies in one buffer is one piece."""
    stream = frame(BINARY, b"abcdef")
    connection = Connection(SERVER)
    for byte in stream:
        connection.receive_data(bytes([byte]))
    assert list(connection.events()) == [BytesMessage(b"abcdef")]


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536, 70_001])
def test_all_three_forms_of_length(length: int) -> None:
    """RFC 6455 section 5.2: payload lengths of 7, 16 and 64 bits."""
    payload = bytes(index % 251 for index in range(length))
    assert received(frame(BINARY, payload)) == [BytesMessage(payload)]


@pytest.mark.parametrize("length", [*range(70), *range(505, 523), 1000])
@pytest.mark.parametrize("offset", [0, 1, 3])
def test_unmasks_at_every_length_and_alignment(length: int, offset: int) -> None:
    """RFC 6455 section 5.3: octet i is XORed with octet i modulo 4 of the key."""
    payload = bytes((7 * index) % 256 for index in range(length))
    before = frame(PING, b"x" * offset)
    assert received(before + frame(BINARY, payload))[-1] == BytesMessage(payload)


@pytest.mark.parametrize(
    "text",
    ["", "ascii", "é", "ж", "漢字", "😀", "aé漢😀" * 50, "a" * 40 + "\u0100", "\U0010ffff\ue000\xff\x00"],
)
def test_text_of_every_width(text: str) -> None:
    """RFC 6455 section 8.1 and RFC 3629: all of Unicode, kept as narrowly as Python keeps it."""
    (event,) = received(frame(TEXT, text.encode()))
    assert event == TextMessage(text)
    assert isinstance(event, TextMessage)
    assert event.data.__sizeof__() <= text.encode().decode().__sizeof__() + 1


@pytest.mark.parametrize("alphabet", ["éèê ", "жизнь ", "漢字", "😀🏴", "aé漢😀ж"])
def test_text_of_every_length(alphabet: str) -> None:
    """RFC 6455 section 8.1: wherever the text ends within what a processor looks at together."""
    for length in range(140):
        text = (alphabet * length)[:length]
        assert received(frame(TEXT, text.encode())) == [TextMessage(text)]


def test_holds_an_incomplete_code_point_back() -> None:
    """RFC 6455 section 8.1: a fragment need not end where a code point ends."""
    smile = "😀".encode()
    events = received(frame(TEXT_BEGINS, smile[:3]), frame(ENDS, smile[3:]))
    assert [event.data for event in events if isinstance(event, TextMessage)] == ["", "😀"]


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        (frame(TEXT, b"x", masked=False), "server received unexpected unmasked frame"),
        (frame(0x83, b""), "Invalid opcode 0x3"),
        (frame(0xC1, b""), "Reserved bit set unexpectedly"),
        (frame(0x09, b""), "Invalid attempt to fragment control frame"),
        (frame(PING, b"x" * 126), "Control frame with payload len > 125"),
        (b"\x82\xfe\x00\x7d", "Payload length used 2 bytes when 1 would have sufficed"),
        (b"\x82\xff" + bytes(6) + b"\xff\xff", "Payload length used 8 bytes when 2 would have sufficed"),
        (b"\x82\xff\x80" + bytes(7), "8-byte payload length with non-zero MSB"),
        (frame(ENDS, b""), "unexpected CONTINUATION"),
        (frame(TEXT_BEGINS, b"") + frame(BINARY, b""), "expected CONTINUATION, got <Opcode.BINARY: 2>"),
        (frame(CLOSE, b"\x03"), "CLOSE with 1 byte payload"),
        (frame(CLOSE, b"\x03\xed"), "remote CLOSE with local-only reason"),
    ],
)
def test_broken_rules_are_close_events(stream: bytes, reason: str) -> None:
    """RFC 6455 section 7.1.7: the connection is failed with a fitting code; its state is the caller's."""
    connection = Connection(SERVER)
    connection.receive_data(stream)
    assert list(connection.events())[-1] == CloseConnection(CloseReason.PROTOCOL_ERROR, reason)
    assert connection.state is ConnectionState.OPEN
    assert list(connection.events()) == []


def test_masked_frames_from_a_server_are_refused() -> None:
    """RFC 6455 section 5.1: a client must close the connection if it detects a masked frame."""
    (event,) = received(frame(TEXT, b"x"), role=CLIENT)
    assert event == CloseConnection(CloseReason.PROTOCOL_ERROR, "client received unexpected masked frame")


def test_a_declared_length_is_not_believed() -> None:
    """RFC 6455 section 10.4: nothing is allocated by a length that no data has proved."""
    connection = Connection(SERVER)
    tracemalloc.start()
    connection.receive_data(b"\x82\xff\x7f" + b"\xff" * 7 + bytes(4) + b"ab")
    (event,) = connection.events()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert event == BytesMessage(b"ab", frame_finished=False, message_finished=False)
    assert peak < 100_000


def test_nothing_is_kept_after_a_broken_rule() -> None:
    """RFC 6455 section 7.1.7: an endpoint must not go on processing data after that."""
    connection = Connection(SERVER)
    connection.receive_data(frame(ENDS, b""))
    assert len(list(connection.events())) == 1
    tracemalloc.start()
    for _ in range(100):
        connection.receive_data(bytes(100_000))
    current, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert current < 1_000_000
    assert list(connection.events()) == []


def test_what_follows_a_close_frame_is_ignored() -> None:
    """RFC 6455 section 5.5.1: the application must not send any more data frames after a close frame."""
    connection = Connection(SERVER)
    connection.receive_data(frame(CLOSE, b"\x03\xe8bye") + frame(TEXT, b"late"))
    assert list(connection.events()) == [CloseConnection(CloseReason.NORMAL_CLOSURE, "bye")]
    assert connection.state is ConnectionState.REMOTE_CLOSING
    connection.receive_data(frame(TEXT, b"later"))
    assert list(connection.events()) == []


def test_the_end_of_the_transport_is_1006() -> None:
    """RFC 6455 section 7.1.5: no close frame was received."""
    connection = Connection(SERVER)
    connection.receive_data(None)
    assert connection.state is ConnectionState.CLOSED
    assert list(connection.events()) == [CloseConnection(CloseReason.ABNORMAL_CLOSURE)]
    with pytest.raises(LocalProtocolError, match="Connection already closed"):
        connection.receive_data(b"")
