"""WebSocket connections (RFC 6455, RFC 7692) without I/O, on a Rust core."""

from __future__ import annotations

from . import _wsproto, connection, events, extensions, frame_protocol, handshake, utilities
from .connection import Connection, ConnectionState, ConnectionType
from .handshake import H11Handshake

__all__ = ("ConnectionType", "WSConnection")

#: The release of wsproto whose interface this is.
__version__ = "1.3.2"


@_wsproto.called_natively
class WSConnection(_wsproto.WSConnection):
    """
    A WebSocket connection with its opening handshake over HTTP/1.1.

    It turns events into the bytes to be sent, and bytes from the peer into events; the bytes come and go by
    whatever transport the caller has.

    :param connection_type: the role of this end.
    """

    def __init__(self, connection_type: ConnectionType) -> None:
        super().__init__(connection_type)
