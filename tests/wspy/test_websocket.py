"""`websocket`: sockets that send and receive frames, over real sockets."""

from __future__ import annotations

import select
import socket
from typing import TYPE_CHECKING

import pytest

import wspy
from tests.connection import wire
from tests.servers.ours import LIMIT
from tests.wspy.peers import REQUEST, listening, raw_client, raw_pair, read_exactly

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor
    from contextlib import ExitStack

    from tests.wspy.peers import Connected

HELLO = wspy.Frame(wspy.OPCODE_TEXT, "hello")


def test_frames_go_both_ways(connect: Callable[..., Connected]) -> None:
    client, server = connect()
    client.send(HELLO)
    assert server.recv() == HELLO
    server.send(wspy.Frame(wspy.OPCODE_BINARY, bytes(100_000)))
    assert client.recv() == wspy.Frame(wspy.OPCODE_BINARY, bytes(100_000))


def test_control_frames_are_received_like_others(connect: Callable[..., Connected]) -> None:
    client, server = connect()
    client.send(wspy.ControlFrame(wspy.OPCODE_PING, b"?"))
    client.send(wspy.ControlFrame.close(1000, "bye"))
    assert server.recv() == wspy.ControlFrame(wspy.OPCODE_PING, b"?")
    close = server.recv()
    assert isinstance(close, wspy.ControlFrame)
    assert (close.close_code(), close.close_reason()) == (1000, "bye")


def test_frames_are_neither_joined_nor_answered(connect: Callable[..., Connected]) -> None:
    client, server = connect()
    frames = [
        wspy.Frame(wspy.OPCODE_TEXT, "a", fin=False),
        wspy.ControlFrame(wspy.OPCODE_PING),
        wspy.Frame(wspy.OPCODE_CONTINUATION, "b"),
    ]
    for frame in frames:
        client.send(frame)
    assert [server.recv() for _ in frames] == frames
    client.settimeout(0.05)
    with pytest.raises(TimeoutError):
        client.recv()


def test_accept_returns_the_address_too(threads: ThreadPoolExecutor, stack: ExitStack) -> None:
    listener, address = listening(stack)
    accepting = threads.submit(listener.accept)
    client = stack.enter_context(wspy.websocket())
    client.connect(address)
    server, peer = accepting.result(LIMIT)
    stack.enter_context(server)
    assert peer == client.getsockname() == server.getpeername()
    assert client.getpeername() == server.getsockname() == address


def test_an_open_socket_can_be_wrapped(threads: ThreadPoolExecutor, stack: ExitStack) -> None:
    """Of another family, too."""
    listener, address = listening(stack, sock=socket.socket(socket.AF_INET, socket.SOCK_STREAM))
    accepting = threads.submit(listener.accept)
    client = stack.enter_context(wspy.websocket(socket.socket()))
    client.connect(address)
    server, _ = accepting.result(LIMIT)
    stack.enter_context(server)
    client.send(HELLO)
    assert server.recv() == HELLO


def test_sockets_of_the_unix_family(
    threads: ThreadPoolExecutor, stack: ExitStack, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = str(tmp_path_factory.mktemp("unix") / "s")
    listener = stack.enter_context(wspy.websocket(socket.socket(socket.AF_UNIX)))
    listener.bind(path)
    listener.listen(1)
    accepting = threads.submit(listener.accept)
    client = stack.enter_context(wspy.websocket(socket.socket(socket.AF_UNIX)))
    client.connect(path)
    server, _ = accepting.result(LIMIT)
    stack.enter_context(server)
    client.send(HELLO)
    assert server.recv() == HELLO


def test_sockets_of_ipv6(threads: ThreadPoolExecutor, stack: ExitStack) -> None:
    listener = stack.enter_context(wspy.websocket(socket.socket(socket.AF_INET6)))
    listener.bind(("::1", 0))
    listener.listen(1)
    accepting = threads.submit(listener.accept)
    client = stack.enter_context(wspy.websocket(socket.socket(socket.AF_INET6)))
    client.connect(listener.getsockname())
    server, _ = accepting.result(LIMIT)
    stack.enter_context(server)
    client.send(HELLO)
    assert server.recv() == HELLO


def test_it_is_selectable(connect: Callable[..., Connected]) -> None:
    client, server = connect()
    assert server.fileno() > 0
    assert select.select([server], [], [], 0)[0] == []
    client.send(HELLO)
    assert select.select([server], [], [], LIMIT)[0] == [server]
    assert server.recv() == HELLO
    server.close()
    assert server.fileno() == -1


def test_options_of_the_socket(stack: ExitStack) -> None:
    sock = stack.enter_context(wspy.websocket())
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR) == 1
    sock.settimeout(2.5)
    assert sock.gettimeout() == 2.5
    sock.setblocking(False)
    assert sock.gettimeout() == 0


