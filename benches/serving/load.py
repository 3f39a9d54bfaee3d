"""
Keep one message in flight on each of so many connections to an echo server, and measure.

    load.py PORT PID SIZE CONNECTIONS SECONDS PROCESSOR plain|deflated

It is pinned to that processor, and prints a `Slice` as JSON: the messages that came back, the elapsed time,
and the processor time of the server, process PID, and of this process. The frames are made beforehand and
each answer is compared as a whole, so that nearly all of the work is the server's.

Deflated messages are records, all different, that refer to none before them, so that they can go out in any
order; the answers are inflated with the window of their connection.
"""

from __future__ import annotations

import base64
import json
import os
import selectors
import socket
import sys
import time
import zlib
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2]))

from benches import wire
from benches.messages import KINDS, texts

TIMEOUT = 60.0
OFFER = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"


class Slice(NamedTuple):
    """One measurement; times in seconds."""

    messages: int
    wall: float
    server: float
    load: float


def plain(size: int) -> tuple[bytes, bytes]:
    """Return the frame of a text message of that size as it is sent, masked, and as it comes back."""
    text = (b'{"id": 1, "text": "wsproto"}, ' * (size // 30 + 1))[:size]
    return wire.frame(wire.Opcode.TEXT, text), wire.frame(wire.Opcode.TEXT, text, key=None)


def deflated(size: int) -> list[tuple[bytes, bytes]]:
    """Return frames of text messages of that size, compressed and masked, each with its text."""
    encoded = [text.encode() for text in texts(KINDS["records"], size, 2_000)]
    return [(wire.frame(wire.Opcode.TEXT, wire.deflated(text), compressed=True), text) for text in encoded]


def connect(port: int, extensions: str) -> socket.socket:
    """Return a socket that has been through the handshake, with these extensions offered."""
    sock = socket.create_connection(("127.0.0.1", port), TIMEOUT)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    key = base64.b64encode(os.urandom(16)).decode()
    sock.sendall(
        f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{extensions}\r\n".encode()
    )
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += sock.recv(4096)
    assert answer.startswith(b"HTTP/1.1 101 "), answer
    assert bool(extensions) == (b"permessage-deflate" in answer.lower()), answer
    return sock


class Connection:
    """A connection with one message in flight."""

    def __init__(self, port: int, outgoing: bytes, expected: bytes) -> None:
        """Connect."""
        self.sock = connect(port, "")
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


class Deflated:
    """A connection with one compressed message in flight, each time another one."""

    def __init__(self, port: int, pool: list[tuple[bytes, bytes]], first: int) -> None:
        """Connect."""
        self.sock = connect(port, OFFER)
        self.pool = pool
        self.next = first
        self.inflate = zlib.decompressobj(-15).decompress
        self.buffer = b""
        self.expected = b""

    def send(self) -> None:
        """Send a message."""
        frame, self.expected = self.pool[self.next % len(self.pool)]
        self.next += 1
        self.sock.sendall(frame)

    def receive(self) -> bool:
        """Read once; return whether the answer is complete, after comparing it with what is expected."""
        received = self.sock.recv(65536)
        assert received, "the server has closed the connection"
        self.buffer += received
        if len(self.buffer) < 4:
            return False
        start, size = (
            (2, self.buffer[1]) if self.buffer[1] < 126 else (4, int.from_bytes(self.buffer[2:4], "big"))
        )
        if len(self.buffer) < start + size:
            return False
        assert self.buffer[0] == 0xC1, "the answer is not compressed"
        text = self.inflate(self.buffer[start:] + wire.TAIL)
        assert text == self.expected, "the server has sent something else"
        self.buffer = b""
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


def measure(pid: int, connections: list[Connection] | list[Deflated], seconds: float) -> Slice:
    """Measure for so many seconds, after a fifth of that to warm up, or twice that to fill windows."""
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection.sock, selectors.EVENT_READ, connection)
            connection.send()
        drive(selector, seconds / 5 if isinstance(connections[0], Connection) else seconds * 2)
        wall, server, load = time.perf_counter(), processor_time(pid), time.process_time()
        messages = drive(selector, seconds)
        return Slice(
            messages,
            time.perf_counter() - wall,
            processor_time(pid) - server,
            time.process_time() - load,
        )


if __name__ == "__main__":
    port, pid, size, count = map(int, sys.argv[1:5])
    os.sched_setaffinity(0, {int(sys.argv[6])})
    connections: list[Connection] | list[Deflated]
    if sys.argv[7] == "deflated":
        pool = deflated(size)
        connections = [Deflated(port, pool, 37 * at) for at in range(count)]
    else:
        connections = [Connection(port, *plain(size)) for _ in range(count)]
    print(json.dumps(measure(pid, connections, float(sys.argv[5]))._asdict()))
