"""`Session`: messages and control frames in bytes, without I/O (RFC 6455 sections 5 to 7)."""

from __future__ import annotations

from functools import partial

import pytest

import wspy
from tests.connection import wire
from tests.wspy.sessions import both_ends, end
from wsproto import ConnectionType
from wspy.session import Session

TEXT = wspy.TextMessage("Grüße")
BINARY = wspy.BinaryMessage(bytes(range(256)) * 300)


@pytest.mark.parametrize("message", [TEXT, BINARY, wspy.TextMessage(""), wspy.BinaryMessage(b"")])
@pytest.mark.parametrize("fragment_size", [None, 1, 7, 100_000])
def test_messages_arrive_as_they_were_sent(message: wspy.Message, fragment_size: int | None) -> None:
    client, server = both_ends()
    client.session.send(message, fragment_size)
    server.session.receive(client.session.output())
    assert server.received.messages == [message]


def test_messages_arrive_in_any_pieces() -> None:
    client, server = both_ends()
    for message in (TEXT, BINARY, TEXT):
        client.session.send(message, 1000)
    data = client.session.output()
    for start in range(0, len(data), 777):
        server.session.receive(data[start : start + 777])
    assert server.received.messages == [TEXT, BINARY, TEXT]


def test_a_message_in_fragments_is_so_many_frames() -> None:
    client, server = end(ConnectionType.CLIENT), end(ConnectionType.SERVER)
    server.session.send(wspy.TextMessage("abcde"), 2)
    data = server.session.output()
    assert data == b"\x01\x02ab\x00\x02cd\x80\x01e"
    client.session.receive(data)
    assert client.received.messages == [wspy.TextMessage("abcde")]


def test_fragments_have_at_least_one_byte() -> None:
    client, _ = both_ends()
    with pytest.raises(ValueError, match="at least one"):
        client.session.send(TEXT, 0)


def test_text_that_is_not_unicode_leaves_nothing_half_sent() -> None:
    """A lone surrogate cannot be sent; the fragments before it are not sent either."""
    client, server = both_ends()
    with pytest.raises(UnicodeEncodeError):
        client.session.send(wspy.TextMessage("abc\ud800"), 1)
    client.session.send(TEXT)
    server.session.receive(client.session.output())
    assert server.received.messages == [TEXT]


def test_the_output_is_taken_once() -> None:
    client, server = both_ends()
    assert client.session.output() == b""
    for _ in range(3):
        client.session.send(TEXT)
    server.session.receive(client.session.output())
    assert server.received.messages == [TEXT] * 3
    assert client.session.output() == b""


def test_pings_are_answered_in_one_output_and_reported() -> None:
    client, server = both_ends()
    client.session.ping(b"1")
    client.session.ping("2")
    server.session.receive(client.session.output())
    assert server.received.calls == [("ping", b"1"), ("ping", b"2")]
    assert server.session.output() == b"\x8a\x011\x8a\x012"


def test_pongs_are_reported_and_not_answered() -> None:
    client, server = both_ends()
    client.session.pong(b"unasked")
    server.session.receive(client.session.output())
    assert server.received.calls == [("pong", b"unasked")]
    assert server.session.output() == b""


def test_control_frames_between_fragments_are_handled() -> None:
    server = end(ConnectionType.SERVER)
    server.session.receive(wire.frame(0x01, b"ab") + wire.frame(0x89, b"!") + wire.frame(0x80, b"c"))
    assert server.received.messages == [wspy.TextMessage("abc")]
    assert server.received.calls == [("ping", b"!")]


def test_a_control_frame_has_at_most_125_bytes() -> None:
    client, server = both_ends()
    with pytest.raises(ValueError, match="too long"):
        client.session.ping(bytes(126))
    client.session.send(TEXT)
    server.session.receive(client.session.output())
    assert server.received.messages == [TEXT]


def test_the_closing_handshake_has_two_frames() -> None:
    client, server = both_ends()
    client.session.close(4000, "enough")
    assert not client.session.is_ended
    server.session.receive(client.session.output())
    assert server.received.calls == [("close", 4000, "enough")]
    assert server.session.is_ended
    client.session.receive(server.session.output())
    assert client.received.calls == [("close", 4000, "enough")]
    assert client.session.is_ended


def test_a_close_frame_without_code_is_1005() -> None:
    server = end(ConnectionType.SERVER)
    server.session.receive(wire.frame(0x88, b""))
    assert server.received.calls == [("close", 1005, "")]
    assert server.session.output() == b"\x88\x00"


def test_both_ends_may_close_at_once() -> None:
    client, server = both_ends()
    client.session.close(4000)
    server.session.close(4001)
    near, far = client.session.output(), server.session.output()
    client.session.receive(far)
    server.session.receive(near)
    assert client.session.is_ended
    assert server.session.is_ended
    assert client.session.output() == server.session.output() == b""


def test_messages_that_arrive_before_the_answer_to_a_close_are_received() -> None:
    client, server = both_ends()
    client.session.close()
    server.session.send(TEXT)
    client.session.receive(server.session.output())
    assert client.received.messages == [TEXT]


def test_what_arrives_after_a_close_frame_is_dropped() -> None:
    server = end(ConnectionType.SERVER)
    server.session.receive(wire.frame(0x88, b"\x03\xe8") + wire.frame(0x81, b"late") + wire.frame(0x89, b""))
    server.session.receive(wire.frame(0x81, b"later"))
    assert server.received.messages == []
    assert server.received.calls == [("close", 1000, "")]


