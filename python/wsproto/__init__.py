"""WebSocket connections (RFC 6455, RFC 7692) without I/O, on a Rust core."""

from __future__ import annotations

from . import (
    _main_interpreter,
    _wsproto,
    connection,
    events,
    extensions,
    frame_protocol,
    handshake,
    utilities,
)
from .connection import Connection, ConnectionState, ConnectionType
from .handshake import H11Handshake

__all__ = ("ConnectionType", "WSConnection")

#: The release of wsproto whose interface this is.
__version__ = "1.3.2"


@_wsproto.define
class WSConnection(_wsproto.WSConnection):
    """
    A WebSocket connection with its opening handshake over HTTP/1.1 (RFC 6455).

    It turns events into bytes to send, and received bytes into events; the caller transports the bytes.

    :param connection_type: the role of this end.
    :param max_message_size: the largest message received, in bytes after inflation, text as UTF-8; a larger
        one fails the connection with code 1009 (RFC 6455 section 10.4). ``None`` for no limit.
    :raises TypeError: if the limit is not an integer.
    :raises ValueError: if the limit is below 1.
    """

    def __init__(self, connection_type: ConnectionType, *, max_message_size: int | None = None) -> None:
        super().__init__(connection_type, max_message_size=max_message_size)
