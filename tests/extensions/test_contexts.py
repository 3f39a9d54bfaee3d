"""Compressors and decompressors are there while they are needed (RFC 7692 section 7.1.1)."""

from __future__ import annotations

import zlib

import pytest

from tests.connection.wire import BINARY, CLOSE, ENDS, TEXT, frame
from tests.extensions.deflating import RSV1, Derived, agreed, deflated, message, server
from wsproto.connection import SERVER, Connection, ConnectionState
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage
from wsproto.extensions import PerMessageDeflate

CLASSES = pytest.mark.parametrize("cls", [PerMessageDeflate, Derived])


def contexts(extension: PerMessageDeflate) -> tuple[bool, bool]:
    """Return whether there is a compressor, and whether there is a decompressor."""
    return (extension._compressor is not None, extension._decompressor is not None)


def in_use(cls: type[PerMessageDeflate]) -> tuple[PerMessageDeflate, Connection]:
    """Return a server's extension with both contexts in use, and its connection."""
    extension = cls()
    connection = server(extension)
    connection.receive_data(message(b"received"))
    list(connection.events())
    connection.send(TextMessage("sent"))
    assert contexts(extension) == (True, True)
    return extension, connection


@CLASSES
def test_they_are_made_at_first_use(cls: type[PerMessageDeflate]) -> None:
    extension = cls()
    connection = server(extension)
    connection.receive_data(frame(BINARY, b"not compressed"))
    list(connection.events())
    connection.send(Ping(b"neither"))
    assert contexts(extension) == (False, False)
    connection.send(TextMessage("sent"))
    assert contexts(extension) == (True, False)
    connection.receive_data(message(b"received"))
    list(connection.events())
    assert contexts(extension) == (True, True)


@CLASSES
def test_they_go_with_a_message_if_no_context_is_taken_over(cls: type[PerMessageDeflate]) -> None:
    """Sections 7.1.1.1 and 7.1.1.2: each direction for itself; a message in fragments keeps its own."""
    extension = cls(server_no_context_takeover=True, client_no_context_takeover=True)
    connection = server(extension)
    connection.send(BytesMessage(b"one", message_finished=False))
    assert contexts(extension) == (True, False)
    connection.send(BytesMessage(b"two"))
    payload = deflated(b"received")
    connection.receive_data(frame(0x02 | RSV1, payload[:5]))
    list(connection.events())
    assert contexts(extension) == (False, True)
    connection.receive_data(frame(ENDS, payload[5:]))
    list(connection.events())
    assert contexts(extension) == (False, False)


@CLASSES
def test_a_close_frame_ends_what_it_is_about(cls: type[PerMessageDeflate]) -> None:
    """RFC 6455 section 5.5.1: nothing is sent or received after a close frame of that direction."""
    extension, connection = in_use(cls)
    connection.send(CloseConnection(1000))
    assert contexts(extension) == (False, True)
    connection.receive_data(message(b"late, but in time") + frame(CLOSE, b"\x03\xe8"))
    first, second = connection.events()
    assert first == BytesMessage(b"late, but in time")
    assert isinstance(second, CloseConnection)
    assert contexts(extension) == (False, False)

    extension, connection = in_use(cls)
    connection.receive_data(frame(CLOSE, b"\x03\xe8"))
    (close,) = connection.events()
    assert contexts(extension) == (True, False)
    assert isinstance(close, CloseConnection)
    connection.send(close.response())
    assert connection.state is ConnectionState.CLOSED
    assert contexts(extension) == (False, False)


@CLASSES
def test_a_failure_ends_receiving(cls: type[PerMessageDeflate]) -> None:
    """RFC 6455 section 7.1.7; RFC 7692 section 7.2.2 if it is one of inflation."""
    for broken in (frame(ENDS), frame(TEXT | RSV1, b"rubbish"), frame(TEXT, b"\xff")):
        extension, connection = in_use(cls)
        connection.receive_data(broken)
        assert isinstance(list(connection.events())[-1], CloseConnection)
        assert contexts(extension) == (True, False)


@CLASSES
def test_the_end_of_the_transport_ends_sending(cls: type[PerMessageDeflate]) -> None:
    """What has been received before is still there to be inflated."""
    extension, connection = in_use(cls)
    connection.receive_data(message(b"before"))
    connection.receive_data(None)
    assert contexts(extension) == (False, True)
    events = list(connection.events())
    assert BytesMessage(b"before") in events


@CLASSES
@pytest.mark.parametrize("size", [0, 50, 1_000, 3_000, 5_000, 40_000])
def test_a_context_grows_unnoticed(cls: type[PerMessageDeflate], size: int) -> None:
    """However long the first messages are, each is one stream with those before it (section 7.2.1)."""
    inflater = zlib.decompressobj(wbits=-15)
    connection = Connection(SERVER, [agreed(cls())])
    texts = [b"%d " % number * (size // 2 + 1) for number in range(30)] + [bytes(100_000), b"", b"end"]
    for text in texts:
        data = connection.send(BytesMessage(text))
        header = {126: 4, 127: 10}.get(data[1], 2)
        assert inflater.decompress(data[header:] + b"\0\0\xff\xff") == text
