"""`Connection`: the closing handshake and the end of the stream (RFC 6455 section 7)."""

from __future__ import annotations

import errno
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

import wspy
from tests.servers.ours import LIMIT
from tests.wspy.recording import Recording, Serving, closed
from wspy.websocket import CLOSE_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor

    from tests.wspy.peers import Connected

TEXT = wspy.TextMessage("Grüße")
BINARY = wspy.BinaryMessage(bytes(range(256)) * 500)


def test_the_server_may_close(serve: Callable[..., Serving]) -> None:
    class Closing(Recording):
        def onmessage(self, message: wspy.Message) -> None:
            self.close(4001, message.payload)

    serving = serve(Closing)
    serving.client.send(wspy.TextMessage("leave"))
    assert closed(serving.client) == (4001, "leave")
    assert serving.finish() == [("open",), ("close", 4001, "leave")]


def test_handlers_take_no_messages_after_they_have_closed(serve: Callable[..., Serving]) -> None:
    """What the client has sent before it has seen the close frame is lost."""

    class Closing(Recording):
        def onmessage(self, message: wspy.Message) -> None:
            self.calls.append(("message", message))
            self.close()

    serving = serve(Closing)
    for number in range(3):
        serving.client.send(wspy.TextMessage(str(number)))
    assert closed(serving.client)[0] == 1000
    assert serving.finish() == [("open",), ("message", wspy.TextMessage("0")), ("close", 1000, "")]


def test_a_closed_connection_sends_nothing(serve: Callable[..., Serving]) -> None:
    serving = serve()
    serving.client.close(4000, "enough")
    serving.finish()
    for use in (
        lambda: serving.client.send(TEXT),
        serving.client.ping,
        serving.client.pong,
        serving.client.recv,
    ):
        with pytest.raises(wspy.ConnectionClosed) as caught:
            use()
        assert (caught.value.code, caught.value.reason) == (4000, "enough")


def test_closing_twice_does_nothing(serve: Callable[..., Serving]) -> None:
    serving = serve()
    for code in (4000, 4001):
        serving.client.close(code)
    assert serving.finish() == [("open",), ("close", 4000, "")]


def test_messages_that_arrive_while_closing_can_be_taken(
    threads: ThreadPoolExecutor, connect: Callable[..., Connected]
) -> None:
    near, far = connect()
    client, server = wspy.Connection(near), wspy.Connection(far)
    server.send(TEXT)
    ending = threads.submit(closed, server)
    client.close()
    assert client.recv() == TEXT
    assert closed(client) == ending.result(LIMIT) == (1000, "")


def test_a_context_closes(threads: ThreadPoolExecutor, connect: Callable[..., Connected]) -> None:
    near, far = connect()
    server = wspy.Connection(far)
    ending = threads.submit(closed, server)
    with wspy.Connection(near) as client:
        client.ping()
    assert ending.result(LIMIT) == (1000, "")
    assert near.fileno() == -1


def test_a_peer_that_does_not_answer_a_close_is_left(connect: Callable[..., Connected]) -> None:
    near, far = connect()
    client = wspy.Connection(near, close_timeout=0.2)
    begun = time.monotonic()
    client.close()
    assert time.monotonic() - begun < CLOSE_TIMEOUT
    assert near.fileno() == -1
    assert far.recv() == wspy.ControlFrame.close(1000)


def test_closing_ends_the_thread_that_receives_even_if_the_peer_does_not_answer(
    threads: ThreadPoolExecutor, connect: Callable[..., Connected]
) -> None:
    near, _ = connect()
    near.settimeout(None)
    client = Recording(near, close_timeout=0.2)
    receiving = threads.submit(client.receive_forever)
    while not client.calls:
        time.sleep(0.01)
    client.close(4000)
    receiving.result(LIMIT)
    assert client.calls[-1][:2] == ("close", 4000)


