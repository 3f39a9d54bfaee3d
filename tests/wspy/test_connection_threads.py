"""Connections over blocking sockets that several threads use, and what comes together."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

import wspy
from tests.connection import wire
from tests.servers.ours import LIMIT, wait_until
from tests.wspy.echoing_connection import finished, recording, send_on
from tests.wspy.ends import ends

if TYPE_CHECKING:
    from tests.wspy.conftest import Contexts

TEXT, BINARY = wspy.TextMessage, wspy.BinaryMessage


def test_messages_before_a_close_frame_are_answered() -> None:
    with recording() as (recorder, (_, client)):
        together = (
            wire.frame(wire.TEXT, b"a") + wire.frame(wire.TEXT, b"b") + wire.frame(wire.CLOSE, b"\x03\xe8")
        )
        client.stream.send(together, LIMIT)
        assert [client.recv().payload for _ in range(3)] == [b"a", b"b", b"\x03\xe8"]
        client.close()
        assert finished(recorder)[-1] == ("close", 1000, "")


def test_both_ends_close_at_once() -> None:
    with ends() as (server, client):
        first, second = wspy.Connection(server), wspy.Connection(client)
        threads = [threading.Thread(target=each.close) for each in (first, second)]
        since = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LIMIT)
        assert time.monotonic() - since < 5


def test_close_of_another_thread_ends_receive_forever() -> None:
    with recording() as (recorder, (_, client)):
        wait_until(lambda: recorder.calls == ["open"])
        closing = threading.Thread(target=recorder.close, args=(1001, "bye"))
        closing.start()
        other = wspy.Connection(client)
        with pytest.raises(wspy.ConnectionClosed) as raised:
            other.recv()
        assert (raised.value.code, raised.value.reason) == (1001, "bye")
        closing.join(LIMIT)
        assert finished(recorder) == ["open", ("close", 1001, "bye")]


def test_a_peer_that_vanishes_while_something_is_sent_is_1006() -> None:
    with ends() as (server, client):
        connection = wspy.Connection(server)
        client.close()
        with pytest.raises(wspy.ConnectionClosed) as raised:
            send_on(connection, BINARY(bytes(100_000)), 1000)
        assert raised.value.code == 1006
        with pytest.raises(wspy.ConnectionClosed):
            connection.recv()


@pytest.mark.parametrize("is_secure", [False, True])
def test_several_threads_send_while_one_receives(is_secure: bool, tls: Contexts) -> None:  # noqa: FBT001
    server_options: dict[str, Any] = {"ssl": tls.server} if is_secure else {}
    client_options: dict[str, Any] = {"ssl": tls.client} if is_secure else {}
    with recording(server_options, client_options) as (_, (_, client)):
        connection = wspy.Connection(client)
        texts = [letter * 3000 for letter in "abcd"]
        threads = [threading.Thread(target=send_on, args=(connection, TEXT(text), 100)) for text in texts]
        for thread in threads:
            thread.start()
        received = [connection.recv().payload for _ in range(400)]
        for thread in threads:
            thread.join(LIMIT)
        assert sorted(received) == sorted(texts * 100)
        connection.close()


def test_a_sender_that_waits_does_not_keep_pings_from_being_received() -> None:
    with recording() as (recorder, (_, client)):
        wait_until(lambda: recorder.calls == ["open"])
        sending = threading.Thread(target=recorder.send, args=(BINARY(bytes(20_000_000)),))
        sending.start()
        wait_until(lambda: recorder._stream.stuck_since is not None)
        client.send(wspy.ControlFrame(wspy.OPCODE_PING, "a"))
        wait_until(lambda: ("ping", b"a") in recorder.calls)
        assert sending.is_alive()
        client.max_message_size = None
        other = wspy.Connection(client)
        assert len(other.recv().payload) == 20_000_000
        sending.join(LIMIT)
        other.close()


def test_the_timeout_of_the_socket_is_that_of_sending_and_receiving() -> None:
    with ends() as (server, _):
        server.settimeout(0.05)
        connection = wspy.Connection(server)
        with pytest.raises(TimeoutError):
            connection.recv()
        with pytest.raises(TimeoutError):
            connection.send(BINARY(bytes(20_000_000)))


def test_pings_do_not_make_the_timeout_longer() -> None:
    def ping(client: wspy.websocket) -> None:
        for _ in range(20):
            client.send(wspy.ControlFrame(wspy.OPCODE_PING, "a"))
            time.sleep(0.1)

    with ends() as (server, client):
        server.settimeout(0.5)
        pinging = threading.Thread(target=ping, args=(client,))
        pinging.start()
        since = time.monotonic()
        with pytest.raises(TimeoutError):
            wspy.Connection(server).recv()
        assert time.monotonic() - since < 1.5
        pinging.join(LIMIT)
