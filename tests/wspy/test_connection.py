"""`Connection`: messages and handlers, over real sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import wspy
from tests.servers.ours import LIMIT
from tests.wspy.recording import Recording, Serving, closed

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor

    from tests.wspy.peers import Connected

TEXT = wspy.TextMessage("Grüße")
BINARY = wspy.BinaryMessage(bytes(range(256)) * 500)


@pytest.mark.parametrize("message", [TEXT, BINARY, wspy.TextMessage(""), wspy.BinaryMessage(b"")])
@pytest.mark.parametrize("fragment_size", [None, 1000])
def test_messages_go_both_ways(
    connect: Callable[..., Connected], message: wspy.Message, fragment_size: int | None
) -> None:
    near, far = connect()
    client, server = wspy.Connection(near), wspy.Connection(far)
    client.send(message, fragment_size)
    assert server.recv() == message
    server.send(message, fragment_size)
    assert client.recv() == message


def test_json_arrives_as_text(connect: Callable[..., Connected]) -> None:
    near, far = connect()
    wspy.Connection(near).send(wspy.JSONMessage({"a": [1, None]}))
    message = wspy.Connection(far).recv()
    assert isinstance(message, wspy.TextMessage)
    assert message.json() == {"a": [1, None]}


def test_the_fragments_of_a_message_are_frames(connect: Callable[..., Connected]) -> None:
    near, far = connect()
    wspy.Connection(near).send(wspy.TextMessage("abcde"), 2)
    assert [far.recv() for _ in range(3)] == [
        wspy.Frame(wspy.OPCODE_TEXT, "ab", fin=False),
        wspy.Frame(wspy.OPCODE_CONTINUATION, "cd", fin=False),
        wspy.Frame(wspy.OPCODE_CONTINUATION, "e"),
    ]


def test_only_messages_are_sent(connect: Callable[..., Connected]) -> None:
    near, _ = connect()
    with pytest.raises(TypeError, match="Message"):
        wspy.Connection(near).send("text")  # type: ignore[arg-type]


def test_what_the_socket_has_received_already_is_not_lost(connect: Callable[..., Connected]) -> None:
    near, far = connect()
    for number in range(3):
        near.send(wspy.Frame(wspy.OPCODE_TEXT, str(number)))
    assert far.recv().text() == "0"
    server = wspy.Connection(far)
    assert [server.recv().payload for _ in range(2)] == ["1", "2"]


def test_the_socket_of_a_connection_sends_no_frames(connect: Callable[..., Connected]) -> None:
    near, _ = connect()
    wspy.Connection(near)
    with pytest.raises(OSError, match="Connection"):
        near.send(wspy.Frame(wspy.OPCODE_TEXT, "a"))


def test_a_timeout_of_recv_loses_nothing(connect: Callable[..., Connected]) -> None:
    near, far = connect()
    server = wspy.Connection(far)
    far.settimeout(0.05)
    near.send(wspy.Frame(wspy.OPCODE_TEXT, "a", fin=False))
    with pytest.raises(TimeoutError):
        server.recv()
    near.send(wspy.Frame(wspy.OPCODE_CONTINUATION, "b"))
    far.settimeout(LIMIT)
    assert server.recv() == wspy.TextMessage("ab")


def test_pings_are_answered_while_receiving(connect: Callable[..., Connected]) -> None:
    near, far = connect()
    server = wspy.Connection(far)
    near.send(wspy.ControlFrame(wspy.OPCODE_PING, b"?"))
    near.send(wspy.Frame(wspy.OPCODE_TEXT, "a"))
    assert server.recv() == wspy.TextMessage("a")
    assert near.recv() == wspy.ControlFrame(wspy.OPCODE_PONG, b"?")


def test_handlers_are_called_in_order(serve: Callable[..., Serving]) -> None:
    serving = serve()
    serving.client.ping("1")
    serving.client.send(TEXT)
    serving.client.pong(b"2")
    assert serving.client.recv() == TEXT
    serving.client.close(4000, "enough")
    assert serving.finish() == [
        ("open",),
        ("ping", b"1"),
        ("message", TEXT),
        ("pong", b"2"),
        ("close", 4000, "enough"),
    ]


def test_a_pong_is_handled(threads: ThreadPoolExecutor, connect: Callable[..., Connected]) -> None:
    near, far = connect()
    client, server = Recording(near), wspy.Connection(far)
    client.ping(b"?")
    ending = threads.submit(closed, server)
    client.close()
    assert ("pong", b"?") in client.calls or client.calls == []
    assert ending.result(LIMIT)[0] == 1000


def test_a_control_frame_has_at_most_125_bytes(serve: Callable[..., Serving]) -> None:
    serving = serve()
    with pytest.raises(ValueError, match="too long"):
        serving.client.ping(bytes(126))
    serving.client.send(TEXT)
    assert serving.client.recv() == TEXT
    serving.client.close()
    serving.finish()


def test_messages_sent_by_several_threads_stay_whole(
    threads: ThreadPoolExecutor, connect: Callable[..., Connected]
) -> None:
    near, far = connect()
    client, server = wspy.Connection(near), wspy.Connection(far)
    messages = [wspy.BinaryMessage(bytes([number]) * 300_000) for number in range(8)]
    sending = [threads.submit(client.send, message, 10_000) for message in messages]
    received = [server.recv() for _ in messages]
    assert [each.result(LIMIT) for each in sending] == [None] * 8
    assert {message.payload for message in received} == {message.payload for message in messages}


@pytest.mark.parametrize("extension", [wspy.DeflateMessage, wspy.DeflateFrame])
@pytest.mark.parametrize("fragment_size", [None, 1000])
def test_messages_are_compressed(
    connect: Callable[..., Connected], extension: type[Any], fragment_size: int | None
) -> None:
    near, far = connect(client={"extensions": [extension()]}, server={"extensions": [extension()]})
    client, server = wspy.Connection(near), wspy.Connection(far)
    text = wspy.TextMessage("again and again " * 1000)
    for _ in range(3):
        client.send(text, fragment_size)
        server.send(text, fragment_size)
        assert server.recv() == client.recv() == text
    assert [len(sock.extensions) for sock in (near, far)] == [1, 1]
