"""
Send a message over each of so many connections, again and again, each as soon as the one before is back.

    load.py PORT PID SIZE CONNECTIONS SECONDS PROCESSOR

It stays on that processor. It prints a `Slice` as JSON: the messages that came back, the time that this took,
and the processor time that the server, which is process PID, and this process took meanwhile. The frames are
made beforehand and each answer is compared as a whole, so that nearly all of the work is the server's.
"""

from __future__ import annotations

import base64
import json
import os
import selectors
import socket
import struct
import sys
import time
from pathlib import Path
from typing import NamedTuple

TIMEOUT = 60.0
MASK = b"\x5a\xc3\x11\xf8"


class Slice(NamedTuple):
    """What was measured; times in seconds."""

    messages: int
    wall: float
    server: float
    load: float


def length(size: int, masked: int) -> bytes:
    """Return the second octet of a header, and what follows it of the length (RFC 6455, section 5.2)."""
    if size < 126:
        return struct.pack("!B", masked | size)
    if size < 2**16:
        return struct.pack("!BH", masked | 126, size)
    return struct.pack("!BQ", masked | 127, size)


def frames(size: int) -> tuple[bytes, bytes]:
    """Return a text message of that size as it is sent, masked, and as it comes back."""
    text = (b'{"id": 1, "text": "wsproto"}, ' * (size // 30 + 1))[:size]
    keys = (MASK * (size // 4 + 1))[:size]
    masked = (int.from_bytes(text, "big") ^ int.from_bytes(keys, "big")).to_bytes(size, "big")
    return b"\x81" + length(size, 0x80) + MASK + masked, b"\x81" + length(size, 0) + text


def connect(port: int) -> socket.socket:
    """Return a socket that has been through the handshake; no extension is offered."""
    sock = socket.create_connection(("127.0.0.1", port), TIMEOUT)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    key = base64.b64encode(os.urandom(16)).decode()
    sock.sendall(
        f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += sock.recv(4096)
    assert answer.startswith(b"HTTP/1.1 101 "), answer
    return sock


class Connection:
    """A connection with one message under way."""

    def __init__(self, port: int, outgoing: bytes, expected: bytes) -> None:
        """Connect."""
        self.sock = connect(port)
        self.outgoing = outgoing
        self.expected = expected
        self.buffer = bytearray(len(expected))
        self.room = memoryview(self.buffer)
        self.got = 0

    def send(self) -> None:
        """Send the message."""
        self.sock.sendall(self.outgoing)

    def receive(self) -> bool:
        """Read once; return whether the answer is complete, after comparing it with what is expected."""
        received = self.sock.recv_into(self.room[self.got :])
        assert received, "the server has closed the connection"
        self.got += received
        if self.got < len(self.expected):
            return False
        assert self.buffer == self.expected, "the server has sent something else"
        self.got = 0
        return True


def drive(selector: selectors.BaseSelector, seconds: float) -> int:
    """Answer every answer with the next message for so long; return how many answers there were."""
    messages = 0
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        ready = selector.select(TIMEOUT)
        assert ready, "the server does not answer"
        for key, _events in ready:
            if key.data.receive():
                messages += 1
                key.data.send()
    return messages


def processor_time(pid: int) -> float:
    """Return the processor time of all threads of a process, as Linux tells it to the nanosecond."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text(encoding="ascii").split()[0]) for thread in threads) / 1e9


def measure(port: int, pid: int, size: int, connections: int, seconds: float) -> Slice:
    """Measure for so many seconds, after a fifth of that for warming up."""
    outgoing, expected = frames(size)
    with selectors.DefaultSelector() as selector:
        for _ in range(connections):
            connection = Connection(port, outgoing, expected)
            selector.register(connection.sock, selectors.EVENT_READ, connection)
        for key in selector.get_map().values():
            key.data.send()
        drive(selector, seconds / 5)
        wall, server, load = time.perf_counter(), processor_time(pid), time.process_time()
        messages = drive(selector, seconds)
        return Slice(
            messages,
            time.perf_counter() - wall,
            processor_time(pid) - server,
            time.process_time() - load,
        )


if __name__ == "__main__":
    port, pid, size, connections = map(int, sys.argv[1:5])
    os.sched_setaffinity(0, {int(sys.argv[6])})
    print(json.dumps(measure(port, pid, size, connections, float(sys.argv[5]))._asdict()))