def test_a_second_close_does_nothing() -> None:
    client, _ = both_ends()
    client.session.close(4000, "first")
    first = client.session.output()
    client.session.close(4001, "second")
    assert first
    assert client.session.output() == b""
    assert (client.session.close_code, client.session.close_reason) == (4000, "first")


def test_nothing_is_sent_on_a_closing_connection() -> None:
    client, _ = both_ends()
    client.session.close(4000, "enough")
    session = client.session
    for call in (partial(session.send, TEXT), partial(session.ping), partial(session.pong)):
        with pytest.raises(wspy.ConnectionClosed) as caught:
            call()
        assert (caught.value.code, caught.value.reason) == (4000, "enough")


def test_a_long_reason_is_cut_between_characters() -> None:
    client, server = both_ends()
    client.session.close(4000, "ä" * 100)
    server.session.receive(client.session.output())
    assert server.received.calls == [("close", 4000, "ä" * 61)]


@pytest.mark.parametrize("code", [-1, 70_000, 1005, 1006, 1015])
def test_a_code_that_cannot_be_sent_leaves_the_connection_open(code: int) -> None:
    client, server = both_ends()
    with pytest.raises(ValueError, match="close code"):
        client.session.close(code)
    client.session.send(TEXT)
    server.session.receive(client.session.output())
    assert server.received.messages == [TEXT]


def test_the_end_of_the_stream_is_1006() -> None:
    server = end(ConnectionType.SERVER)
    server.session.receive(wire.frame(0x01, b"half"))
    server.session.receive(None)
    assert server.received.calls == [("close", 1006, "")]
    assert server.session.is_ended
    server.session.receive(None)
    assert len(server.received.calls) == 1


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x81\x00", 1002),  # a client masks
        (wire.frame(0xC1, b"x"), 1002),  # a reserved bit without an extension
        (wire.frame(0x83, b""), 1002),  # a reserved opcode
        (wire.frame(0x80, b""), 1002),  # a continuation of nothing
        (wire.frame(0x09, b""), 1002),  # a ping in fragments
        (wire.frame(0x81, b"\xff"), 1007),  # text that is not UTF-8
        (wire.frame(0x88, b"\x03"), 1002),  # half a code
        (wire.frame(0x88, b"\x03\xed"), 1002),  # a code that is never sent
        (wire.frame(0x01, b"a") + wire.frame(0x81, b"b"), 1002),  # a message within a message
    ],
)
def test_a_broken_rule_closes_the_connection_with_its_code(data: bytes, code: int) -> None:
    server = end(ConnectionType.SERVER)
    server.session.receive(data)
    assert [call[:2] for call in server.received.calls] == [("close", code)]
    assert server.session.is_ended
    output = server.session.output()
    assert output[0] == 0x88
    assert int.from_bytes(output[2:4], "big") == code


@pytest.mark.parametrize("size", [999, 1000])
def test_messages_up_to_the_limit_are_received(size: int) -> None:
    client, server = both_ends(1000)
    message = wspy.BinaryMessage(bytes(size))
    for fragment_size in (None, 300):
        client.session.send(message, fragment_size)
    server.session.receive(client.session.output())
    assert server.received.messages == [message, message]


@pytest.mark.parametrize("fragment_size", [None, 300])
@pytest.mark.parametrize("message", [wspy.BinaryMessage(bytes(1001)), wspy.TextMessage("ä" * 501)])
def test_a_message_beyond_the_limit_is_1009(message: wspy.Message, fragment_size: int | None) -> None:
    """The limit is of bytes: the text has 501 characters."""
    client, server = both_ends(1000)
    client.session.send(message, fragment_size)
    client.session.send(TEXT)
    server.session.receive(client.session.output())
    assert server.received.messages == []
    assert [call[:2] for call in server.received.calls] == [("close", 1009)]
    client.session.receive(server.session.output())
    assert client.session.close_code == 1009


def test_an_exception_of_the_receiver_loses_no_message() -> None:
    client, server = both_ends()
    for number in range(4):
        client.session.send(wspy.TextMessage(str(number)))

    class FailingError(Exception):
        pass

    taken: list[str] = []

    def fail_at_one(_session: Session, message: wspy.Message) -> None:
        taken.append(message.payload)
        if message.payload == "1":
            raise FailingError

    server.session._on_message = fail_at_one
    with pytest.raises(FailingError):
        server.session.receive(client.session.output())
    server.session.receive(b"")
    assert taken == ["0", "1", "2", "3"]


def test_failing_ends_the_session_at_once() -> None:
    client, server = both_ends()
    server.session.fail(1011, "broken")
    assert server.session.is_ended
    assert server.received.calls == [("close", 1011, "broken")]
    client.session.receive(server.session.output())
    assert client.received.calls == [("close", 1011, "broken")]


def test_messages_are_answered_in_one_output() -> None:
    client, server = both_ends()
    server.session._on_message = Session.send
    for _ in range(100):
        client.session.send(TEXT)
    server.session.receive(client.session.output())
    client.session.receive(server.session.output())
    assert client.received.messages == [TEXT] * 100
    assert server.session.output() == b""
