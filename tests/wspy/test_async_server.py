"""The asynchronous server: messages, coroutines, TLS and logging."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import pytest
import websockets.sync.client

import wspy
from tests.connection import wire
from tests.servers.ours import LIMIT, wait_until
from tests.wspy.peers import REQUEST, raw_client, read_head, read_to_end, status
from tests.wspy.recording import Echo
from tests.wspy.servers import connected, flood, is_served, only, port_of, running, talking

if TYPE_CHECKING:
    from tests.wspy.conftest import Contexts

TEXT, BINARY = wspy.TextMessage, wspy.BinaryMessage


def test_messages_are_returned() -> None:
    server = Echo()
    with running(server):
        assert is_served(server)


def test_the_handlers_are_called_in_order() -> None:
    server = Echo()
    with running(server), connected(server) as client:
        client.send(wspy.ControlFrame(wspy.OPCODE_PING, "a"))
        client.send(wspy.ControlFrame(wspy.OPCODE_PONG, "b"))
        client.send(wspy.Frame(wspy.OPCODE_TEXT, "c"))
        client.send(wspy.ControlFrame.close(1000, "d"))
        wait_until(lambda: len(server.calls) == 5)
        assert server.calls == ["open", ("ping", b"a"), ("pong", b"b"), TEXT("c"), ("close", 1000, "d")]


@pytest.mark.parametrize("extension", [wspy.DeflateMessage(), wspy.DeflateFrame()], ids=["message", "frame"])
def test_messages_go_through_an_extension(extension: Any) -> None:
    server = Echo(extensions=[extension])
    with running(server):
        assert is_served(server, extensions=[extension])


def test_an_independent_client_is_served() -> None:
    server = Echo(extensions=[wspy.DeflateMessage()], protocols=["a"])
    with running(server):
        uri = f"ws://127.0.0.1:{port_of(server)}"
        with websockets.sync.client.connect(uri, proxy=None, subprotocols=["a"]) as client:  # type: ignore[list-item]
            assert client.subprotocol == "a"
            client.send(["é" * 1000, "!"])
            assert client.recv(LIMIT) == "é" * 1000 + "!"


def test_a_message_may_come_with_the_request() -> None:
    server = Echo()
    with running(server), raw_client(server.address) as sock:
        sock.sendall(REQUEST + wire.frame(wire.TEXT, b"a"))
        assert status(read_head(sock)) == 101
        assert sock.recv(10) == b"\x81\x01a"


def test_a_client_knows_what_was_agreed_on() -> None:
    server = Echo(protocols=["a"])
    with running(server), talking(server, location="/b", protocols=["a"]) as connection:
        client = only(server)
        host, port = connection.sock.getsockname()
        assert (client.location, client.protocol, client.user, client.data) == ("/b", "a", None, None)
        assert (str(client), client.address) == (f"{host}:{port}", (host, port))


def test_only_messages_are_sent() -> None:
    class Wrong(Echo):
        def onmessage(self, client: wspy.Client, message: wspy.Message) -> None:
            client.send("a")  # type: ignore[arg-type]

    server = Wrong()
    with running(server), connected(server) as client:
        client.send(wspy.Frame(wspy.OPCODE_TEXT, "a"))
        assert client.recv() == wspy.ControlFrame.close(1011)
        wait_until(lambda: any(isinstance(call, TypeError) for call in server.calls))


def test_messages_are_fragmented_on_request() -> None:
    class Cutting(Echo):
        def onmessage(self, client: wspy.Client, message: wspy.Message) -> None:
            client.send(message, fragment_size=2)

    server = Cutting()
    with running(server), connected(server) as client:
        client.send(wspy.Frame(wspy.OPCODE_TEXT, "abc"))
        assert client.recv() == wspy.Frame(wspy.OPCODE_TEXT, "ab", fin=False)
        assert client.recv() == wspy.Frame(wspy.OPCODE_CONTINUATION, "c")


def test_broadcast_reaches_all_clients() -> None:
    server = Echo()
    with running(server) as loop, talking(server) as first, talking(server) as second:
        wait_until(lambda: len(server.clients) == 2)
        loop.loop.call_soon_threadsafe(server.broadcast, TEXT("all"))
        assert first.recv() == second.recv() == TEXT("all")


class Counting:
    """A transport that counts its writes."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.writes: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.writes.append(bytes(data))
        self.transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)


def test_what_is_answered_together_is_written_once() -> None:
    class Counted(Echo):
        def onopen(self, client: wspy.Client) -> None:
            client.transport = client.data = Counting(client.transport)  # type: ignore[assignment]

    server = Counted()
    with running(server), connected(server) as client:
        writes = only(server).data.writes
        together = (
            wire.frame(wire.TEXT, b"a") * 50 + wire.frame(wire.PING, b"b") + wire.frame(wire.TEXT, b"c")
        )
        client.stream.send(together, LIMIT)
        for _ in range(52):
            client.recv()
        assert writes == [b"\x81\x01a" * 50 + b"\x8a\x01b\x81\x01c"]


