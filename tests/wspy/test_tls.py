"""`websocket` with contexts of `ssl` (`wss`)."""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

import wspy
from tests.servers.ours import LIMIT
from tests.wspy.peers import listening, raw_client

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor
    from contextlib import ExitStack

    from tests.wspy.conftest import Contexts
    from tests.wspy.peers import Connected


def test_frames_go_both_ways(connect: Callable[..., Connected], tls: Contexts) -> None:
    client, server = connect(client={"ssl": tls.client}, server={"ssl": tls.server})
    big = wspy.Frame(wspy.OPCODE_BINARY, bytes(range(256)) * 4000)
    client.send(big)
    assert server.recv() == big
    server.send(wspy.Frame(wspy.OPCODE_TEXT, "hello"))
    assert client.recv().text() == "hello"


def test_messages_go_both_ways(
    threads: ThreadPoolExecutor, connect: Callable[..., Connected], tls: Contexts
) -> None:
    near, far = connect(client={"ssl": tls.client}, server={"ssl": tls.server})
    with wspy.Connection(near) as client:
        server = wspy.Connection(far)
        client.send(wspy.TextMessage("hello"))
        assert server.recv() == wspy.TextMessage("hello")
        ending = threads.submit(pytest.raises, wspy.ConnectionClosed, server.recv)
    assert ending.result(LIMIT).value.code == 1000


def test_the_certificate_has_to_be_of_the_host(
    threads: ThreadPoolExecutor, stack: ExitStack, tls: Contexts
) -> None:
    listener, address = listening(stack, ssl=tls.server)
    listener.settimeout(0.5)
    accepting = threads.submit(listener.accept)
    client = stack.enter_context(wspy.websocket(ssl=tls.client, server_hostname="elsewhere.example"))
    with pytest.raises(ssl.SSLCertVerificationError):
        client.connect(address)
    with pytest.raises(TimeoutError):
        accepting.result(LIMIT)


def test_credentials_over_tls(connect: Callable[..., Connected], tls: Contexts) -> None:
    """The second request goes over another connection, encrypted like the first."""
    _, server = connect(
        client={"ssl": tls.client, "auth": ("user", "secret")},
        server={"ssl": tls.server, "auth": wspy.DigestAuthentication({"user": "secret"})},
    )
    assert server.user == "user"


@pytest.mark.parametrize("garbage", [b"GET / HTTP/1.1\r\n\r\n", b""])
def test_garbage_does_not_end_the_listener(
    threads: ThreadPoolExecutor, stack: ExitStack, tls: Contexts, garbage: bytes
) -> None:
    listener, address = listening(stack, ssl=tls.server)
    accepting = threads.submit(listener.accept)
    raw = stack.enter_context(raw_client(address))
    raw.sendall(garbage)
    raw.shutdown(socket.SHUT_WR)
    stack.enter_context(wspy.websocket(ssl=tls.client)).connect(address)
    stack.enter_context(accepting.result(LIMIT)[0])


def test_a_client_that_says_nothing_does_not_hold_up_the_listener(
    threads: ThreadPoolExecutor, stack: ExitStack, tls: Contexts
) -> None:
    listener, address = listening(stack, ssl=tls.server, handshake_timeout=0.2)
    accepting = threads.submit(listener.accept)
    stack.enter_context(raw_client(address))
    stack.enter_context(wspy.websocket(ssl=tls.client)).connect(address)
    stack.enter_context(accepting.result(LIMIT)[0])


def test_a_client_that_dawdles_does_not_hold_up_the_listener(
    threads: ThreadPoolExecutor, stack: ExitStack, tls: Contexts
) -> None:
    """The deadline is that of the whole handshake of TLS, not of each byte."""
    listener, address = listening(stack, ssl=tls.server, handshake_timeout=0.3)
    accepting = threads.submit(listener.accept)
    raw = stack.enter_context(raw_client(address))
    hello = b"\x16\x03\x01\x20\x00" + bytes(0x2000)
    with suppress(OSError):  # once the listener has closed its end
        for byte in hello:
            raw.sendall(bytes([byte]))
            time.sleep(0.02)
    stack.enter_context(wspy.websocket(ssl=tls.client)).connect(address)
    stack.enter_context(accepting.result(LIMIT)[0])


def test_one_thread_may_receive_while_others_send(
    threads: ThreadPoolExecutor, connect: Callable[..., Connected], tls: Contexts
) -> None:
    near, far = connect(client={"ssl": tls.client}, server={"ssl": tls.server})
    client, server = wspy.Connection(near), wspy.Connection(far)
    messages = [wspy.BinaryMessage(bytes([number]) * 20_000) for number in range(50)]

    def echo() -> None:
        for _ in range(4 * len(messages)):
            server.send(server.recv())

    def send() -> None:
        for message in messages:
            client.send(message)

    working = [threads.submit(echo), *(threads.submit(send) for _ in range(4))]
    received = [client.recv().payload for _ in range(4 * len(messages))]
    assert [each.result(LIMIT) for each in working] == [None] * 5
    assert sorted(received) == sorted(4 * [message.payload for message in messages])


def test_a_timeout_loses_nothing(connect: Callable[..., Connected], tls: Contexts) -> None:
    client, server = connect(client={"ssl": tls.client}, server={"ssl": tls.server})
    server.settimeout(0.05)
    assert server.gettimeout() == 0.05
    with pytest.raises(TimeoutError):
        server.recv()
    client.send(wspy.Frame(wspy.OPCODE_TEXT, "hello"))
    server.settimeout(LIMIT)
    assert server.recv().text() == "hello"


def test_a_socket_that_never_waits(connect: Callable[..., Connected], tls: Contexts) -> None:
    client, server = connect(client={"ssl": tls.client}, server={"ssl": tls.server})
    server.setblocking(False)
    with pytest.raises(ssl.SSLWantReadError):
        server.recv()
    client.send(wspy.Frame(wspy.OPCODE_TEXT, "hello"))
    server.setblocking(True)
    assert server.recv().text() == "hello"


def test_a_frame_that_a_timeout_interrupts_is_completed_by_the_next(
    threads: ThreadPoolExecutor, connect: Callable[..., Connected], tls: Contexts
) -> None:
    client, server = connect(client={"ssl": tls.client}, server={"ssl": tls.server})
    big = wspy.Frame(wspy.OPCODE_BINARY, bytes(8_000_000))
    client.settimeout(0.05)
    with pytest.raises(TimeoutError):
        client.send(big)
    client.settimeout(LIMIT)
    receiving = threads.submit(lambda: [server.recv().payload, server.recv().payload])
    client.send(wspy.Frame(wspy.OPCODE_TEXT, "hello"))
    assert receiving.result(LIMIT) == [big.payload, b"hello"]


def test_the_server_waits_for_the_client_to_end_its_side(
    threads: ThreadPoolExecutor, connect: Callable[..., Connected], tls: Contexts
) -> None:
    """After its own end of the stream, the server reads until the client's (RFC 6455 section 7.1.1)."""
    near, far = connect(client={"ssl": tls.client}, server={"ssl": tls.server})
    ending = threads.submit(wspy.Connection(far).receive_forever)
    near.send(wspy.ControlFrame.close(1000))
    assert near.recv() == wspy.ControlFrame.close(1000)
    with pytest.raises(wspy.ConnectionClosed):
        near.recv()
    assert not ending.done()
    near.close()
    ending.result(LIMIT)