def test_another_thread_may_close(threads: ThreadPoolExecutor, connect: Callable[..., Connected]) -> None:
    near, far = connect()
    client, server = Recording(near), Recording(far)
    receiving = [threads.submit(each.receive_forever) for each in (client, server)]
    while not client.calls:
        time.sleep(0.01)
    client.close(4000)
    for each in receiving:
        each.result(LIMIT)
    assert client.calls == server.calls == [("open",), ("close", 4000, "")]


def test_the_end_of_the_stream_is_1006(serve: Callable[..., Serving]) -> None:
    serving = serve()
    serving.client.sock.close()
    assert serving.finish() == [("open",), ("close", 1006, "")]


def test_a_reset_is_1006(serve: Callable[..., Serving]) -> None:
    serving = serve()
    serving.client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    serving.client.sock.close()
    assert serving.finish() == [("open",), ("close", 1006, "")]


@pytest.mark.parametrize(
    "problem",
    [
        OSError(errno.EHOSTUNREACH, "no route"),
        OSError(errno.ETIMEDOUT, "the peer acknowledges nothing"),
        OSError(errno.ENETDOWN, "no network"),
    ],
)
def test_a_socket_that_fails_is_1006(
    threads: ThreadPoolExecutor,
    connect: Callable[..., Connected],
    monkeypatch: pytest.MonkeyPatch,
    problem: OSError,
) -> None:
    def fail(_: float | None) -> bytes:
        raise problem

    near, far = connect()
    server = Recording(far, close_timeout=0.2)
    monkeypatch.setattr(server._stream, "recv", fail)
    threads.submit(server.receive_forever).result(LIMIT)
    assert server.calls == [("open",), ("close", 1006, "")]
    near.close()


def test_a_peer_that_is_gone_when_a_handler_sends_is_1006(
    threads: ThreadPoolExecutor, connect: Callable[..., Connected]
) -> None:
    """The failure of the socket is not that of the handler."""
    near, far = connect()
    server = Recording(far)
    for _ in range(100):
        near.send(wspy.Frame(wspy.OPCODE_BINARY, bytes(10_000)))
    near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    near.close()
    threads.submit(server.receive_forever).result(LIMIT)
    assert server.calls[-1] == ("close", 1006, "")
    assert not [call for call in server.calls if call[0] == "error"]


def test_the_server_ends_its_side_first(
    threads: ThreadPoolExecutor, connect: Callable[..., Connected]
) -> None:
    """So that the client, not the server, does without the port for a while (section 7.1.1)."""
    near, far = connect()
    server = Recording(far)
    ending = threads.submit(server.receive_forever)
    near.send(wspy.ControlFrame.close(1000))
    assert near.recv() == wspy.ControlFrame.close(1000)
    with pytest.raises(wspy.ConnectionClosed):
        near.recv()
    assert not ending.done()
    near.close()
    ending.result(LIMIT)


def test_a_peer_that_floods_does_not_put_off_the_end(
    threads: ThreadPoolExecutor, connect: Callable[..., Connected]
) -> None:
    near, far = connect()
    client = wspy.Connection(near, close_timeout=0.2)
    stop = threading.Event()

    def flood() -> None:
        with suppress(OSError):
            while not stop.is_set():
                far.send(wspy.Frame(wspy.OPCODE_TEXT, "more"))

    flooding = threads.submit(flood)
    begun = time.monotonic()
    client.close()
    assert time.monotonic() - begun < CLOSE_TIMEOUT
    stop.set()
    flooding.result(LIMIT)


@pytest.mark.parametrize("timeout", [0.2, None])
def test_closing_ends_though_the_peer_reads_nothing(
    connect: Callable[..., Connected], timeout: float | None
) -> None:
    connected = connect()
    connection = wspy.Connection(connected.server, close_timeout=0.3)
    connected.server.settimeout(0.2)
    with pytest.raises(TimeoutError):
        connection.send(wspy.BinaryMessage(bytes(50_000_000)))
    connected.server.settimeout(timeout)
    connection.close()
    assert connected.server.fileno() == -1
