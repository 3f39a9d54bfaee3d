"""A peer written with zlib alone, and connections that have an extension on."""

from __future__ import annotations

import zlib
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from tests.connection.wire import frame
from wsproto import WSConnection
from wsproto.connection import CLIENT, SERVER, Connection, ConnectionType
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Request, TextMessage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wsproto.extensions import Extension

RSV1 = 0x40
TAIL = b"\0\0\xff\xff"
ROLES = (CLIENT, SERVER)

#: Text that refers back as far as a window lets it: lines with what they repeat 0 to 60,000 bytes before.
SAMPLES = [
    b"",
    b"a",
    b"Hello" * 50,
    bytes(range(256)) * 5,
    b"".join(b"%d squared is %d\n" % (number, number * number) for number in range(1500)) * 3,
    b"\0" * 70_000,
]

#: Data that is compressed only by a reference to all of it, 20,000 bytes before.
NOISE = b"".join(sha256(bytes([index // 256, index % 256])).digest() for index in range(625))


class Received(NamedTuple):
    """A frame as it is on the wire, without its mask."""

    first: int
    payload: bytes


class Deflater:
    """The sending half of a peer."""

    def __init__(self, window_bits: int = 15, *, takeover: bool = True) -> None:
        self.window_bits = window_bits
        self.takeover = takeover
        self.stream = self._stream()

    def __call__(self, data: bytes) -> bytes:
        """Return the payload of a compressed frame or message."""
        if not self.takeover:
            self.stream = self._stream()
        return (self.stream.compress(data) + self.stream.flush(zlib.Z_SYNC_FLUSH)).removesuffix(TAIL)

    def _stream(self) -> zlib._Compress:
        # zlib has no window of 256 bytes for raw data; in one of 512 it refers back at most 250.
        return zlib.compressobj(wbits=-max(self.window_bits, 9))


class Inflater:
    """The receiving half of a peer, which refuses references to what is no longer in its window."""

    def __init__(self, window_bits: int = 15, *, takeover: bool = True) -> None:
        self.window_bits = window_bits
        self.takeover = takeover
        self.stream = zlib.decompressobj(-window_bits)

    def __call__(self, payload: bytes) -> bytes:
        """Return what a compressed frame or message inflates to."""
        if not self.takeover:
            self.stream = zlib.decompressobj(-self.window_bits)
        data = bytearray()
        deflated = payload + TAIL
        for start in range(0, len(deflated), 64):
            rest = deflated[start : start + 64]
            # zlib checks distances against its window and what one call has put out: one byte.
            while byte := self.stream.decompress(rest, 1):
                data += byte
                rest = self.stream.unconsumed_tail
        return bytes(data)


def connection(role: ConnectionType, extension: Extension) -> Connection:
    """Return a connection of a role with an extension that was agreed upon."""
    assert extension.enabled()
    return Connection(role, [extension])


def wire(role: ConnectionType, first: int, payload: bytes) -> bytes:
    """Return a frame that the peer of a role sends."""
    return frame(first, payload, masked=role is SERVER)


def frames(data: bytes) -> Iterator[Received]:
    """Split what a connection has sent into frames."""
    while data:
        length, start = data[1] & 0x7F, 2
        if length >= 126:
            start = 4 if length == 126 else 10
            length = int.from_bytes(data[2:start], "big")
        key = bytes(4)
        if data[1] & 0x80:
            key, start = data[start : start + 4], start + 4
        masked = data[start : start + length]
        pattern = (key * (length // 4 + 1))[:length]
        payload = int.from_bytes(masked, "big") ^ int.from_bytes(pattern, "big")
        yield Received(data[0], payload.to_bytes(length, "big"))
        data = data[start + length :]


def messages(connection: Connection, data: bytes, cuts: Iterable[int] = ()) -> list[bytes]:
    """Give data to a connection, cut at some places, and return the messages that are complete, as bytes."""
    found, parts = [], []
    for start, end in pairwise([0, *cuts, len(data)]):
        connection.receive_data(data[start:end])
        for event in connection.events():
            assert isinstance(event, (TextMessage, BytesMessage)), type(event)
            parts.append(event.data.encode() if isinstance(event.data, str) else bytes(event.data))
            if event.message_finished:
                found.append(b"".join(parts))
                parts = []
    assert not parts
    return found


def failure(connection: Connection, data: bytes) -> int:
    """Give data to a connection, and return the code of the close that it ends with."""
    connection.receive_data(data)
    last = list(connection.events())[-1]
    assert isinstance(last, CloseConnection), type(last)
    return last.code


def handshake(client: list[Extension], server: list[Extension]) -> tuple[WSConnection, WSConnection]:
    """Return both ends of a connection that was opened with extensions."""
    ends = WSConnection(CLIENT), WSConnection(SERVER)
    ends[1].receive_data(ends[0].send(Request(host="localhost", target="/", extensions=client)))
    assert isinstance(next(ends[1].events()), Request)
    ends[0].receive_data(ends[1].send(AcceptConnection(extensions=server)))
    answer = next(ends[0].events())
    assert isinstance(answer, AcceptConnection)
    assert len(answer.extensions) == sum(extension.enabled() for extension in server)
    return ends
