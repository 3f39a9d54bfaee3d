"""What a peer may do wrong: frames that break a rule, with the code that answers them, and requests."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, NamedTuple

from tools.endurance.agreed import MAX_MESSAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random


class Misdeed(NamedTuple):
    """Frames that break a rule."""

    name: str
    #: The code of the close frame that has to answer them.
    code: int
    frames: bytes
    #: Whether permessage-deflate has to be agreed on (`True`), must not be (`False`), or does not matter.
    deflate: bool | None = None


def frame(first: int, payload: bytes, *, length: int | None = None) -> bytes:
    """Return a frame of a client by its first byte; the masking key is all zeros, which changes nothing."""
    size = len(payload) if length is None else length
    if size < 126:
        head = bytes([first, 0x80 | size])
    elif size < 1 << 16:
        head = bytes([first, 0xFE]) + size.to_bytes(2, "big")
    else:
        head = bytes([first, 0xFF]) + size.to_bytes(8, "big")
    return head + bytes(4) + payload


def _deflated(payload: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return (stream.compress(payload) + stream.flush(zlib.Z_SYNC_FLUSH))[:-4]


MISDEEDS = [
    Misdeed("a reserved bit", 1002, frame(0xA1, b"x")),
    Misdeed("an unknown opcode", 1002, frame(0x83, b"x")),
    Misdeed("an unknown control frame", 1002, frame(0x8B, b"x")),
    Misdeed("a frame that is not masked", 1002, b"\x81\x01x"),
    Misdeed("a ping of 126 bytes", 1002, frame(0x89, bytes(126))),
    Misdeed("a ping in fragments", 1002, frame(0x09, b"x")),
    Misdeed("a continuation of nothing", 1002, frame(0x80, b"x")),
    Misdeed("a message within a message", 1002, frame(0x01, b"x") + frame(0x81, b"y")),
    Misdeed("a length that is longer than need be", 1002, b"\x81\xfe\x00\x01" + bytes(4) + b"x"),
    Misdeed("HTTP instead of frames", 1002, b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"),
    Misdeed("half a close code", 1002, frame(0x88, b"\x03")),
    Misdeed("a close code that is not sent", 1002, frame(0x88, (1005).to_bytes(2, "big"))),
    Misdeed("a close reason that is not UTF-8", 1007, frame(0x88, b"\x03\xe8\xff")),
    Misdeed("text that is not UTF-8", 1007, frame(0x81, b"x\xff")),
    Misdeed("text with a surrogate", 1007, frame(0x81, b"\xed\xa0\x80")),
    Misdeed("text that ends within a character", 1007, frame(0x81, b"\xe2\x82")),
    Misdeed("UTF-8 that breaks in the second fragment", 1007, frame(0x01, b"\xe2") + frame(0x80, b"x")),
    Misdeed("a frame too big", 1009, frame(0x82, bytes(MAX_MESSAGE_SIZE + 1))),
    Misdeed("a length of a tebibyte", 1009, frame(0x82, bytes(MAX_MESSAGE_SIZE + 1), length=1 << 40)),
    Misdeed("fragments too big together", 1009, frame(0x02, bytes(MAX_MESSAGE_SIZE)) + frame(0x80, b"x")),
    Misdeed("compression not agreed on", 1002, frame(0xC1, _deflated(b"x")), deflate=False),
    Misdeed("a compressed continuation", 1002, frame(0x01, b"x") + frame(0xC0, b"y"), deflate=True),
    Misdeed("data that are not DEFLATE", 1007, frame(0xC2, b"\xff" * 20), deflate=True),
    Misdeed("compressed text that is not UTF-8", 1007, frame(0xC1, _deflated(b"x\xff")), deflate=True),
    Misdeed(
        "little that becomes too big", 1009, frame(0xC2, _deflated(bytes(MAX_MESSAGE_SIZE + 1))), deflate=True
    ),
]


def noise(random: Random) -> bytes:
    """Return bytes that may be anything."""
    return random.randbytes(random.randrange(1, 300))


_REQUEST = (
    b"GET / HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)
_REST = _REQUEST.partition(b"\r\n")[2]

#: Requests that are refused, each by its name.
REQUESTS: dict[str, bytes] = {
    "no HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
    "no version of HTTP": b"GET /\r\n" + _REST + b"\r\n",
    "another method": b"POST / HTTP/1.1\r\n" + _REST + b"\r\n",
    "no upgrade": b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n",
    "no key": _REQUEST.replace(b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", b"") + b"\r\n",
    "version 12": _REQUEST.replace(b"Version: 13", b"Version: 12") + b"\r\n",
    "a header without a name": _REQUEST + b": value\r\n\r\n",
    "a head too long": _REQUEST + b"X: " + bytes([120]) * 16_384,
}

#: What may come before a client is silent, leaves, or ends its side of the stream.
BEGINNINGS: list[Callable[[Random], bytes]] = [
    lambda _: b"",
    lambda random: _REQUEST[: random.randrange(1, len(_REQUEST))],
]
