"""`max_message_size`: a message of more bytes fails the connection (RFC 6455 sections 7.4.1 and 10.4)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import pytest

from tests.connection.feeding import events_of
from tests.connection.wire import (
    BINARY,
    BINARY_BEGINS,
    CLOSE,
    CONTINUES,
    ENDS,
    PING,
    TEXT,
    TEXT_BEGINS,
    frame,
)
from tests.extensions.deflating import MIB, RSV1, Derived, agreed, deflated, message, server
from wsproto import ConnectionType, WSConnection
from wsproto.connection import CLIENT, SERVER, Connection, ConnectionState
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Ping, Request, TextMessage
from wsproto.extensions import Extension, PerMessageDeflate
from wsproto.frame_protocol import CloseReason

if TYPE_CHECKING:
    from collections.abc import Callable

TOO_BIG = CloseConnection(CloseReason.MESSAGE_TOO_BIG, "message of more than 10 bytes")


def test_messages_up_to_the_limit_are_received() -> None:
    """The limit is the largest size that is allowed, of one message."""
    stream = frame(BINARY, bytes(10)) + frame(TEXT, b"x" * 10)
    stream += frame(BINARY_BEGINS, bytes(5)) + frame(PING, bytes(100)) + frame(ENDS, bytes(5))
    events = events_of(Connection(SERVER, max_message_size=10), stream * 3)
    assert len(events) == 15
    assert not any(isinstance(event, CloseConnection) for event in events)


def test_the_header_of_a_frame_that_is_too_big_is_enough() -> None:
    """Nothing of its payload is waited for, or delivered."""
    header = frame(BINARY, bytes(11))[:6]
    assert events_of(Connection(SERVER, max_message_size=10), header[:5], header[5:]) == [TOO_BIG]
    huge = b"\x82\xff\x7f" + b"\xff" * 7 + bytes(4)
    assert events_of(Connection(SERVER, max_message_size=10), huge) == [TOO_BIG]


def test_fragments_add_up() -> None:
    """Earlier fragments are delivered; the one that exceeds the limit is refused at its header."""
    first, second = frame(BINARY_BEGINS, b"1234567"), frame(CONTINUES, b"8901")
    whole = BytesMessage(b"1234567", message_finished=False)
    assert events_of(Connection(SERVER, max_message_size=10), first + second) == [whole, TOO_BIG]
    begun = BytesMessage(b"123", frame_finished=False, message_finished=False)
    rest = BytesMessage(b"4567", message_finished=False)
    chunks = (first[:9], first[9:] + second[:6])
    assert events_of(Connection(SERVER, max_message_size=10), *chunks) == [begun, rest, TOO_BIG]


def test_text_is_counted_in_bytes() -> None:
    """In bytes of UTF-8, as it was received: not in code points, nor in what Python takes for them."""
    assert events_of(Connection(SERVER, max_message_size=10), frame(TEXT, ("é" * 5).encode())) == [
        TextMessage("é" * 5)
    ]
    assert events_of(Connection(SERVER, max_message_size=10), frame(TEXT, ("é" * 5 + "x").encode())) == [
        TOO_BIG
    ]


@pytest.mark.parametrize("cls", [PerMessageDeflate, Derived])
def test_compressed_messages_are_counted_after_inflation(cls: type[PerMessageDeflate]) -> None:
    """However few or many bytes they are on the wire."""
    incompressible = zlib.compress(b"x")[:10].ljust(10, b"!")
    payload = deflated(incompressible, level=0)
    assert len(payload) > 10
    connection = server(cls(), max_message_size=10)
    assert events_of(connection, frame(BINARY | RSV1, payload)) == [BytesMessage(incompressible)]
    assert events_of(connection, message(bytes(11))) == [TOO_BIG]


def test_compressed_fragments_add_up() -> None:
    """And what was inflated of them before stays delivered."""
    compressor = zlib.compressobj(wbits=-15)
    first = compressor.compress(b"1234567") + compressor.flush(zlib.Z_SYNC_FLUSH)
    second = compressor.compress(b"8901") + compressor.flush(zlib.Z_SYNC_FLUSH)
    stream = frame(TEXT_BEGINS | RSV1, first) + frame(ENDS, second[:-4])
    assert events_of(server(PerMessageDeflate(), max_message_size=10), stream) == [
        TextMessage("1234567", message_finished=False),
        TOO_BIG,
    ]


def test_no_more_is_inflated_than_allowed() -> None:
    """A message that grows a thousandfold is given up on before it has."""
    connection = server(PerMessageDeflate(), max_message_size=2 * MIB)
    connection.receive_data(message(bytes(8 * MIB)))
    *received, failure = connection.events()
    assert [len(event.data) for event in received if isinstance(event, BytesMessage)] == [MIB, MIB]
    assert failure == CloseConnection(CloseReason.MESSAGE_TOO_BIG, "message of more than 2097152 bytes")


class Doubling(Extension):
    """An extension in Python that makes more of a message than was declared."""

    name = "doubling"

    def enabled(self) -> bool:
        return True

    def offer(self) -> bool:
        return True

    def frame_inbound_payload_data(self, proto: object, data: bytes) -> bytes:  # noqa: ARG002
        return data * 2


def test_what_extensions_make_of_it_is_counted() -> None:
    """RFC 6455 section 9: the limit applies to the message after the extensions."""
    assert events_of(Connection(SERVER, [Doubling()], max_message_size=10), frame(BINARY, b"12345")) == [
        BytesMessage(b"1234512345")
    ]
    assert events_of(Connection(SERVER, [Doubling()], max_message_size=10), frame(BINARY, b"123456")) == [
        TOO_BIG
    ]


@pytest.mark.parametrize(
    "make",
    [
        lambda: Connection(SERVER, max_message_size=10),
        lambda: server(PerMessageDeflate(), max_message_size=10),
        lambda: server(Derived(), max_message_size=10),
    ],
    ids=["plain", "deflate", "hooks"],
)
def test_it_fails_as_a_broken_rule_does(make: Callable[[], Connection]) -> None:
    """The state is as it was, nothing that follows is received, and the caller can answer."""
    connection, broken = make(), make()
    late = frame(TEXT, b"late") + frame(CLOSE, b"\x03\xe8")
    assert events_of(connection, frame(BINARY, bytes(11)) + late, late) == [TOO_BIG]
    (failure,) = events_of(broken, frame(ENDS) + late, late)
    assert isinstance(failure, CloseConnection)
    assert [each.state for each in (connection, broken)] == [ConnectionState.OPEN] * 2
    assert connection.send(TOO_BIG.response()) == b"\x88\x1f\x03\xf1" + str(TOO_BIG.reason).encode()
    assert connection.state is ConnectionState.LOCAL_CLOSING


def test_control_frames_are_no_messages() -> None:
    """RFC 6455 section 5.5: they have a limit of their own."""
    assert events_of(Connection(SERVER, max_message_size=1), frame(PING, bytes(125))) == [Ping(bytes(125))]


@pytest.mark.parametrize("role", [CLIENT, SERVER])
def test_it_takes_effect_from_the_first_byte(role: ConnectionType) -> None:
    """The trailing data of the handshake count."""
    trailing = frame(BINARY, bytes(11), masked=role is SERVER)
    assert list(Connection(role, None, trailing, max_message_size=10).events()) == [TOO_BIG]


def test_the_object_of_the_package_hands_it_on() -> None:
    """`WSConnection(max_message_size=)`: to the connection that the handshake leads to, on either side."""
    client = WSConnection(ConnectionType.CLIENT, max_message_size=10)
    ours = WSConnection(ConnectionType.SERVER, max_message_size=20)
    offered = Request(host="example.com", target="/", extensions=[PerMessageDeflate()])
    ours.receive_data(client.send(offered))
    assert isinstance(next(ours.events()), Request)
    client.receive_data(ours.send(AcceptConnection(extensions=[PerMessageDeflate()])))
    assert isinstance(next(client.events()), AcceptConnection)
    client.receive_data(ours.send(BytesMessage(bytes(11))))
    ours.receive_data(client.send(BytesMessage(bytes(20))) + client.send(BytesMessage(bytes(21))))
    assert list(client.events()) == [TOO_BIG]
    assert list(ours.events()) == [
        BytesMessage(bytes(20)),
        CloseConnection(CloseReason.MESSAGE_TOO_BIG, "message of more than 20 bytes"),
    ]
    assert (client.max_message_size, ours.max_message_size) == (10, 20)


@pytest.mark.parametrize("cls", [WSConnection, Connection])
def test_what_it_may_be(cls: Any) -> None:
    """`None`, or a whole number from 1 on; it is a keyword."""
    for fine in (None, 1, 2**40, True):
        assert cls(SERVER, max_message_size=fine).max_message_size == fine
    assert cls(SERVER).max_message_size is None
    for bad in (0, -1, 2**63, 2**70):
        with pytest.raises(ValueError, match="max_message_size must be between 1 and"):
            cls(SERVER, max_message_size=bad)
    for odd in ("1", 1.0, b"1", [1]):
        with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
            cls(SERVER, max_message_size=odd)
    with pytest.raises(TypeError, match="positional"):
        cls(SERVER, None, b"", 10)


def test_derived_classes_have_keywords_of_their_own_beside_it() -> None:
    """As those have that are derived from upstream's."""

    class Named(Connection):
        def __init__(self, *args: Any, name: str, **others: Any) -> None:
            super().__init__(*args, **others)
            self.name = name

    named = Named(SERVER, [agreed(PerMessageDeflate())], name="mine", max_message_size=10)
    assert (named.name, named.max_message_size) == ("mine", 10)
    assert events_of(named, frame(BINARY, bytes(11))) == [TOO_BIG]
    assert Named(SERVER, name="other").max_message_size is None
