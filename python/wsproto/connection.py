"""The connection after the opening handshake (RFC 6455 sections 5 to 7)."""

from __future__ import annotations

from enum import Enum

from . import _wsproto
from .events import BytesMessage, CloseConnection, Event, Message, Ping, Pong, TextMessage
from .frame_protocol import CloseReason, FrameProtocol, Opcode, ParseFailed
from .utilities import LocalProtocolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .extensions import Extension

__all__ = [
    "CLIENT",
    "SERVER",
    "BytesMessage",
    "CloseConnection",
    "CloseReason",
    "Connection",
    "ConnectionState",
    "ConnectionType",
    "Event",
    "FrameProtocol",
    "LocalProtocolError",
    "Message",
    "Opcode",
    "ParseFailed",
    "Ping",
    "Pong",
    "TextMessage",
]


class ConnectionState(Enum):
    """Where a connection stands between its opening and its closing handshake (RFC 6455 sections 4 and 7)."""

    #: The opening handshake has not been completed.
    CONNECTING = 0
    #: Messages may be exchanged in both directions.
    OPEN = 1
    #: The peer has sent a close frame, which has not been answered.
    REMOTE_CLOSING = 2
    #: A close frame has been sent, and the peer's is awaited.
    LOCAL_CLOSING = 3
    #: The closing handshake is complete, or the transport is gone.
    CLOSED = 4
    #: The opening handshake is being refused; the body of the response is under way.
    REJECTING = 5


class ConnectionType(Enum):
    """The role that an endpoint plays (RFC 6455 section 5.1)."""

    #: The endpoint that opens the connection, and masks what it sends.
    CLIENT = 1
    #: The endpoint that accepts the connection.
    SERVER = 2


CLIENT = ConnectionType.CLIENT
SERVER = ConnectionType.SERVER


@_wsproto.called_natively
class Connection(_wsproto.Connection):
    """
    A WebSocket connection after its opening handshake (RFC 6455 sections 5 to 7).

    It turns events into the bytes to be sent, and bytes from the peer into events; the bytes come and go by
    whatever transport the caller has.

    :param connection_type: the role of this end.
    :param extensions: those that were agreed upon, or ``None``; those that are not enabled are left out.
    :param trailing_data: bytes that the peer has sent behind the head of its handshake: its first frames.
    :param max_message_size: the most bytes that a message received may have, after inflation and as UTF-8 if
        it is text; a larger one fails the connection with the code 1009. ``None`` sets no limit.
    :raises TypeError: for a limit that is no number.
    :raises ValueError: for one below 1.
    """

    def __init__(
        self,
        connection_type: ConnectionType,
        extensions: list[Extension] | None = None,
        trailing_data: bytes = b"",
        *,
        max_message_size: int | None = None,
    ) -> None:
        super().__init__(connection_type, extensions, trailing_data, max_message_size=max_message_size)
