"""What is useful around the opening handshake, and the exceptions of the package (RFC 6455 section 4)."""

from __future__ import annotations

from ._wsproto import generate_accept_token, generate_nonce, normed_header_dict, split_comma_header

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .events import Event

__all__ = [
    "ACCEPT_GUID",
    "LocalProtocolError",
    "ProtocolError",
    "RemoteProtocolError",
    "generate_accept_token",
    "generate_nonce",
    "normed_header_dict",
    "split_comma_header",
]

#: What a client's key is hashed with (RFC 6455 section 1.3).
ACCEPT_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class ProtocolError(Exception):
    """Either side has broken the protocol."""


class LocalProtocolError(ProtocolError):
    """What was asked for does not fit the state of the connection, or the protocol does not allow it."""


class RemoteProtocolError(ProtocolError):
    """
    The peer has broken the protocol.

    `event_hint` is the event that a server should answer with, or None.
    """

    def __init__(self, message: str, event_hint: Event | None = None) -> None:
        """Say what is wrong, and what to answer."""
        self.event_hint = event_hint
        super().__init__(message)
