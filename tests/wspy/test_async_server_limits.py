"""The limits of the asynchronous server."""

from __future__ import annotations

import asyncio

import pytest

import wspy
from tests.connection import wire
from tests.servers.ours import LIMIT, wait_until
from tests.wspy.recording import Echo
from tests.wspy.servers import connected, flood, is_served, only, running, talking

TEXT, BINARY = wspy.TextMessage, wspy.BinaryMessage


def test_a_message_over_the_limit_is_1009() -> None:
    server = Echo(max_message_size=100)
    with running(server), connected(server) as client:
        client.send(wspy.Frame(wspy.OPCODE_TEXT, "a" * 101))
        assert client.recv().payload[:2] == b"\x03\xf1"


def test_an_inflated_message_over_the_limit_is_1009() -> None:
    extensions = [wspy.DeflateMessage()]
    server = Echo(max_message_size=100, extensions=extensions)
    with running(server), connected(server, extensions=extensions) as client:
        client.send(wspy.Frame(wspy.OPCODE_TEXT, "a" * 100_000))
        assert client.recv().payload[:2] == b"\x03\xf1"


def test_one_client_too_many_is_503() -> None:
    server = Echo(max_connections=2)
    with running(server), talking(server), talking(server) as second:
        with pytest.raises(wspy.HandshakeError) as raised:
            is_served(server)
        assert raised.value.status == 503
        second.close()
        wait_until(lambda: len(server._connected) == 1)
        assert is_served(server)


def test_a_client_that_does_not_read_is_not_read_from() -> None:
    server = Echo()
    with running(server), connected(server) as client:
        sent = flood(client, 0.5)
        assert only(server).is_slow
        assert sent < 100
        assert only(server).transport.get_write_buffer_size() < 10_000_000


def test_a_client_that_reads_late_gets_everything() -> None:
    server = Echo()
    with running(server), connected(server) as client:
        flood(client, 0.2)
        for _ in range(3):
            assert client.recv().payload == bytes(1_000_000)


def test_a_client_for_which_too_much_waits_is_disconnected() -> None:
    class Pushing(Echo):
        def push(self, client: wspy.Client) -> None:
            if client.is_open:
                client.send(BINARY(bytes(1_000_000)))
                self.loop.call_later(0.001, self.push, client)

        def onopen(self, client: wspy.Client) -> None:
            self.push(client)

    server = Pushing(max_queue=1_000_000)
    with running(server), connected(server):
        wait_until(lambda: server.calls == [("close", 1006, "")])


def test_one_message_may_be_larger_than_the_queue() -> None:
    server = Echo(max_queue=1000)
    with running(server), talking(server) as connection:
        connection.send(BINARY(bytes(10_000_000)))
        assert len(connection.recv().payload) == 10_000_000


def test_a_large_message_leaves_room_in_the_queue() -> None:
    server = Echo(max_queue=1000)
    with running(server) as loop, connected(server) as client:
        served = only(server)
        loop.loop.call_soon_threadsafe(served.send, BINARY(bytes(10_000_000)))
        wait_until(lambda: served.is_slow)
        loop.loop.call_soon_threadsafe(server.broadcast, wspy.TextMessage("meanwhile"))
        assert len(client.recv().payload) == 10_000_000
        assert client.recv().text() == "meanwhile"


def test_silent_clients_are_pinged() -> None:
    server = Echo(ping_interval=0.1)
    with running(server), connected(server) as client:
        assert client.recv() == wspy.ControlFrame(wspy.OPCODE_PING, "keep-alive")


def test_a_client_that_answers_pings_stays() -> None:
    server = Echo(ping_interval=0.1, ping_timeout=1.0)
    with running(server), talking(server) as connection:
        connection.sock.settimeout(2.5)
        with pytest.raises(TimeoutError):
            connection.recv()
        assert len(server.clients) == 1
        assert ("pong", b"keep-alive") in server.calls


def test_a_client_that_does_not_answer_pings_is_disconnected() -> None:
    server = Echo(ping_interval=0.1, ping_timeout=0.1, close_timeout=0.1)
    with running(server), connected(server) as client:
        assert client.recv().opcode == wspy.OPCODE_PING
        assert client.recv() == wspy.ControlFrame.close(1011, "keep-alive ping unanswered")
        wait_until(lambda: server.calls[-1] == ("close", 1011, "keep-alive ping unanswered"))
        wait_until(lambda: not server.clients)


def test_a_client_that_takes_nothing_is_disconnected() -> None:
    class Pushing(Echo):
        def onopen(self, client: wspy.Client) -> None:
            client.send(BINARY(bytes(20_000_000)))

    server = Pushing(ping_interval=0.1, ping_timeout=0.1)
    with running(server), connected(server):
        wait_until(lambda: server.calls == [("close", 1006, "")])


def test_a_client_that_has_ended_the_stream_and_takes_nothing_is_disconnected() -> None:
    """The stream may end before it is known that something cannot be written; nobody can be pinged then."""

    class Ended(Echo):
        def onmessage(self, client: wspy.Client, message: wspy.Message) -> None:
            client.send(BINARY(bytes(20_000_000)))
            # What the event loop does when it finds the end of the stream before it writes.
            self.loop.call_soon(client.eof_received)
            self.loop.call_soon(client.transport.close)

    server = Ended(ping_interval=0.1, ping_timeout=0.1)
    with running(server), connected(server) as client:
        client.send(wspy.Frame(wspy.OPCODE_TEXT, "more"))
        wait_until(lambda: not server.clients and server.calls == ["open", ("close", 1006, "")])


def test_a_client_whose_handlers_wait_is_not_taken_for_silent() -> None:
    class Busy(Echo):
        async def onmessage(self, client: wspy.Client, message: wspy.Message) -> None:
            await asyncio.sleep(0.2)
            client.send(message)

    server = Busy(ping_interval=0.1, ping_timeout=0.1)
    with running(server), connected(server) as client:
        client.stream.send(wire.frame(wire.TEXT, b"a") * 20, LIMIT)
        echoes = 0
        while echoes < 20:
            frame = client.recv()
            assert frame.opcode != wspy.OPCODE_CLOSE
            if frame.opcode == wspy.OPCODE_PING:
                client.send(wspy.ControlFrame(wspy.OPCODE_PONG, frame.payload))
            echoes += frame.opcode == wspy.OPCODE_TEXT
