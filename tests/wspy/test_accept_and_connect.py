"""`websocket`: the handshakes of `accept` and `connect`, over real sockets."""

from __future__ import annotations

import base64
import re
import socket
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

import pytest

import wspy
from tests.servers.ours import LIMIT
from tests.wspy.peers import REQUEST, listening, raw_client, read_head, read_to_end
from wsproto.utilities import generate_accept_token
from wspy.websocket import HANDSHAKE_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor

    from tests.wspy.peers import Connected

HELLO = wspy.Frame(wspy.OPCODE_TEXT, "hello")


def test_what_was_agreed_on(connect: Callable[..., Connected]) -> None:
    client, server = connect(
        client={
            "location": "/chat?room=1",
            "origin": "https://page.example",
            "protocols": ["a", "b"],
            "headers": [("X-Name", "value")],
        },
        server={"protocols": ["b"], "trusted_origins": ["https://page.example"], "location": "/chat"},
    )
    assert client.location == server.location == "/chat?room=1"
    assert client.protocol == server.protocol == "b"
    assert client.extensions == server.extensions == []
    assert (b"x-name", b"value") in server.headers


def test_the_page_of_another_origin_is_refused_and_the_next_accepted(
    threads: ThreadPoolExecutor, stack: ExitStack
) -> None:
    listener, address = listening(stack, trusted_origins=["https://page.example"])
    accepting = threads.submit(listener.accept)
    with pytest.raises(wspy.HandshakeError) as caught:
        stack.enter_context(wspy.websocket(origin="https://evil.example")).connect(address)
    assert caught.value.status == 403
    stack.enter_context(wspy.websocket(origin="https://page.example")).connect(address)
    stack.enter_context(accepting.result(LIMIT)[0])


