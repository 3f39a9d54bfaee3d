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
    """The state of a connection (RFC 6455 sections 4 and 7)."""

    #: The opening handshake is not complete.
    CONNECTING = 0
    #: Messages may be exchanged in both directions.
    OPEN = 1
    #: The peer's close frame has been received and not yet answered.
    REMOTE_CLOSING = 2
    #: The close frame of this end has been sent, and the peer's is awaited.
    LOCAL_CLOSING = 3
    #: The closing handshake is complete, or the transport has ended.
    CLOSED = 4
    #: The opening handshake is being rejected; the body of the response is not complete.
    REJECTING = 5


class ConnectionType(Enum):
    """The role of an end of a connection (RFC 6455 section 5.1)."""

    #: The end that opens the connection and masks its frames.
    CLIENT = 1
    #: The end that accepts the connection.
    SERVER = 2


CLIENT = ConnectionType.CLIENT
SERVER = ConnectionType.SERVER


@_wsproto.define
class Connection(_wsproto.Connection):
    """
    A WebSocket connection after its opening handshake (RFC 6455 sections 5 to 7).

    It turns events into bytes to send, and received bytes into events; the caller transports the bytes.

    :param connection_type: the role of this end.
    :param extensions: the extensions agreed upon, or ``None``; those not enabled are ignored.
    :param trailing_data: bytes received after the handshake of the peer: its first frames.
    :param max_message_size: the largest message received, in bytes after inflation, text as UTF-8; a larger
        one fails the connection with code 1009 (RFC 6455 section 10.4). ``None`` for no limit.
    :raises TypeError: if the limit is not an integer.
    :raises ValueError: if the limit is below 1.
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
