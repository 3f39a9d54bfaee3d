"""The threaded server."""

from __future__ import annotations

import logging
import signal
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest
import websockets.sync.client

import wspy
from tests.servers.ours import LIMIT, wait_until
from tests.wspy.peers import REQUEST, raw_client, read_head, read_to_end, status
from tests.wspy.programs import started
from tests.wspy.recording import ThreadedEcho
from tests.wspy.servers import connected, is_served, port_of, talking

if TYPE_CHECKING:
    from tests.wspy.conftest import Contexts

TEXT = wspy.TextMessage


def test_messages_are_returned() -> None:
    with ThreadedEcho() as server:
        assert is_served(server)


def test_the_handlers_are_called_in_order() -> None:
    with ThreadedEcho() as server, connected(server) as client:
        client.send(wspy.ControlFrame(wspy.OPCODE_PING, "a"))
        client.send(wspy.ControlFrame(wspy.OPCODE_PONG, "b"))
        client.send(wspy.Frame(wspy.OPCODE_TEXT, "c"))
        client.send(wspy.ControlFrame.close(1000, "d"))
        wait_until(lambda: len(server.calls) == 5)
        assert server.calls == ["open", ("ping", b"a"), ("pong", b"b"), TEXT("c"), ("close", 1000, "d")]


def test_every_client_has_a_thread() -> None:
    class Waiting(ThreadedEcho):
        together = threading.Barrier(3)

        def onmessage(self, client: wspy.ServerClient, message: wspy.Message) -> None:
            self.together.wait(LIMIT)
            client.send(message)

    with Waiting() as server, talking(server) as first, talking(server) as second, talking(server) as third:
        for each in (first, second, third):
            each.send(TEXT("a"))
        for each in (first, second, third):
            assert each.recv() == TEXT("a")


def test_an_independent_client_is_served() -> None:
    with ThreadedEcho(extensions=[wspy.DeflateMessage()]) as server:
        uri = f"ws://127.0.0.1:{port_of(server)}"
        with websockets.sync.client.connect(uri, proxy=None) as client:
            client.send("é" * 1000)
            assert client.recv(LIMIT) == "é" * 1000


def test_a_client_is_named_by_its_address() -> None:
    with ThreadedEcho() as server, talking(server) as connection:
        wait_until(lambda: len(server.clients) == 1)
        (client,) = server.clients
        host, port = connection.sock.getsockname()
        assert str(client) == f"{host}:{port}"
        assert client.address == (host, port)


def test_a_client_knows_what_was_agreed_on() -> None:
    with ThreadedEcho(protocols=["a"]) as server, talking(server, location="/b", protocols=["a"]):
        wait_until(lambda: len(server.clients) == 1)
        (client,) = server.clients
        assert (client.location, client.protocol, client.user, client.data) == ("/b", "a", None, None)


def test_a_handler_may_receive() -> None:
    class Asking(ThreadedEcho):
        def onmessage(self, client: wspy.ServerClient, message: wspy.Message) -> None:
            client.send(TEXT("and?"))
            client.send(TEXT(f"{message} {client.recv()}"))

    with Asking() as server, talking(server) as connection:
        connection.send(TEXT("a"))
        assert connection.recv() == TEXT("and?")
        connection.send(TEXT("b"))
        assert connection.recv() == TEXT("a b")


def test_all_interfaces_are_listened_at() -> None:
    server = wspy.Server(("", 0))
    with server:
        for host in ("127.0.0.1", "::1") if socket.has_dualstack_ipv6() else ("127.0.0.1",):
            with raw_client((host, port_of(server))) as sock:
                sock.sendall(REQUEST)
                assert status(read_head(sock)) == 101


def test_handlers_are_no_coroutine_functions() -> None:
    class Awaiting(wspy.Server):
        async def onmessage(self, client: wspy.ServerClient, message: wspy.Message) -> None:
            """Never awaited."""

    with pytest.raises(TypeError, match="AsyncServer"):
        Awaiting(("127.0.0.1", 0))


def test_a_server_stops_with_a_code_that_can_be_sent() -> None:
    with ThreadedEcho() as server, talking(server) as connection:
        with pytest.raises(ValueError, match="1005"):
            server.stop(1005)
        connection.send(TEXT("a"))
        assert connection.recv() == TEXT("a")


def test_an_address_that_is_taken_is_an_os_error() -> None:
    with ThreadedEcho() as server, pytest.raises(OSError, match=r"."):
        wspy.Server(("127.0.0.1", port_of(server))).start()


def test_a_server_that_does_not_listen_has_no_address() -> None:
    with pytest.raises(OSError, match="listen"):
        assert ThreadedEcho().address


