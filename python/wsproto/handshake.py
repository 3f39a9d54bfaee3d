"""The opening handshake (RFC 6455 section 4)."""

from __future__ import annotations

from . import _wsproto
from ._wsproto import client_extensions_handshake, server_extensions_handshake
from .connection import Connection, ConnectionState, ConnectionType
from .events import AcceptConnection, Event, RejectConnection, RejectData, Request
from .extensions import Extension
from .utilities import (
    LocalProtocolError,
    RemoteProtocolError,
    generate_accept_token,
    generate_nonce,
    normed_header_dict,
    split_comma_header,
)

__all__ = [
    "WEBSOCKET_UPGRADE",
    "WEBSOCKET_VERSION",
    "AcceptConnection",
    "Connection",
    "ConnectionState",
    "ConnectionType",
    "Event",
    "Extension",
    "H11Handshake",
    "LocalProtocolError",
    "RejectConnection",
    "RejectData",
    "RemoteProtocolError",
    "Request",
    "client_extensions_handshake",
    "generate_accept_token",
    "generate_nonce",
    "normed_header_dict",
    "server_extensions_handshake",
    "split_comma_header",
]

#: The value of `Sec-WebSocket-Version` (RFC 6455 section 4.1, item 9).
WEBSOCKET_VERSION = b"13"

#: The value of `Upgrade` (RFC 6455 section 4.1, item 5).
WEBSOCKET_UPGRADE = b"websocket"


@_wsproto.define
class H11Handshake(_wsproto.H11Handshake):
    """
    The opening handshake over HTTP/1.1.

    :meth:`send` returns the bytes of an event to send; :meth:`receive_data` takes received bytes, and
    :meth:`events` yields the events in them. When :attr:`state` is ``OPEN``, :attr:`connection` is the open
    connection.

    :param connection_type: the role of this end.
    """

    def __init__(self, connection_type: ConnectionType) -> None:
        super().__init__(connection_type)
