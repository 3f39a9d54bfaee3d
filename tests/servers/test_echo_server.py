"""The example's echo server against clients that do what no library would: raw bytes on a socket."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING

import pytest

from examples import echo_server
from tests.servers.ours import LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from examples.echo_server import EchoServer

UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
"""The example of RFC 6455, section 1.3, cut down to what the section asks for."""

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA


def masked(opcode: int, payload: bytes = b"", *, fin: bool = True) -> bytes:
    """Build a client's frame (RFC 6455, section 5.2) whose masking key is zero, so that it is readable."""
    first = opcode | (0x80 if fin else 0)
    if len(payload) < 126:
        head = struct.pack("!BB", first, 0x80 | len(payload))
    elif len(payload) < 2**16:
        head = struct.pack("!BBH", first, 0x80 | 126, len(payload))
    else:
        head = struct.pack("!BBQ", first, 0x80 | 127, len(payload))
    return head + bytes(4) + payload


def unmasked(opcode: int, payload: bytes = b"") -> bytes:
    """Build a short frame as a server sends it."""
    return bytes([0x80 | opcode, len(payload)]) + payload


def read_exactly(sock: socket.socket, length: int) -> bytes:
    """Read that many bytes."""
    data = b""
    while len(data) < length:
        piece = sock.recv(length - len(data))
        assert piece, f"the connection ended after {data!r}"
        data += piece
    return data


def read_to_the_end(sock: socket.socket) -> bytes:
    """Read until the server has ended its side."""
    data = b""
    while piece := sock.recv(65536):
        data += piece
    return data


def send_until_refused(sock: socket.socket, frame: bytes) -> int:
    """Send the frame again and again until nothing more is taken for half a second; count the bytes."""
    sent = 0
    sock.settimeout(0.5)
    try:
        while sent < 64 * 2**20:
            sent += sock.send(frame[sent % len(frame) :])
    except TimeoutError:
        sock.settimeout(LIMIT)
    return sent


@pytest.fixture
def dial(server: EchoServer) -> Iterator[Callable[[], socket.socket]]:
    """Return a function that connects to the server, without a handshake."""
    sockets: list[socket.socket] = []

    def dial() -> socket.socket:
        sock = socket.create_connection(("127.0.0.1", server.port), LIMIT)
        sockets.append(sock)
        return sock

    yield dial
    for sock in sockets:
        sock.close()


@pytest.fixture
def upgraded(dial: Callable[[], socket.socket]) -> socket.socket:
    """Return a connection after its opening handshake."""
    sock = dial()
    sock.sendall(UPGRADE)
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += read_exactly(sock, 1)
    assert head.startswith(b"HTTP/1.1 101 ")
    # The answer that RFC 6455, section 1.3, gives for its example.
    assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head
    return sock


@pytest.mark.parametrize(
    ("request_bytes", "status", "needed"),
    [
        (UPGRADE.replace(b"GET", b"POST"), b"400", b""),
        (UPGRADE.replace(b"Upgrade: websocket\r\n", b""), b"400", b""),
        (UPGRADE.replace(b"Host: localhost\r\n", b""), b"400", b""),
        (UPGRADE.replace(b"Version: 13", b"Version: 12"), b"426", b"sec-websocket-version: 13\r\n"),
        (b"no HTTP at all\r\n\r\n", b"400", b""),
    ],
    ids=["method", "upgrade", "host", "version", "garbage"],
)
def test_what_is_no_handshake_gets_an_http_error(
    dial: Callable[[], socket.socket], request_bytes: bytes, status: bytes, needed: bytes
) -> None:
    """RFC 6455, sections 4.2.1 and 4.4: the error's hint goes out, and the connection ends."""
    sock = dial()
    sock.sendall(request_bytes)
    response = read_to_the_end(sock)
    assert response.startswith(b"HTTP/1.1 " + status + b" ")
    assert needed in response.lower()


