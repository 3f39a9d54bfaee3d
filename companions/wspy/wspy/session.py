"""
A connection after its opening handshake, without I/O (RFC 6455 sections 5 to 7).

Received bytes become calls of a :class:`Receiver`; what is to be sent is gathered, and taken as one piece of
bytes, however many messages it answers. Pings and the peer's close frame are answered here.
"""

from __future__ import annotations

from contextlib import suppress
from io import StringIO
from typing import Any, Protocol, cast

from wsproto import connection as protocol
from wsproto import events
from wsproto.frame_protocol import (
    LOCAL_ONLY_CLOSE_REASONS,
    MAX_CLOSE_REASON,
    MIN_CLOSE_REASON,
    CloseReason,
)
from wsproto.utilities import LocalProtocolError

from .errors import ConnectionClosed
from .frame import to_bytes
from .message import BinaryMessage, TextMessage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable

    from wsproto.events import Event

    from .handshake import Upgraded
    from .message import Message

#: Whether `wsproto` itself limits the size of messages.
_HAS_LIMIT = hasattr(protocol.Connection, "max_message_size")

#: The states in which this end has sent its close frame, or cannot send any more.
_TAKES_NO_CLOSE = (protocol.ConnectionState.LOCAL_CLOSING, protocol.ConnectionState.CLOSED)

_new = object.__new__
_Text = events.TextMessage
_Bytes = events.BytesMessage


class Receiver(Protocol):
    """What a session calls for what it receives, in the order of arrival."""

    @property
    def on_message(self) -> Callable[[Any, Message], object]:
        """What to call with the session and a whole message."""

    def on_ping(self, payload: bytes) -> None:
        """Take a ping, which is answered already."""

    def on_pong(self, payload: bytes) -> None:
        """Take a pong."""

    def on_close(self, code: int, reason: str) -> None:
        """Learn that nothing more is received: once for each session."""


