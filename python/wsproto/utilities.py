"""Functions for the opening handshake (RFC 6455 section 4), and the exceptions of the package."""

from __future__ import annotations

from ._wsproto import generate_accept_token, generate_nonce

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

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

#: The constant appended to a client's key before hashing (RFC 6455 section 1.3).
ACCEPT_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class ProtocolError(Exception):
    """Either end broke the protocol."""


class LocalProtocolError(ProtocolError):
    """A call that the state of the connection or the protocol does not allow."""


class RemoteProtocolError(ProtocolError):
    """
    The peer broke the protocol.

    `event_hint` is the event with which a server should answer, or None.
    """

    def __init__(self, message: str, event_hint: Event | None = None) -> None:
        """Keep the message, and the event to answer with."""
        self.event_hint = event_hint
        super().__init__(message)


def normed_header_dict(h11_headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """
    Make a dict of headers; values of one name are joined by ``b", "`` (RFC 9110 section 5.2).

    :param h11_headers: pairs of bytes, the names in lower case.
    """
    joined: dict[bytes, list[bytes]] = {}
    for name, value in h11_headers:
        joined.setdefault(name, []).append(value)
    return {name: b", ".join(values) for name, values in joined.items()}


def split_comma_header(value: bytes) -> list[str]:
    """
    Split the value of a list header (RFC 9110 section 5.6.1), and strip white space from the members.

    :raises UnicodeDecodeError: if it is not ASCII.
    """
    return [piece.decode("ascii").strip() for piece in value.split(b",")]
