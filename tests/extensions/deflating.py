"""Connections that have permessage-deflate on, and what a peer of theirs would send."""

from __future__ import annotations

import zlib
from typing import Any

from tests.connection.wire import BINARY, frame
from wsproto.connection import SERVER, Connection
from wsproto.events import BytesMessage, TextMessage
from wsproto.extensions import PerMessageDeflate

#: RSV1 beside the first byte of a frame: the message is compressed (RFC 7692 section 6).
RSV1 = 0x40

MIB = 1 << 20


class Derived(PerMessageDeflate):
    """A derived class, whose hooks are called."""


def agreed(extension: PerMessageDeflate, parameters: str = "") -> PerMessageDeflate:
    """Return the extension as it is after a handshake."""
    extension.finalize(f"permessage-deflate{parameters}")
    return extension


def server(extension: PerMessageDeflate, **options: Any) -> Connection:
    """Return a server that has agreed upon the extension."""
    return Connection(SERVER, [agreed(extension)], **options)


def deflated(data: bytes, level: int = -1) -> bytes:
    """Return the payload of a compressed message (RFC 7692 section 7.2.1)."""
    compressor = zlib.compressobj(level, wbits=-15)
    return (compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH)).removesuffix(b"\0\0\xff\xff")


def message(data: bytes) -> bytes:
    """Return a compressed binary message in one frame."""
    return frame(BINARY | RSV1, deflated(data))


def pieces(connection: Connection) -> list[bytes]:
    """Return the data of the events that wait, all of which are data."""
    found = []
    for event in connection.events():
        assert isinstance(event, (TextMessage, BytesMessage))
        found.append(event.data.encode() if isinstance(event.data, str) else bytes(event.data))
    return found