def test_a_handshake_may_come_byte_by_byte(dial: Callable[[], socket.socket]) -> None:
    """RFC 6455 leaves the cutting to TCP."""
    sock = dial()
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for position in range(len(UPGRADE)):
        sock.sendall(UPGRADE[position : position + 1])
    assert read_exactly(sock, 12) == b"HTTP/1.1 101"


def test_frames_may_come_byte_by_byte(upgraded: socket.socket) -> None:
    """RFC 6455, section 5.4: even where that cuts a code point."""
    upgraded.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    frame = masked(TEXT, "ä€🦀".encode())
    for position in range(len(frame)):
        upgraded.sendall(frame[position : position + 1])
    expected = unmasked(TEXT, "ä€🦀".encode())
    assert read_exactly(upgraded, len(expected)) == expected


def test_a_ping_between_fragments_is_answered_at_once(upgraded: socket.socket) -> None:
    """RFC 6455, section 5.4: control frames may interrupt a message, and do not wait for its end."""
    upgraded.sendall(masked(TEXT, b"one, ", fin=False) + masked(PING, b"?"))
    assert read_exactly(upgraded, 3) == unmasked(PONG, b"?")
    upgraded.sendall(masked(CONTINUATION, b"two"))
    assert read_exactly(upgraded, 10) == unmasked(TEXT, b"one, two")


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (unmasked(TEXT, b"a client has to mask"), 1002),
        (masked(CONTINUATION, b"of nothing"), 1002),
        (masked(0x3), 1002),
        (masked(PING, fin=False), 1002),
        (masked(PING, b"x" * 126), 1002),
        (masked(TEXT, b"\xff"), 1007),
        (masked(CLOSE, b"\x03"), 1002),
        (masked(CLOSE, struct.pack("!H", 1005)), 1002),
    ],
    ids=[
        "unmasked",
        "continuation",
        "opcode",
        "fragmented ping",
        "long ping",
        "UTF-8",
        "short close",
        "code",
    ],
)
def test_what_breaks_the_protocol_ends_the_connection(
    upgraded: socket.socket, frame: bytes, code: int
) -> None:
    """RFC 6455, section 7.1.7: a close frame with the right code, then the end."""
    upgraded.sendall(frame)
    answer = read_to_the_end(upgraded)
    assert answer[0] == 0x80 | CLOSE
    assert struct.unpack_from("!H", answer, 2) == (code,)
    assert len(answer) == 2 + answer[1]


def test_a_close_frame_is_the_last_thing_that_counts(upgraded: socket.socket) -> None:
    """RFC 6455, section 5.5.1: what follows it is not answered."""
    close = struct.pack("!H", 1000) + b"done"
    upgraded.sendall(masked(TEXT, b"before") + masked(CLOSE, close) + masked(TEXT, b"after"))
    assert read_to_the_end(upgraded) == unmasked(TEXT, b"before") + unmasked(CLOSE, close)


def test_a_client_that_never_asks_for_anything_is_dropped(
    dial: Callable[[], socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 6455, section 4.2: a handshake has to come to an end."""
    monkeypatch.setattr(echo_server, "HANDSHAKE_TIMEOUT", 0.1)
    sock = dial()
    sock.sendall(UPGRADE[:20])
    assert read_to_the_end(sock) == b""


def test_a_client_that_does_not_read_is_not_read_from(upgraded: socket.socket) -> None:
    """Back-pressure: the server stops reading while its echoes are not read, and loses none."""
    frame = masked(BINARY, b"x" * 65536)
    sent = send_until_refused(upgraded, frame)
    assert sent < 64 * 2**20  # which is far beyond what the buffers of both sockets hold
    whole = sent // len(frame)
    echo = struct.pack("!BBQ", 0x80 | BINARY, 127, 65536) + b"x" * 65536
    for _ in range(whole):
        assert read_exactly(upgraded, len(echo)) == echo