def test_a_timeout_loses_nothing(threads: ThreadPoolExecutor, stack: ExitStack) -> None:
    raw, server = raw_pair(threads, stack)
    frame = wire.frame(0x81, b"hello")
    raw.sendall(frame[:4])
    server.settimeout(0.05)
    with pytest.raises(TimeoutError):
        server.recv()
    raw.sendall(frame[4:])
    server.settimeout(LIMIT)
    assert server.recv() == HELLO


def test_a_frame_that_a_timeout_interrupts_is_completed_by_the_next(
    threads: ThreadPoolExecutor, connect: Callable[..., Connected]
) -> None:
    client, server = connect()
    big = wspy.Frame(wspy.OPCODE_BINARY, bytes(8_000_000))
    client.settimeout(0.05)
    with pytest.raises(TimeoutError):
        client.send(big)
    client.settimeout(LIMIT)
    receiving = threads.submit(lambda: [server.recv(), server.recv()])
    client.send(HELLO)
    assert receiving.result(LIMIT) == [big, HELLO]


def test_frames_sent_by_several_threads_stay_whole(
    threads: ThreadPoolExecutor, connect: Callable[..., Connected]
) -> None:
    client, server = connect()
    frames = [wspy.Frame(wspy.OPCODE_BINARY, bytes([number]) * 300_000) for number in range(8)]
    sending = [threads.submit(client.send, frame) for frame in frames]
    received = [server.recv() for _ in frames]
    assert [each.result(LIMIT) for each in sending] == [None] * 8
    assert {frame.payload for frame in received} == {frame.payload for frame in frames}


def test_only_frames_are_sent(connect: Callable[..., Connected]) -> None:
    client, _ = connect()
    with pytest.raises(TypeError, match="Frame"):
        client.send("text")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "use", [lambda sock: sock.recv(), lambda sock: sock.send(HELLO), lambda sock: sock.protocol]
)
def test_nothing_works_before_the_handshake(
    stack: ExitStack, use: Callable[[wspy.websocket], object]
) -> None:
    with pytest.raises(OSError, match="not connected"):
        use(stack.enter_context(wspy.websocket()))


def test_the_end_of_the_stream(connect: Callable[..., Connected]) -> None:
    client, server = connect()
    client.send(HELLO)
    client.close()
    assert server.recv() == HELLO
    with pytest.raises(wspy.ConnectionClosed) as caught:
        server.recv()
    assert caught.value.code == wspy.CLOSE_ABNORMAL


@pytest.mark.parametrize(
    ("data", "code"), [(b"\x81\x00", 1002), (b"\x82\xff" + bytes(4) + b"\xff" * 4, 1009)]
)
def test_a_broken_rule_is_answered_with_a_close_frame(
    threads: ThreadPoolExecutor, stack: ExitStack, data: bytes, code: int
) -> None:
    raw, server = raw_pair(threads, stack, max_message_size=1000)
    raw.sendall(wire.frame(0x81, b"hello") + data)
    assert server.recv() == HELLO
    with pytest.raises(wspy.ConnectionClosed) as caught:
        server.recv()
    assert caught.value.code == code
    header = read_exactly(raw, 2)
    assert header[0] == 0x88
    assert int.from_bytes(read_exactly(raw, header[1])[:2], "big") == code


def test_frames_sent_with_the_request_are_received(threads: ThreadPoolExecutor, stack: ExitStack) -> None:
    listener, address = listening(stack)
    accepting = threads.submit(listener.accept)
    stack.enter_context(raw_client(address)).sendall(REQUEST + wire.frame(0x81, b"hello"))
    server, _ = accepting.result(LIMIT)
    assert stack.enter_context(server).recv() == HELLO


def test_every_connection_has_extensions_of_its_own(connect: Callable[..., Connected]) -> None:
    prototype = wspy.DeflateMessage()
    text = wspy.Frame(wspy.OPCODE_TEXT, "again and again " * 100)
    for _ in range(2):
        client, server = connect(client={"extensions": [prototype]}, server={"extensions": [prototype]})
        for _ in range(2):
            client.send(text)
            server.send(text)
            assert server.recv() == client.recv() == text
        assert client.extensions[0] is not prototype
        assert server.extensions[0] is not prototype
    assert not prototype.enabled()
