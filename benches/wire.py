"""
Frames as bytes (RFC 6455 section 5.2), written apart from every library measured here.

The workloads are fed with these, and what comes out of a library is taken apart with them.
"""

from __future__ import annotations

import zlib
from base64 import b64encode
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from hashlib import sha1
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

#: RFC 6455 section 1.3.
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

#: The masking key of all frames that are fed.
KEY = bytes.fromhex("37fa213d")

RSV1 = 0x40


class Opcode(IntEnum):
    """The opcodes that occur here."""

    TEXT = 1
    BINARY = 2
    PING = 9
    PONG = 10


class Frame(NamedTuple):
    """A frame, taken apart and unmasked."""

    opcode: int
    payload: bytes
    compressed: bool
    masked: bool


def mask(payload: bytes, key: bytes) -> bytes:
    """Mask or unmask a payload (section 5.3), as one long number."""
    if not payload:
        return b""
    keys = (key * (len(payload) // 4 + 1))[: len(payload)]
    number = int.from_bytes(payload, "big") ^ int.from_bytes(keys, "big")
    return number.to_bytes(len(payload), "big")


def frame(opcode: Opcode, payload: bytes, *, key: bytes | None = KEY, compressed: bool = False) -> bytes:
    """Return one whole frame that ends its message; masked unless there is no key."""
    size = len(payload)
    bit = 0x80 if key is not None else 0
    head = bytearray([0x80 | opcode | (RSV1 if compressed else 0)])
    if size < 126:
        head.append(bit | size)
    elif size < 1 << 16:
        head.append(bit | 126)
        head += size.to_bytes(2, "big")
    else:
        head.append(bit | 127)
        head += size.to_bytes(8, "big")
    if key is None:
        return bytes(head) + payload
    return bytes(head) + key + mask(payload, key)


def parse(wire: bytes) -> Frame:
    """Take apart one frame that ends its message, and nothing after it."""
    first, second = wire[:2]
    assert first & 0x80, "not the end of the message"
    size, at = second & 0x7F, 2
    if size >= 126:
        width = 2 if size == 126 else 8
        size, at = int.from_bytes(wire[at : at + width], "big"), at + width
    key = None
    if second & 0x80:
        key, at = wire[at : at + 4], at + 4
    assert len(wire) == at + size, "not exactly one frame"
    payload = wire[at:] if key is None else mask(wire[at:], key)
    return Frame(first & 0x0F, payload, bool(first & RSV1), key is not None)


#: What the sender of a compressed message removes and the receiver appends (RFC 7692 section 7.2.1).
TAIL = b"\0\0\xff\xff"


def deflated(data: bytes, bits: int = 15) -> bytes:
    """Return the payload of a compressed message that needs no context."""
    compressor = zlib.compressobj(wbits=-bits)
    return (compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH)).removesuffix(TAIL)


@dataclass
class Incoming:
    """Messages received in one operation, of one frame each."""

    opcode: Opcode
    #: Returns the payloads; called on first use.
    source: Callable[[], Iterable[bytes]]
    #: The bytes arrive in pieces of this size; all at once if it is None.
    chunk: int | None = None

    @cached_property
    def payloads(self) -> list[bytes]:
        """The payload of each message."""
        return [*self.source()]

    @property
    def text(self) -> bool:
        """Whether the messages are text."""
        return self.opcode is Opcode.TEXT

    def wire(self, key: bytes = KEY) -> bytes:
        """Return all the bytes."""
        return b"".join(frame(self.opcode, payload, key=key) for payload in self.payloads)

    def chunks(self) -> list[bytes]:
        """Return the bytes as they arrive."""
        wire = self.wire()
        step = self.chunk or len(wire)
        return [wire[at : at + step] for at in range(0, len(wire), step)]

    def check(self, result: object) -> None:
        """Fail unless just these messages have come out."""
        expected = [payload.decode() for payload in self.payloads] if self.text else self.payloads
        assert result == expected, f"{str(result)[:200]} instead of {str(expected)[:200]}"


#: What a browser sends, the names changed.
REQUEST = (
    b"GET /chat?room=1 HTTP/1.1\r\n"
    b"Host: server.example.com\r\n"
    b"Connection: Upgrade\r\n"
    b"Pragma: no-cache\r\n"
    b"Cache-Control: no-cache\r\n"
    b"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 "
    b"(KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n"
    b"Upgrade: websocket\r\n"
    b"Origin: https://example.com\r\n"
    b"Sec-WebSocket-Version: 13\r\n"
    b"Accept-Encoding: gzip, deflate, br, zstd\r\n"
    b"Accept-Language: en-GB,en;q=0.9\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
    b"\r\n"
)

#: RFC 6455 section 1.3, for the key of the request above.
TOKEN = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def response_to(request: bytes) -> bytes:
    """Return the server's half of the opening handshake (section 4.2.2)."""
    (line,) = (line for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:"))
    token = b64encode(sha1(line.split(b":", 1)[1].strip() + GUID, usedforsecurity=False).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\n"
        b"Server: example\r\n"
        b"Upgrade: websocket\r\n"
        b"Connection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + token + b"\r\n"
        b"\r\n"
    )