def test_what_is_sent_at_another_time_is_written_once() -> None:
    class Counted(Echo):
        def onopen(self, client: wspy.Client) -> None:
            client.transport = client.data = Counting(client.transport)  # type: ignore[assignment]

    def send(client: wspy.Client) -> None:
        for _ in range(3):
            client.send(TEXT("a"))
        client.ping("b")

    server = Counted()
    with running(server) as loop, connected(server) as sock:
        client = only(server)
        loop.loop.call_soon_threadsafe(send, client)
        for _ in range(4):
            sock.recv()
        assert client.data.writes == [b"\x81\x01a" * 3 + b"\x89\x01b"]


def test_onsent_is_told_of_every_message() -> None:
    class Sent(Echo):
        def onsent(self, client: wspy.Client, message: wspy.Message) -> None:
            self.calls.append(("sent", message))

    server = Sent()
    with running(server), talking(server) as connection:
        connection.send(TEXT("a"))
        connection.recv()
        wait_until(lambda: server.calls == ["open", TEXT("a"), ("sent", TEXT("a"))])


def test_onsent_waits_until_a_message_is_written() -> None:
    class Sent(Echo):
        def onsent(self, client: wspy.Client, message: wspy.Message) -> None:
            assert client.transport.get_write_buffer_size() == 0
            self.calls.append("sent")

    server = Sent(max_message_size=None)
    with running(server), connected(server, max_message_size=None) as client:
        client.send(wspy.Frame(wspy.OPCODE_BINARY, bytes(20_000_000)))
        wait_until(lambda: only(server).is_slow)
        assert "sent" not in server.calls
        assert len(client.recv().payload) == 20_000_000
        wait_until(lambda: server.calls[-1] == "sent")


def test_onsent_may_send_the_next_message() -> None:
    class Counting10(Echo):
        def onsent(self, client: wspy.Client, message: wspy.Message) -> None:
            if int(message.payload) < 10:
                client.send(TEXT(str(int(message.payload) + 1)))

    server = Counting10()
    with running(server), talking(server) as connection:
        connection.send(TEXT("0"))
        assert [connection.recv().payload for _ in range(11)] == [str(number) for number in range(11)]


def test_coroutine_handlers_are_awaited_in_order() -> None:
    class Slow(Echo):
        async def onmessage(self, client: wspy.Client, message: wspy.Message) -> None:
            await asyncio.sleep(0.02 if message.payload == "0" else 0)
            client.send(message)

        async def onclose(self, client: wspy.Client, code: int, reason: str) -> None:
            await asyncio.sleep(0)
            self.calls.append(("close", code, reason))

    server = Slow()
    with running(server):
        with talking(server) as connection:
            for number in range(50):
                connection.send(TEXT(str(number)))
            assert [connection.recv().payload for _ in range(50)] == [str(number) for number in range(50)]
        wait_until(lambda: server.calls == ["open", ("close", 1000, "")])


def test_coroutines_of_clients_do_not_wait_for_each_other() -> None:
    class Together(Echo):
        both = asyncio.Event()

        async def onmessage(self, client: wspy.Client, message: wspy.Message) -> None:
            self.calls.append(message)
            if len(self.calls) == 4:
                self.both.set()
            await self.both.wait()
            client.send(message)

    server = Together()
    with running(server), talking(server) as first, talking(server) as second:
        wait_until(lambda: server.calls == ["open", "open"])
        for each in (first, second):
            each.send(TEXT("a"))
        assert first.recv() == second.recv() == TEXT("a")


def test_a_coroutine_that_waits_keeps_its_client_from_being_read() -> None:
    class Waiting(Echo):
        async def onmessage(self, client: wspy.Client, message: wspy.Message) -> None:
            await asyncio.sleep(LIMIT)

    server = Waiting(close_timeout=0.2)
    with running(server), connected(server) as client:
        flood(client, 0.3)


def test_onerror_is_no_coroutine() -> None:
    class Wrong(Echo):
        async def onerror(self, client: wspy.Client, error: Exception) -> None:  # type: ignore[override]
            pass

    with pytest.raises(TypeError, match="onerror"):
        Wrong()


def test_messages_are_returned_through_tls(tls: Contexts) -> None:
    server = Echo(ssl=tls.server, handshake_timeout=1.0)
    with running(server), raw_client(server.address) as silent, raw_client(server.address) as wrong:
        wrong.sendall(REQUEST)
        read_to_end(wrong, may_be_reset=True)
        assert is_served(server, ssl=tls.client)
        assert read_to_end(silent) == b""


def test_a_client_of_tls_that_reads_late_gets_everything(tls: Contexts) -> None:
    class Sent(Echo):
        def onsent(self, client: wspy.Client, message: wspy.Message) -> None:
            self.calls.append("sent")

    server = Sent(ssl=tls.server)
    with running(server), connected(server, ssl=tls.client) as client:
        flood(client, 0.2)
        for _ in range(3):
            assert client.recv().payload == bytes(1_000_000)
        wait_until(lambda: "sent" in server.calls)


def test_every_event_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("wspy")
    server = wspy.AsyncServer(("127.0.0.1", 0), loglevel=logging.DEBUG)
    try:
        with running(server):
            with connected(server) as client:
                client.send(wspy.Frame(wspy.OPCODE_TEXT, "a"))
                client.send(wspy.ControlFrame.close(1000))
                assert client.recv() == wspy.ControlFrame.close(1000)
            wait_until(lambda: "closed 1000" in caplog.text)
    finally:
        logger.setLevel(logging.NOTSET)
    for said in (": open", ": message of 1", "listening at", "stopped"):
        assert said in caplog.text
