"""WebSocket connections (RFC 6455, RFC 7692) without I/O, on a Rust core."""

from __future__ import annotations

from . import connection, events, extensions, frame_protocol, handshake, utilities
from ._wsproto import WSConnection
from .connection import Connection, ConnectionState, ConnectionType
from .handshake import H11Handshake

__all__ = ("ConnectionType", "WSConnection")

#: The release of wsproto whose interface this is.
__version__ = "1.3.2"