@pytest.mark.parametrize(
    "garbage", [b"", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\xff\r\n\r\n", bytes(20_000)]
)
def test_garbage_does_not_end_the_listener(
    threads: ThreadPoolExecutor, stack: ExitStack, garbage: bytes
) -> None:
    listener, address = listening(stack)
    accepting = threads.submit(listener.accept)
    raw = stack.enter_context(raw_client(address))
    raw.sendall(garbage)
    raw.shutdown(socket.SHUT_WR)
    stack.enter_context(wspy.websocket()).connect(address)
    stack.enter_context(accepting.result(LIMIT)[0])


def test_an_authentication_that_raises_does_not_end_the_listener(
    threads: ThreadPoolExecutor, stack: ExitStack, caplog: pytest.LogCaptureFixture
) -> None:
    problem = KeyError("broken")

    def check(user: str, _: str) -> bool:
        if user == "first":
            raise problem
        return True

    listener, address = listening(stack, auth=wspy.BasicAuthentication(check))
    accepting = threads.submit(listener.accept)
    raw = stack.enter_context(raw_client(address))
    credentials = base64.b64encode(b"first:").decode()
    raw.sendall(REQUEST[:-2] + f"Authorization: Basic {credentials}\r\n\r\n".encode())
    assert read_to_end(raw) == b""
    stack.enter_context(wspy.websocket(auth=("second", ""))).connect(address)
    server = stack.enter_context(accepting.result(LIMIT)[0])
    assert server.user == "second"
    assert [each.exc_info and each.exc_info[1] for each in caplog.records] == [problem]


def test_a_client_that_says_nothing_does_not_hold_up_the_listener(
    threads: ThreadPoolExecutor, stack: ExitStack
) -> None:
    listener, address = listening(stack, handshake_timeout=0.2)
    accepting = threads.submit(listener.accept)
    raw = stack.enter_context(raw_client(address))
    stack.enter_context(wspy.websocket()).connect(address)
    stack.enter_context(accepting.result(LIMIT)[0])
    assert read_to_end(raw) == b""


def test_a_client_that_dawdles_does_not_hold_up_the_listener(
    threads: ThreadPoolExecutor, stack: ExitStack
) -> None:
    """The deadline is that of the whole handshake, not of each byte."""
    listener, address = listening(stack, handshake_timeout=0.3)
    listener.settimeout(0.5)
    accepting = threads.submit(listener.accept)
    raw = stack.enter_context(raw_client(address))
    begun = time.monotonic()
    with suppress(OSError):  # once the listener has closed its end
        for byte in REQUEST[:-2] * 100:
            raw.sendall(bytes([byte]))
            time.sleep(0.02)
    assert time.monotonic() - begun < HANDSHAKE_TIMEOUT
    with pytest.raises(TimeoutError):
        accepting.result(LIMIT)


def test_the_handshake_may_be_left_to_another_thread(threads: ThreadPoolExecutor, stack: ExitStack) -> None:
    listener, address = listening(stack)
    client = stack.enter_context(wspy.websocket())
    connecting = threads.submit(client.connect, address)
    server, _ = listener.accept(handshake=False)
    stack.enter_context(server)
    threads.submit(server.handshake).result(LIMIT)
    connecting.result(LIMIT)
    server.send(HELLO)
    assert client.recv() == HELLO


def test_a_server_that_says_nothing_is_a_timeout(stack: ExitStack) -> None:
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    client = stack.enter_context(wspy.websocket(handshake_timeout=0.1))
    client.settimeout(7)
    with pytest.raises(TimeoutError):
        client.connect(listener.getsockname())
    assert client.gettimeout() == 7


def test_nobody_listens(stack: ExitStack) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    address = listener.getsockname()
    listener.close()
    with pytest.raises(ConnectionRefusedError):
        stack.enter_context(wspy.websocket()).connect(address)


def test_a_server_that_is_no_websocket(threads: ThreadPoolExecutor, stack: ExitStack) -> None:
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

    def serve() -> None:
        sock, _ = listener.accept()
        with sock:
            read_head(sock)
            sock.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone")

    serving = threads.submit(serve)
    with pytest.raises(wspy.HandshakeError) as caught:
        stack.enter_context(wspy.websocket()).connect(listener.getsockname())
    serving.result(LIMIT)
    assert (caught.value.status, caught.value.body) == (404, b"none")


def test_frames_sent_with_the_response_are_received(threads: ThreadPoolExecutor, stack: ExitStack) -> None:
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

    def serve() -> None:
        sock, _ = listener.accept()
        with sock:
            found = re.search(rb"(?i)sec-websocket-key: *(\S+)", read_head(sock))
            assert found is not None
            accept = b"Sec-WebSocket-Accept: " + generate_accept_token(found[1])
            head = b"HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            sock.sendall(head + accept + b"\r\n\r\n\x81\x05hello")

    serving = threads.submit(serve)
    client = stack.enter_context(wspy.websocket())
    client.connect(listener.getsockname())
    serving.result(LIMIT)
    assert client.recv() == HELLO


@pytest.mark.parametrize(
    "auth",
    [
        ("user", "sécret"),
        {"user": "sécret"},
        wspy.BasicAuthentication({"user": "sécret"}),
        wspy.DigestAuthentication({"user": "sécret"}),
    ],
)
def test_who_knows_the_password_is_let_in(connect: Callable[..., Connected], auth: object) -> None:
    client, server = connect(client={"auth": ("user", "sécret")}, server={"auth": auth})
    assert server.user == "user"
    client.send(HELLO)
    assert server.recv() == HELLO


@pytest.mark.parametrize(
    "auth", [wspy.BasicAuthentication({"a": "b"}), wspy.DigestAuthentication({"a": "b"})]
)
@pytest.mark.parametrize("credentials", [("a", "c"), ("b", "b"), None])
def test_who_does_not_is_not(
    threads: ThreadPoolExecutor,
    stack: ExitStack,
    auth: wspy.Authentication,
    credentials: tuple[str, str] | None,
) -> None:
    listener, address = listening(stack, auth=auth)
    listener.settimeout(0.5)
    accepting = threads.submit(listener.accept)
    with pytest.raises(wspy.HandshakeError) as caught:
        stack.enter_context(wspy.websocket(auth=credentials)).connect(address)
    assert caught.value.status == 401
    with pytest.raises(TimeoutError):
        accepting.result(LIMIT)


def test_credentials_are_sent_to_servers_that_ask_alone(
    threads: ThreadPoolExecutor, stack: ExitStack
) -> None:
    """A server that does not ask does not see the password."""
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

    def serve() -> bytes:
        sock, _ = listener.accept()
        with sock:
            return read_head(sock)

    serving = threads.submit(serve)
    with pytest.raises(wspy.HandshakeError):
        stack.enter_context(wspy.websocket(auth=("user", "secret"))).connect(listener.getsockname())
    assert base64.b64encode(b"user:secret") not in serving.result(LIMIT)


@pytest.mark.parametrize(
    "options",
    [
        {"location": "/\r\nX: y"},
        {"origin": "a\r\nX: y"},
        {"protocols": ["a\r\nX: y"]},
        {"headers": [("a", "\r\n")]},
    ],
)
def test_nothing_can_be_smuggled_into_the_request(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"location|control"):
        wspy.websocket(**options)  # type: ignore[arg-type]