def test_a_server_listens_once() -> None:
    with ThreadedEcho() as server, pytest.raises(OSError, match="already"):
        server.start()


def test_a_server_starts_again() -> None:
    server = ThreadedEcho()
    for _ in range(2):
        with server:
            assert is_served(server)


# Handlers that raise, and clients that fail.


def test_an_exception_of_a_handler_ends_its_connection_alone() -> None:
    class Failing(ThreadedEcho):
        def onmessage(self, client: wspy.ServerClient, message: wspy.Message) -> None:
            if message.payload == "fail":
                raise LookupError
            client.send(message)

    with Failing() as server, talking(server) as other:
        with connected(server) as client:
            client.send(wspy.Frame(wspy.OPCODE_TEXT, "fail"))
            assert client.recv() == wspy.ControlFrame.close(1011)
        wait_until(lambda: ("close", 1011, "") in server.calls)
        assert any(isinstance(call, LookupError) for call in server.calls)
        other.send(TEXT("a"))
        assert other.recv() == TEXT("a")


def test_an_exception_is_logged_by_default(caplog: pytest.LogCaptureFixture) -> None:
    class Failing(wspy.Server):
        def onopen(self, client: wspy.ServerClient) -> None:
            raise LookupError("what happened")

    with Failing(("127.0.0.1", 0)) as server, connected(server) as client:
        assert client.recv() == wspy.ControlFrame.close(1011)
    assert "what happened" in caplog.text


def test_the_server_goes_on_after_clients_that_fail() -> None:
    with ThreadedEcho(handshake_timeout=0.2) as server:
        with (
            raw_client(server.address) as silent,
            raw_client(server.address) as wrong,
            raw_client(server.address),
        ):
            wrong.sendall(b"hello\r\n\r\n")
            assert status(read_to_end(wrong)) == 400
            assert is_served(server)  # while the others are silent
            assert read_to_end(silent) == b""
        assert is_served(server)


def test_a_head_that_is_too_large_is_431() -> None:
    with ThreadedEcho() as server, raw_client(server.address) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nA: " + b"b" * 16384)
        assert status(read_to_end(sock, may_be_reset=True)) == 431


def test_a_client_that_vanishes_is_1006() -> None:
    with ThreadedEcho() as server:
        with connected(server):
            pass
        wait_until(lambda: server.calls == ["open", ("close", 1006, "")])
        wait_until(lambda: not server.clients)


def test_a_message_over_the_limit_is_1009() -> None:
    with ThreadedEcho(max_message_size=100) as server, connected(server) as client:
        client.send(wspy.Frame(wspy.OPCODE_TEXT, "a" * 101))
        assert client.recv().payload[:2] == b"\x03\xf1"


def test_origins_are_checked() -> None:
    with ThreadedEcho(trusted_origins=["https://a.example"]) as server:
        assert is_served(server, origin="https://a.example")
        with pytest.raises(wspy.HandshakeError) as raised:
            is_served(server, origin="https://b.example")
        assert raised.value.status == 403


# Limits.


def test_one_client_too_many_is_503() -> None:
    with ThreadedEcho(max_connections=2) as server, talking(server), talking(server):
        with pytest.raises(wspy.HandshakeError) as raised:
            is_served(server)
        assert raised.value.status == 503
        wait_until(lambda: len(server.clients) == 2)


def test_a_client_that_has_gone_makes_room() -> None:
    with ThreadedEcho(max_connections=1) as server:
        assert is_served(server)
        wait_until(lambda: not server._served)
        assert is_served(server)


def test_silent_clients_are_pinged() -> None:
    with ThreadedEcho(ping_interval=0.1) as server, connected(server) as client:
        assert client.recv() == wspy.ControlFrame(wspy.OPCODE_PING, "keep-alive")


def test_a_client_that_answers_pings_stays() -> None:
    with ThreadedEcho(ping_interval=0.1, ping_timeout=1.0) as server, talking(server) as connection:
        connection.sock.settimeout(2.0)
        with pytest.raises(TimeoutError):
            connection.recv()
        assert len(server.clients) == 1
        assert ("pong", b"keep-alive") in server.calls


def test_a_client_that_does_not_answer_pings_is_disconnected() -> None:
    with ThreadedEcho(ping_interval=0.1, ping_timeout=0.1) as server, connected(server) as client:
        assert client.recv().opcode == wspy.OPCODE_PING
        assert client.recv() == wspy.ControlFrame.close(1011, "keep-alive ping unanswered")
        wait_until(lambda: server.calls[-1] == ("close", 1011, "keep-alive ping unanswered"))
        wait_until(lambda: not server.clients)


