"""The opening handshake (RFC 6455 section 4)."""

from __future__ import annotations

from ._wsproto import H11Handshake, client_extensions_handshake, server_extensions_handshake
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

#: The version of the protocol that is spoken here (RFC 6455 section 4.1, item 9).
WEBSOCKET_VERSION = b"13"

#: What the `Upgrade` header names (RFC 6455 section 4.1, item 5).
WEBSOCKET_UPGRADE = b"websocket"
