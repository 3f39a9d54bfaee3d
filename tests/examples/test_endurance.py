"""Every server goes on serving, and says nothing on standard error, whatever clients did to it before."""

from __future__ import annotations

import socket
import struct

import pytest

from tests.examples.programs import serving
from tests.servers.ours import LIMIT
from tests.servers.test_echo_server import UPGRADE, masked

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

SERVERS = {
    "echo_server": [],
    "threaded_server": [],
    "trio_server": [],
    "chat_server": [],
    "frame_checksum": [],
    "basic_auth_server": ["--user", "ada"],
    "http2_server": [],
}

#: What a client sends before it is gone.
LAST_WORDS = {
    "nothing": b"",
    "half a request": UPGRADE[:30],
    "a request": UPGRADE,
    "no WebSocket": b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a body": b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n",
    "an odd host": UPGRADE.replace(b"localhost", b"\xff"),
    "garbage": bytes(100),
    "half a header": UPGRADE + b"\x81",
    "half a frame": UPGRADE + masked(0x1, b"9999")[:-1],
    "half a message": UPGRADE + masked(0x1, b"9", fin=False),
    "a message": UPGRADE + masked(0x1, b"9"),
    "digits": UPGRADE + masked(0x1, b"9" * 5000),
    "a pong": UPGRADE + masked(0xA, b"?"),
    "a close frame": UPGRADE + masked(0x8),
    "messages around a close frame": UPGRADE + masked(0x1, b"9") + masked(0x8) + masked(0x1, b"9"),
    "a mistake": UPGRADE + masked(0x3),
    "a mistake after a close frame": UPGRADE + masked(0x8) + masked(0x3),
    "text that is none": UPGRADE + masked(0x1, b"\xff"),
    "a preface": PREFACE,
    "a preface, and garbage": PREFACE + b"\xff" * 100,
}


def end(sock: socket.socket) -> None:
    """End the stream, as a program does that has nothing more to say."""
    sock.shutdown(socket.SHUT_WR)


def vanish(sock: socket.socket) -> None:
    """Have the connection reset when the socket is closed."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize("name", SERVERS)
def test_clients_may_go_at_any_time(name: str) -> None:
    """By ending the stream, and by resetting the connection."""
    with serving("-m", f"examples.{name}", *SERVERS[name], ECHO_PASSWORD="x") as server:  # noqa: S106 (of nobody)
        for words in LAST_WORDS.values():
            for go in (end, vanish):
                with socket.create_connection(("127.0.0.1", server.port), LIMIT) as sock:
                    sock.sendall(words)
                    go(sock)
        # It takes another client, and answers: a refusal, which every one of them has for this.
        with socket.create_connection(("127.0.0.1", server.port), LIMIT) as sock:
            sock.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = b""
            while piece := sock.recv(65536):
                answer += piece
        expected = b"\x00\x00" if name == "http2_server" else b"HTTP/1.1 400 "  # HTTP/2 has frames of its own
        assert answer.startswith(expected)
