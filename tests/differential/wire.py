"""
Frames as bytes (RFC 6455 section 5.2): built as a peer would, legal or not, and read as they were sent.

What a client sends is masked with a random key, and what is compressed depends on the compressor's mood, so
sent bytes are compared after undoing both: `Reader` keeps one inflater for each direction that it watches.
"""

from __future__ import annotations

import base64
import re
import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tests.differential.observe import View

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

#: How a length can be written: in the seven bits, in two more bytes, in eight more bytes.
SHORT, MEDIUM, LONG = 0, 2, 8

_NONCE = re.compile(rb"\r\nSec-WebSocket-Key: (\S{24})\r\n")

TAIL = b"\x00\x00\xff\xff"


def xor(data: bytes, key: bytes) -> bytes:
    """Mask or unmask (RFC 6455 section 5.3)."""
    if not data:
        return b""
    repeated = (key * (len(data) // 4 + 1))[: len(data)]
    return (int.from_bytes(data, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(data), "big")


class Frame(NamedTuple):
    """A frame to be built: any combination of bits, in any form."""

    opcode: int
    payload: bytes = b""
    fin: bool = True
    rsv: int = 0
    #: The masking key, or None for a frame without one.
    mask: bytes | None = None
    #: The form of the length, or None for the shortest that holds it.
    form: int | None = None
    #: The length that the header claims, or None for the true one.
    claimed: int | None = None

    def build(self) -> bytes:
        """Return the bytes of the frame."""
        length = len(self.payload) if self.claimed is None else self.claimed
        form = self.form
        if form is None or (form == SHORT and length > 125) or (form == MEDIUM and length > 0xFFFF):
            form = SHORT if length <= 125 else MEDIUM if length <= 0xFFFF else LONG
        masked = 0x80 if self.mask is not None else 0
        head = bytes([self.fin << 7 | self.rsv << 4 | self.opcode])
        if form == SHORT:
            head += bytes([masked | length])
        elif form == MEDIUM:
            head += struct.pack("!BH", masked | 126, length)
        else:
            head += struct.pack("!BQ", masked | 127, length)
        if self.mask is None:
            return head + self.payload
        return head + self.mask + xor(self.payload, self.mask)


class Deflation(NamedTuple):
    """What a reader must know of permessage-deflate to undo it (RFC 7692 section 7.2.2)."""

    bits: int = 15
    takeover: bool = True


class Reader:
    """Reads what one endpoint sends, frame by frame."""

    def __init__(self, deflation: Deflation | None = None) -> None:
        """Expect compression only if told of it."""
        self.deflation = deflation
        self._inflater = None if deflation is None else zlib.decompressobj(-deflation.bits)
        self._message: bytes | None = None
        #: Whether a message that is not compressed is under way.
        self._is_plain = False
        #: The `Sec-WebSocket-Key` of the request that was sent, if one was: it is random.
        self.nonce = b""

    def read(self, data: bytes | bytearray) -> View:
        """Return what was sent, in plain; whatever is not a whole frame is given back as it is."""
        if data[:4] in (b"GET ", b"HTTP"):
            return (type(data).__name__, self._head(bytes(data)))
        frames: list[View] = []
        position = 0
        while position < len(data):
            start = position
            if len(data) - position < 2:
                return (type(data).__name__, *frames, ("rest", bytes(data[start:])))
            first, second = data[position], data[position + 1]
            position += 2
            length, form = second & 0x7F, SHORT
            if length >= 126:
                form = MEDIUM if length == 126 else LONG
                length = int.from_bytes(data[position : position + form], "big")
                position += form
            key = None
            if second & 0x80:
                key = bytes(data[position : position + 4])
                position += 4
            payload = bytes(data[position : position + length])
            position += length
            if position > len(data):
                return (type(data).__name__, *frames, ("rest", bytes(data[start:])))
            frames.append(self._frame(first, key, payload, form))
        return (type(data).__name__, *frames)

    def _head(self, data: bytes) -> bytes:
        found = _NONCE.search(data)
        if found is None:
            return data
        self.nonce = found[1]
        return data.replace(self.nonce, b"(%d bytes of base64)" % len(base64.b64decode(self.nonce)))

    def _frame(self, first: int, key: bytes | None, payload: bytes, form: int) -> View:
        fin, rsv, opcode = bool(first & 0x80), first >> 4 & 7, first & 0x0F
        if key is not None:
            payload = xor(payload, key)
        seen = (("fin", fin), ("rsv", rsv), ("opcode", opcode), ("masked", key is not None))
        # A message whose first frame a hook has kept back by raising goes on compressed, as it began.
        begun = self._message is not None or (opcode == CONTINUATION and not self._is_plain)
        if self._inflater is None or opcode >= CLOSE or not (rsv & 4 or begun):
            if opcode < CLOSE:
                self._is_plain = not fin
            return (*seen, ("form", form), payload)
        # Where a compressor cuts is its own affair: the message counts, once it is complete.
        self._message = (self._message or b"") + payload
        if not fin:
            return (*seen, "compressed")
        return (*seen, ("inflated", self._inflate()))

    def _inflate(self) -> View:
        assert self._inflater is not None
        assert self._message is not None
        assert self.deflation is not None
        message, self._message = self._message, None
        try:
            plain = self._inflater.decompress(message + TAIL)
        except zlib.error as error:
            plain = f"not deflated: {error}".encode()
        if not self.deflation.takeover:
            self._inflater = zlib.decompressobj(-self.deflation.bits)
        return plain
