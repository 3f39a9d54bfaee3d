"""Handlers of the asynchronous server that raise, and clients that fail."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import wspy
from tests.connection import wire
from tests.servers.ours import LIMIT, wait_until
from tests.wspy.peers import REQUEST, raw_client, read_to_end, request, status
from tests.wspy.recording import Echo
from tests.wspy.servers import connected, is_served, running, talking

TEXT, BINARY = wspy.TextMessage, wspy.BinaryMessage


@pytest.mark.parametrize("handler", ["onopen", "onmessage", "onping", "onpong"])
@pytest.mark.parametrize("is_coroutine", [False, True])
def test_an_exception_of_a_handler_ends_its_connection_alone(handler: str, is_coroutine: bool) -> None:  # noqa: FBT001
    def fail(self: Echo, client: wspy.Client, *arguments: Any) -> None:
        if client.location == "/fail":
            raise LookupError
        if arguments and isinstance(arguments[0], wspy.Message):
            client.send(arguments[0])

    async def fail_later(self: Echo, client: wspy.Client, *arguments: Any) -> None:
        await asyncio.sleep(0)
        fail(self, client, *arguments)

    failing = type("Failing", (Echo,), {handler: fail_later if is_coroutine else fail})
    server = failing()
    with running(server), talking(server) as other:
        with connected(server, location="/fail") as client:
            client.send(wspy.ControlFrame(wspy.OPCODE_PONG))
            client.send(wspy.ControlFrame(wspy.OPCODE_PING))
            client.send(wspy.Frame(wspy.OPCODE_TEXT, "a"))
            while (frame := client.recv()).opcode != wspy.OPCODE_CLOSE:
                pass
            assert frame.payload == b"\x03\xf3"
        wait_until(lambda: ("close", 1011, "") in server.calls)
        assert sum(isinstance(call, LookupError) for call in server.calls) == 1
        other.send(TEXT("a"))
        assert other.recv() == TEXT("a")


def test_an_exception_of_onclose_is_reported() -> None:
    class Failing(Echo):
        def onclose(self, client: wspy.Client, code: int, reason: str) -> None:
            raise LookupError

    server = Failing()
    with running(server):
        with talking(server):
            pass
        wait_until(lambda: any(isinstance(call, LookupError) for call in server.calls))
        wait_until(lambda: not server.clients)


def test_an_exception_is_logged_by_default(caplog: pytest.LogCaptureFixture) -> None:
    class Failing(wspy.AsyncServer):
        def onopen(self, client: wspy.Client) -> None:
            raise LookupError("what happened")

    server = Failing(("127.0.0.1", 0))
    with running(server), connected(server) as client:
        assert client.recv() == wspy.ControlFrame.close(1011)
    assert "what happened" in caplog.text


def test_an_exception_of_onerror_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Worst(Echo):
        def onopen(self, client: wspy.Client) -> None:
            raise LookupError

        def onerror(self, client: wspy.Client, error: Exception) -> None:
            raise ZeroDivisionError

    server = Worst()
    with running(server), connected(server) as client:
        assert client.recv() == wspy.ControlFrame.close(1011)
    assert "onerror has raised" in caplog.text


def test_a_handler_that_does_not_see_the_end_is_no_error() -> None:
    class Chatty(Echo):
        def onmessage(self, client: wspy.Client, message: wspy.Message) -> None:
            client.close()
            client.send(message)

    server = Chatty()
    with running(server), connected(server) as client:
        client.send(wspy.Frame(wspy.OPCODE_TEXT, "a"))
        assert client.recv() == wspy.ControlFrame.close(1000)
        client.send(wspy.ControlFrame.close(1000))
        wait_until(lambda: server.calls == ["open", ("close", 1000, "")])


def test_an_exception_of_the_authentication_ends_its_connection_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(wspy.Authentication):
        def challenges(self, *, stale: bool = False) -> list[str]:
            return []

        def check(self, authorization: str | None, method: str, target: str) -> Any:
            raise LookupError("what happened")

    server = Echo(auth=Broken())
    with running(server):
        with raw_client(server.address) as sock:
            sock.sendall(REQUEST)
            assert read_to_end(sock) == b""
        assert "what happened" in caplog.text
        assert not server._connected


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"hello\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA: " + b"b" * 16384, 431),
        (REQUEST.replace(b"/chat", b"/other"), 404),
        (request("Origin: https://b.example"), 403),
    ],
)
def test_a_handshake_that_fails_is_answered(data: bytes, code: int) -> None:
    server = Echo(location="/chat", trusted_origins=["https://a.example"])
    with running(server):
        with raw_client(server.address) as sock:
            sock.sendall(data)
            assert status(read_to_end(sock, may_be_reset=True)) == code
        assert is_served(server, location="/chat")


def test_a_handshake_takes_no_longer_than_its_limit() -> None:
    server = Echo(handshake_timeout=0.1)
    with running(server), raw_client(server.address) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\n")
        assert read_to_end(sock) == b""


def test_a_client_that_vanishes_is_1006() -> None:
    server = Echo()
    with running(server):
        with connected(server):
            pass
        wait_until(lambda: server.calls == ["open", ("close", 1006, "")])
        wait_until(lambda: not server.clients)


def test_a_broken_rule_is_1002() -> None:
    server = Echo()
    with running(server), connected(server) as client:
        client.stream.send(wire.frame(wire.TEXT, b"", masked=False), LIMIT)
        assert client.recv().payload[:2] == b"\x03\xea"
        with pytest.raises(wspy.ConnectionClosed):
            client.recv()  # the server ends the stream
        assert server.calls[-1][:2] == ("close", 1002)