class Session:
    """
    One end of an open connection.

    :param upgraded: what the opening handshake has agreed on.
    :param receiver: what to call for what is received.
    :param max_message_size: the most bytes of a received message, after inflation; a larger one ends the
        connection with code 1009. ``None`` for no limit.

    :ivar close_code: the code with which the connection was closed, or ``None`` while it is open.
    :ivar is_ended: whether the closing handshake is over, or the peer has broken a rule: nothing is received
        any more, and once the output is sent the transport is to be closed.
    """

    __slots__ = (
        "_connection",
        "_encode",
        "_fragments",
        "_is_between",
        "_is_idle",
        "_limit",
        "_on_message",
        "_output",
        "_size",
        "_unsent",
        "close_code",
        "close_reason",
        "is_ended",
        "receiver",
        "upgraded",
    )

    def __init__(self, upgraded: Upgraded, receiver: Receiver, max_message_size: int | None = None) -> None:
        self.upgraded = upgraded
        self.receiver = receiver
        # Looked up once: the calls of both make up most of the time that a small message takes here.
        self._on_message = receiver.on_message
        options: dict[str, Any] = {"max_message_size": max_message_size} if _HAS_LIMIT else {}
        self._connection = protocol.Connection(upgraded.role, list(upgraded.extensions), **options)
        self._encode = self._connection.send
        self._limit = None if _HAS_LIMIT else max_message_size
        self._output: list[bytes] = []
        self._fragments: StringIO | bytearray | None = None
        #: Whether a message that comes whole can be passed on as it is.
        self._is_between = self._limit is None
        self._size = 0
        #: The messages that are not yet written, if anybody wants to know when they are.
        self._unsent: deque[Message] | None = None
        #: Whether sending has to call :meth:`wake`: no caller is about to take the output.
        self._is_idle = False
        self.close_code: int | None = None
        self.close_reason = ""
        self.is_ended = False

    def receive(self, data: bytes | None) -> None:
        """
        Take received bytes, or ``None`` at the end of the stream, and call the receiver for what is complete.

        An exception of the receiver propagates; calling again with ``b""`` goes on after the message that
        caused it.
        """
        if self.is_ended:
            return
        connection = self._connection
        try:
            connection.receive_data(data)
        except LocalProtocolError:  # the stream has ended already
            return
        for event in connection.events():
            kind = event.__class__
            if kind is _Text and event.message_finished and self._is_between:  # type: ignore[attr-defined]
                # As `TextMessage(event.data)`, without its look at the type.
                message = _new(TextMessage)
                message.payload = event.data  # type: ignore[attr-defined]
                self._on_message(self, message)
            elif kind is _Bytes and event.message_finished and self._is_between:  # type: ignore[attr-defined]
                self._on_message(self, BinaryMessage(event.data))  # type: ignore[attr-defined]
            else:
                self._take(event)
            if self.is_ended:
                return

    def _take(self, event: Event) -> None:
        """Take an event that is no whole message."""
        if isinstance(event, events.Message):
            self._take_fragment(event)
        elif isinstance(event, events.Ping):
            self.reply(event.response())
            self.receiver.on_ping(bytes(event.payload))
        elif isinstance(event, events.Pong):
            self.receiver.on_pong(bytes(event.payload))
        elif isinstance(event, events.CloseConnection):
            self._take_close(event)

    def _take_fragment(self, event: events.Message[Any]) -> None:
        """Take a piece of a message."""
        data: str | bytes = event.data
        if self._limit is not None and self._exceeds(data, self._limit):
            return
        if self._fragments is None:
            self._is_between = False
            self._fragments = StringIO() if isinstance(data, str) else bytearray()
        if isinstance(self._fragments, StringIO):
            self._fragments.write(cast("str", data))
        else:
            self._fragments += cast("bytes", data)
        if event.message_finished:
            fragments, self._fragments = self._fragments, None
            self._size = 0
            self._is_between = self._limit is None
            if isinstance(fragments, StringIO):
                self._on_message(self, TextMessage(fragments.getvalue()))
            else:
                self._on_message(self, BinaryMessage(bytes(fragments)))

    def _exceeds(self, data: str | bytes, limit: int) -> bool:
        """Count a piece of a message, and close the connection if that has more bytes than the limit."""
        self._size += len(data.encode() if isinstance(data, str) else data)
        if self._size <= limit:
            return False
        self.fail(CloseReason.MESSAGE_TOO_BIG, f"a message has more than {limit} bytes")
        return True

    def _take_close(self, event: events.CloseConnection) -> None:
        """Answer the peer's close frame, a broken rule, or the end of the stream."""
        if self._connection.state not in _TAKES_NO_CLOSE:
            self.reply(event.response())
        self._end(int(event.code), event.reason or "")

    def _end(self, code: int, reason: str) -> None:
        """Receive nothing more."""
        self.is_ended = True
        self._fragments = None
        if self.close_code is None or self.close_code == CloseReason.ABNORMAL_CLOSURE:
            self.close_code, self.close_reason = code, reason
        self.receiver.on_close(self.close_code, self.close_reason)

    def fail(self, code: int, reason: str = "") -> None:
        """Close the connection without waiting for the peer's close frame (section 7.1.7)."""
        if not self.is_ended:
            self.close(code, reason)
            self._end(code, reason)

    def send(self, message: Message, fragment_size: int | None = None) -> None:
        """
        Send a message.

        :param fragment_size: the most characters or bytes of a frame, or ``None`` for one frame.
        :raises TypeError: if it is not a :class:`Message`.
        :raises ConnectionClosed: if the connection is closing or closed.
        :raises ValueError: if the size is below 1, or text has a lone surrogate; nothing is sent then.
        """
        try:
            event = message.event
        except AttributeError:
            raise TypeError(f"what is sent is a Message, not {type(message).__name__}") from None
        try:
            if fragment_size is None:
                self._output.append(self._encode(event(message.payload)))
            else:
                self._send_fragments(event, message.payload, fragment_size)
        except LocalProtocolError:
            raise self.closed() from None
        if self._unsent is not None:
            self._unsent.append(message)
        if self._is_idle:
            self.wake()

    def _send_fragments(self, kind: Any, payload: str | bytes, size: int) -> None:
        if size < 1:
            raise ValueError(f"a fragment has at least one byte: {size}")
        if isinstance(payload, str):
            payload.encode()  # a lone surrogate is found before anything is sent
        for start in range(0, max(len(payload), 1), size):
            end = start + size
            part = kind(payload[start:end], message_finished=end >= len(payload))
            self._output.append(self._encode(part))

    def wake(self) -> None:
        """Have the output taken: called for what is sent while ``_is_idle``."""

    def ping(self, payload: str | bytes = b"") -> None:
        """
        Send a ping (section 5.5.2).

        :raises ConnectionClosed: if the connection is closing or closed.
        :raises ValueError: if the payload has more than 125 bytes.
        """
        self._control(events.Ping(to_bytes(payload)))

    def pong(self, payload: str | bytes = b"") -> None:
        """
        Send a pong that answers nothing (section 5.5.3).

        :raises ConnectionClosed: if the connection is closing or closed.
        :raises ValueError: if the payload has more than 125 bytes.
        """
        self._control(events.Pong(to_bytes(payload)))

    def close(self, code: int = CloseReason.NORMAL_CLOSURE, reason: str = "") -> None:
        """
        Begin to close the connection (section 7.1.2), unless that has begun already.

        :param reason: at most 123 bytes as UTF-8; a longer one is cut.
        :raises ValueError: if the code is not one of section 7.4.2, 1000 to 4999, or is 1005, 1006 or 1015,
            which are never sent (section 7.4.1).
        """
        if self.close_code is None:
            check_close_code(code)
            self.reply(events.CloseConnection(code, reason))
            self.close_code, self.close_reason = int(code), reason

    def reply(self, event: Event) -> None:
        """Send an event, if the connection still takes it."""
        with suppress(ConnectionClosed):
            self._control(event)

    def _control(self, event: Event) -> None:
        """Send the event of a control frame."""
        try:
            self._output.append(self._encode(event))
        except LocalProtocolError:
            raise self.closed() from None
        if self._is_idle:
            self.wake()

    def closed(self) -> ConnectionClosed:
        """Return the exception for what is asked of a connection that is closing or closed."""
        return ConnectionClosed(self.close_code or CloseReason.ABNORMAL_CLOSURE, self.close_reason)

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent."""
        return self.close_code is None

    def output(self) -> bytes:
        """Return what is to be sent, and forget it."""
        output = self._output
        if len(output) == 1:
            return output.pop()
        taken = b"".join(output)
        output.clear()
        return taken


def check_close_code(code: int) -> None:
    """Raise a ``ValueError`` if a close frame cannot have this code (section 7.4)."""
    if not MIN_CLOSE_REASON <= code <= MAX_CLOSE_REASON:
        raise ValueError(f"a close code is {MIN_CLOSE_REASON} to {MAX_CLOSE_REASON}, not {code}")
    if code in LOCAL_ONLY_CLOSE_REASONS:
        raise ValueError(f"the close code {int(code)} is never sent")
