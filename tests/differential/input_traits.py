"""
Traits of an input, by which `differences.py` tells a declared difference from an undeclared one.

It parses heads, offers and frames itself, since neither package may be its own witness.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Any

from tests.differential.wire import TAIL, Deflation, xor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


INTERLEAVED = "a control frame between the fragments of a compressed message"
FINAL = "a deflate block with BFINAL set"
EMPTY = "a compressed message without any data"
FAR = "compressed data that refer further back than the agreed window"
FLAGS = "arguments that may be no bools"


def received(history: Iterable[Any]) -> bytes:
    """Return all that the peer has sent."""
    parts = []
    for operation in history:
        if hasattr(operation, "template"):
            parts.append(operation.template[operation.start : operation.end])
        elif hasattr(operation, "headers"):
            parts.append(_written(operation.headers))
        elif isinstance(getattr(operation, "data", None), (bytes, bytearray)):
            parts.append(bytes(operation.data))
    return b"".join(parts)


def _written(headers: Any) -> bytes:
    """Return headers that were given as pairs, as they would stand in a head."""
    lines = []
    try:
        for name, value in headers:
            pair = [each.encode("utf-8") if isinstance(each, str) else bytes(each) for each in (name, value)]
            lines.append(b": ".join(pair))
    except (TypeError, ValueError):
        return b""
    return b"GET / HTTP/1.1\r\n" + b"\r\n".join(lines) + b"\r\n\r\n"


_BLANK = re.compile(rb"\n\r?\n")


def head(history: Iterable[Any]) -> bytes:
    """Return the head of what the peer has sent."""
    return _BLANK.split(received(history).lstrip(b"\r\n"), maxsplit=1)[0]


def values(head_: bytes, name: bytes) -> list[bytes]:
    """Return the values of the headers of the name."""
    return [
        line.partition(b":")[2].strip()
        for line in re.split(rb"\r?\n", head_)
        if line.partition(b":")[0].strip().lower() == name
    ]


def lists_of_tokens(head_: bytes) -> bool:
    """Return whether `Connection` or `Upgrade` is there more than once, or `Upgrade` is a list."""
    connections, upgrades = values(head_, b"connection"), values(head_, b"upgrade")
    return len(connections) > 1 or len(upgrades) > 1 or any(b"," in value for value in upgrades)


def ended(history: Iterable[Any]) -> bool:
    """Return whether the end of the transport was announced."""
    return any(hasattr(operation, "data") and operation.data is None for operation in history)


def empty_elements(head_: bytes) -> bool:
    """Return whether a list of extensions or of subprotocols has an empty element."""
    lists = values(head_, b"sec-websocket-extensions") + values(head_, b"sec-websocket-protocol")
    return any(not element.strip() for value in lists for element in value.split(b","))


def bytes_after_the_request(history: Iterable[Any]) -> bool:
    """Return whether more than a head had come when the request was accepted."""
    before: list[Any] = []
    for operation in history:
        if getattr(getattr(operation, "event", None), "name", None) == "AcceptConnection":
            parts = _BLANK.split(received(before).lstrip(b"\r\n"), maxsplit=1)
            return len(parts) > 1 and parts[1] != b""
        before.append(operation)
    return False


def informational(history: Iterable[Any]) -> bool:
    """Return whether there was a 1xx response other than 101."""
    return re.search(rb"HTTP/1\.[01] 1(?!01)\d\d\b", received(history)) is not None


# ---------------------------------------------------------------------------------- compressed streams


def _frames(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield the first byte, the length and the payload of each frame; of the last one maybe not all of it."""
    position = 0
    while position + 2 <= len(stream):
        first, second = stream[position], stream[position + 1]
        position += 2
        length = second & 0x7F
        if length >= 126:
            size = 2 if length == 126 else 8
            length = int.from_bytes(stream[position : position + size], "big")
            position += size
        key = stream[position : position + 4] if second & 0x80 else b""
        position += len(key)
        payload = stream[position : position + length]
        position += length
        yield first, length, xor(payload, key) if len(key) == 4 else payload


def empty_message(stream: bytes) -> bool:
    """Return whether a compressed message has ended that has no payload at all."""
    size: int | None = None
    for first, length, _payload in _frames(stream):
        opcode, fin = first & 0x0F, first & 0x80
        if opcode >= 8:
            continue
        if opcode:
            size = 0 if first & 0x40 else None
        if size is None:
            continue
        size += length
        if fin and size == 0:
            return True
        if fin:
            size = None
    return False


def traits(stream: bytes, deflation: Deflation) -> frozenset[str]:
    """Return what a stream of compressed messages has that upstream stumbles over."""
    found = {EMPTY} if empty_message(stream) else set()
    message: bytes | None = None
    inflater = zlib.decompressobj(-deflation.bits)
    strict = zlib.decompressobj(-deflation.bits)
    for first, _length, payload in _frames(stream):
        opcode, fin = first & 0x0F, first & 0x80
        if opcode >= 8:
            found |= {INTERLEAVED} if message is not None else set()
            continue
        if opcode and first & 0x40:
            message = b""
        if message is None:
            continue
        message += payload
        piece = payload + (TAIL if fin and message else b"")
        found |= {FAR} if refers_too_far(strict, piece) else set()
        try:
            inflater.decompress(piece)
        except zlib.error:
            break
        found |= {FINAL} if inflater.eof else set()
        if fin:
            message = None
            if inflater.eof or not deflation.takeover:
                inflater = zlib.decompressobj(-deflation.bits)
                strict = zlib.decompressobj(-deflation.bits)
    return frozenset(found)


def refers_too_far(inflater: zlib._Decompress, data: bytes) -> bool:
    """Return whether the data refer to what is not in the window any more, fed as strictly as can be."""
    try:
        for byte in data:
            inflater.decompress(bytes([byte]))
    except zlib.error as error:
        return "too far back" in str(error)
    return False
