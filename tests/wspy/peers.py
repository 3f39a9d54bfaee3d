"""Both ends of a connection over real sockets, and HTTP by hand."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import wspy
from tests.servers.ours import LIMIT

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor
    from contextlib import ExitStack

#: A request that every policy without conditions accepts.
REQUEST = (
    b"GET /chat?room=1 HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def request(*headers: str) -> bytes:
    """Return a request with further headers."""
    return REQUEST[:-2] + "".join(f"{line}\r\n" for line in headers).encode("latin-1") + b"\r\n"


class Connected(NamedTuple):
    """Both ends of a connection."""

    client: wspy.websocket
    server: wspy.websocket


def listening(stack: ExitStack, **options: Any) -> tuple[wspy.websocket, tuple[str, int]]:
    """Return a socket that listens on 127.0.0.1, and its address."""
    listener = stack.enter_context(wspy.websocket(**options))
    listener.bind(("127.0.0.1", 0))
    listener.listen(5)
    listener.settimeout(LIMIT)
    return listener, listener.getsockname()


def raw_client(address: Any) -> socket.socket:
    """Return a plain socket that is connected, without a handshake."""
    return socket.create_connection(address[:2], LIMIT)


def raw_pair(
    threads: ThreadPoolExecutor, stack: ExitStack, **options: Any
) -> tuple[socket.socket, wspy.websocket]:
    """Return a plain socket whose handshake is done, and the server's end of it."""
    listener, address = listening(stack, **options)
    accepting = threads.submit(listener.accept)
    raw = stack.enter_context(raw_client(address))
    raw.sendall(REQUEST)
    assert read_head(raw).startswith(b"HTTP/1.1 101 ")
    server, _ = accepting.result(LIMIT)
    stack.enter_context(server)
    server.settimeout(LIMIT)
    return raw, server


def read_exactly(sock: socket.socket, size: int) -> bytes:
    """Return that many received bytes."""
    data = b""
    while len(data) < size:
        more = sock.recv(size - len(data))
        assert more, f"the stream has ended after {data!r}"
        data += more
    return data


def read_head(sock: socket.socket) -> bytes:
    """Return the head of an HTTP message, and nothing after it."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += read_exactly(sock, 1)
    return head


def read_to_end(sock: socket.socket, *, may_be_reset: bool = False) -> bytes:
    """Return what is received until the stream ends."""
    data = b""
    with suppress(*[ConnectionResetError] if may_be_reset else []):
        while more := sock.recv(65536):
            data += more
    return data


def status(response: bytes) -> int:
    """Return the status code of a response."""
    return int(response.split(None, 2)[1])