def test_a_client_that_takes_nothing_is_disconnected() -> None:
    class Pushing(ThreadedEcho):
        def onopen(self, client: wspy.ServerClient) -> None:
            client.send(wspy.BinaryMessage(bytes(20_000_000)))

    with Pushing(ping_interval=0.1, ping_timeout=0.1) as server, connected(server):
        wait_until(lambda: [call[:2] for call in server.calls] == [("close", 1011)])


def test_a_client_whose_handler_is_busy_is_not_taken_for_silent() -> None:
    class Busy(ThreadedEcho):
        def onmessage(self, client: wspy.ServerClient, message: wspy.Message) -> None:
            time.sleep(1.5)
            client.send(message)

    with Busy(ping_interval=0.1, ping_timeout=0.1) as server, talking(server) as connection:
        connection.send(TEXT("a"))
        assert connection.recv() == TEXT("a")


# Its end.


def test_stop_closes_connections_with_1001() -> None:
    server = ThreadedEcho()
    with server, connected(server) as client:
        threading.Thread(target=server.stop).start()
        frame = client.recv()
        assert frame == wspy.ControlFrame.close(1001)
        client.send(frame)
        wait_until(lambda: server.calls == ["open", ("close", 1001, "")])


def test_stop_does_not_wait_for_clients_that_do_not_answer() -> None:
    server = ThreadedEcho(close_timeout=0.2)
    with server, connected(server), raw_client(server.address):
        wait_until(lambda: len(server.clients) == 1)
        since = time.monotonic()
        server.stop()
        assert time.monotonic() - since < 5
        wait_until(lambda: not server._served)


def test_a_handler_may_stop_the_server() -> None:
    class Stopping(ThreadedEcho):
        def onmessage(self, client: wspy.ServerClient, message: wspy.Message) -> None:
            self.stop()

    server = Stopping()
    with server, talking(server) as connection:
        connection.send(TEXT("a"))
        with pytest.raises(wspy.ConnectionClosed) as raised:
            connection.recv()
        assert raised.value.code == 1001
        wait_until(server._is_stopped.is_set)


def test_stop_before_the_start_is_nothing() -> None:
    ThreadedEcho().stop()


PROGRAM = """
import wspy

class Server(wspy.Server):
    def onclose(self, client, code, reason):
        print("closed", code)

Server(("127.0.0.1", 8000)).run()
print("the end")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_a_program_gracefully(number: int) -> None:
    with started(PROGRAM, options=["-X", "dev"]) as program:
        connection = wspy.Connection(program.connect())
        program.process.send_signal(number)
        with pytest.raises(wspy.ConnectionClosed) as raised:
            connection.recv()
        assert raised.value.code == 1001
        assert program.finish() == "closed 1001\nthe end\n"


# TLS and logging.


def test_messages_are_returned_through_tls(tls: Contexts) -> None:
    with ThreadedEcho(ssl=tls.server, handshake_timeout=1.0) as server:
        with raw_client(server.address) as silent, raw_client(server.address) as wrong:
            wrong.sendall(REQUEST)
            read_to_end(wrong, may_be_reset=True)
            assert is_served(server, ssl=tls.client)
            assert read_to_end(silent) == b""
        assert is_served(server, ssl=tls.client)


def test_stop_ends_handshakes_of_tls(tls: Contexts) -> None:
    server = ThreadedEcho(ssl=tls.server)
    with server, raw_client(server.address) as silent:
        wait_until(lambda: len(server._served) == 1)
        since = time.monotonic()
        server.stop()
        assert time.monotonic() - since < 5
        read_to_end(silent)


def test_keep_alive_goes_through_tls(tls: Contexts) -> None:
    with (
        ThreadedEcho(ssl=tls.server, ping_interval=0.1) as server,
        talking(server, ssl=tls.client) as connection,
    ):
        connection.sock.settimeout(1.0)
        with pytest.raises(TimeoutError):
            connection.recv()
        assert ("pong", b"keep-alive") in server.calls


def test_every_event_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("wspy")
    try:
        with wspy.Server(("127.0.0.1", 0), loglevel=logging.DEBUG) as server:
            with connected(server) as client:
                client.send(wspy.Frame(wspy.OPCODE_TEXT, "a"))
                client.send(wspy.ControlFrame.close(1000))
                assert client.recv() == wspy.ControlFrame.close(1000)
            wait_until(lambda: "closed 1000" in caplog.text)
    finally:
        logger.setLevel(logging.NOTSET)
    for said in (": open", ": message of 1", "listening at", "stopped"):
        assert said in caplog.text
