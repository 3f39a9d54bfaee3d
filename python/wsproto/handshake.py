"""The opening handshake (RFC 6455 section 4)."""

from __future__ import annotations

from . import _wsproto
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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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


def server_extensions_handshake(requested: Iterable[str], supported: list[Extension]) -> bytes | None:
    """
    Accept offers as the server (RFC 6455 section 9.1).

    An extension that has accepted an offer is not asked about later ones.

    :param requested: the offers: a name, then its parameters after semicolons.
    :param supported: the extensions to ask.
    :returns: the value of the response header, or ``None`` if no offer is accepted.
    """
    accepted: dict[str, bytes | None] = {}
    #: The identities of the extensions that have accepted an offer.
    settled: set[int] = set()
    for offer in requested:
        name = offer.split(";", 1)[0].strip()
        for extension in supported:
            if id(extension) in settled or extension.name != name:
                continue
            answer = extension.accept(offer)
            if isinstance(answer, bool):
                if not answer:
                    continue
                accepted[extension.name] = None
            elif answer is None:
                continue
            else:
                accepted[extension.name] = answer.encode("ascii") or None
            settled.add(id(extension))
    return _header(accepted)


def client_extensions_handshake(accepted: Iterable[str], supported: Sequence[Extension]) -> list[Extension]:
    """
    Apply the extensions that the server accepted, as the client (RFC 6455 section 9.1).

    :param accepted: the elements of the server's header: a name, then its parameters after semicolons.
    :param supported: the extensions that were offered.
    :returns: those in use.
    :raises RemoteProtocolError: if the server accepted an extension that was not offered.
    """
    extensions = []
    for accept in accepted:
        name = accept.split(";", 1)[0].strip()
        for extension in supported:
            if extension.name == name:
                extension.finalize(accept)
                extensions.append(extension)
                break
        else:
            msg = f"unrecognized extension {name}"
            raise RemoteProtocolError(msg, event_hint=RejectConnection())
    return extensions


def _offer_extensions(extensions: Iterable[Extension]) -> bytes | None:
    """Return the value of the header that offers these extensions, if they offer anything."""
    offers = {}
    for extension in extensions:
        assert isinstance(extension, Extension)
        offers[extension.name] = extension.offer()
    made = {
        name: None if isinstance(offer, bool) else offer.encode("ascii")
        for name, offer in offers.items()
        if offer is not False
    }
    return _header(made)


def _header(extensions: Mapping[str, bytes | None]) -> bytes | None:
    """Return the value of the header for extensions with their parameters, if they have any."""
    elements = [
        name.encode("ascii") if parameters is None else b"%b; %b" % (name.encode("ascii"), parameters)
        for name, parameters in extensions.items()
    ]
    return b", ".join(elements) if elements else None
