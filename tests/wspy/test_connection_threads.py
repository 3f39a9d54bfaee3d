"""Connections over blocking sockets that several threads use, and what comes together."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

import wspy
from tests.connection import wire
from tests.servers.ours import LIMIT, wait_until
from tests.wspy.recording import Recording, Serving, closed

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor

    from tests.wspy.conftest import Contexts
    from tests.wspy.peers import Connected

TEXT, BINARY = wspy.TextMessage, wspy.BinaryMessage


def send_on(connection: wspy.Connection, message: wspy.Message, times: int) -> None:
    """Send a message again and again."""
    for _ in range(times):
        connection.send(message)


def test_messages_before_a_close_frame_are_answered(
    threads: ThreadPoolExecutor, connect: Callable[..., Connected]
) -> None:
    near, far = connect()
    server = Recording(far)
    receiving = threads.submit(server.receive_forever)
    together = wire.frame(wire.TEXT, b"a") + wire.frame(wire.TEXT, b"b") + wire.frame(wire.CLOSE, b"\x03\xe8")
    near.stream.send(together, LIMIT)
    assert [near.recv().payload for _ in range(3)] == [b"a", b"b", b"\x03\xe8"]
    near.close()
    receiving.result(LIMIT)
    assert server.calls[-1] == ("close", 1000, "")


def test_both_ends_close_at_once(threads: ThreadPoolExecutor, connect: Callable[..., Connected]) -> None:
    connections = [wspy.Connection(each) for each in connect()]
    since = time.monotonic()
    closing = [threads.submit(each.close) for each in connections]
    for each in closing:
        each.result(LIMIT)
    assert time.monotonic() - since < 5


def test_close_of_another_thread_ends_receive_forever(
    threads: ThreadPoolExecutor, serve: Callable[..., Serving]
) -> None:
    serving = serve()
    wait_until(lambda: serving.server.calls == [("open",)])
    closing = threads.submit(serving.server.close, 1001, "bye")
    assert closed(serving.client) == (1001, "bye")
    closing.result(LIMIT)
    assert serving.finish() == [("open",), ("close", 1001, "bye")]


def test_a_peer_that_vanishes_while_something_is_sent_is_1006(connect: Callable[..., Connected]) -> None:
    near, far = connect()
    server = wspy.Connection(far)
    near.close()
    with pytest.raises(wspy.ConnectionClosed) as raised:
        send_on(server, BINARY(bytes(100_000)), 1000)
    assert raised.value.code == 1006
    with pytest.raises(wspy.ConnectionClosed):
        server.recv()


@pytest.mark.parametrize("is_secure", [False, True])
def test_several_threads_send_while_one_receives(
    threads: ThreadPoolExecutor,
    connect: Callable[..., Connected],
    tls: Contexts,
    is_secure: bool,  # noqa: FBT001
) -> None:
    options: dict[str, Any] = {"client": {"ssl": tls.client}, "server": {"ssl": tls.server}}
    near, far = connect(**options if is_secure else {})
    client = wspy.Connection(near)
    receiving = threads.submit(Recording(far).receive_forever)
    texts = [letter * 3000 for letter in "abcd"]
    sending = [threads.submit(send_on, client, TEXT(text), 100) for text in texts]
    received = [client.recv().payload for _ in range(400)]
    for each in sending:
        each.result(LIMIT)
    assert sorted(received) == sorted(texts * 100)
    client.close()
    receiving.result(LIMIT)


def test_a_sender_that_waits_does_not_keep_pings_from_being_received(
    threads: ThreadPoolExecutor, connect: Callable[..., Connected]
) -> None:
    near, far = connect(client={"max_message_size": None})
    server = Recording(far)
    receiving = threads.submit(server.receive_forever)
    wait_until(lambda: server.calls == [("open",)])
    sending = threads.submit(server.send, BINARY(bytes(20_000_000)))
    wait_until(lambda: server._stream.stuck_since is not None)
    near.send(wspy.ControlFrame(wspy.OPCODE_PING, "a"))
    wait_until(lambda: ("ping", b"a") in server.calls)
    assert not sending.done()
    client = wspy.Connection(near)
    assert len(client.recv().payload) == 20_000_000
    sending.result(LIMIT)
    client.close()
    receiving.result(LIMIT)


def test_the_timeout_of_the_socket_is_that_of_sending_and_receiving(
    connect: Callable[..., Connected],
) -> None:
    _, far = connect()
    far.settimeout(0.05)
    server = wspy.Connection(far)
    with pytest.raises(TimeoutError):
        server.recv()
    with pytest.raises(TimeoutError):
        server.send(BINARY(bytes(20_000_000)))


@pytest.mark.parametrize("pause", [0.1, 0.0])
def test_pings_do_not_make_the_timeout_longer(
    threads: ThreadPoolExecutor, connect: Callable[..., Connected], pause: float
) -> None:
    def ping(client: wspy.websocket) -> None:
        until = time.monotonic() + 2
        with suppress(TimeoutError):
            while time.monotonic() < until:
                client.send(wspy.ControlFrame(wspy.OPCODE_PING, "a"))
                time.sleep(pause)

    near, far = connect()
    near.settimeout(0.5)
    far.settimeout(0.5)
    pinging = threads.submit(ping, near)
    since = time.monotonic()
    with pytest.raises(TimeoutError):
        wspy.Connection(far).recv()
    assert time.monotonic() - since < 1.5
    pinging.result(LIMIT)
