"""Connections over a blocking socket: messages, with control frames handled, and event handlers."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from contextlib import suppress
from functools import partial

from wsproto import ConnectionType
from wsproto.events import Pong
from wsproto.frame_protocol import CloseReason

from .agreement import Agreement
from .errors import ConnectionClosed
from .message import Message
from .session import Session
from .stream import is_wait
from .websocket import CLOSE_TIMEOUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    from wsproto.events import Event

    from .handshake import Upgraded
    from .session import Receiver
    from .websocket import websocket

logger = logging.getLogger("wspy")


class _Session(Session):
    """A session whose output several threads add to, while one of them receives."""

    __slots__ = ("_pong", "lock")

    def __init__(self, upgraded: Upgraded, receiver: Receiver, max_message_size: int | None) -> None:
        super().__init__(upgraded, receiver, max_message_size)
        self.lock = threading.RLock()
        #: The latest pong that answers a ping.
        self._pong: bytes | None = None

    def reply(self, event: Event) -> None:
        """Send an event; a pong takes the place of one that still waits (RFC 6455 section 5.5.3)."""
        with self.lock:
            if not isinstance(event, Pong):
                super().reply(event)
                return
            if self._pong is not None and self._output and self._output[-1] is self._pong:
                self._output.pop()
            count = len(self._output)
            super().reply(event)
            self._pong = self._output[-1] if len(self._output) > count else None

    def output(self) -> bytes:
        with self.lock:
            return super().output()

    def lose(self) -> None:
        """Learn that nothing can be sent any more; what was received before can still be taken."""
        if self.close_code is None:
            self.close_code = int(CloseReason.ABNORMAL_CLOSURE)

    @property
    def has_output(self) -> bool:
        """Whether anything is to be sent."""
        return bool(self._output)


class Connection(Agreement):
    """
    An end of a connection over a :class:`websocket`: it sends and receives messages.

    Pings and close frames are answered, and fragments joined, while :meth:`recv` or :meth:`receive_forever`
    runs. One thread receives; any number of threads may send.

    Subclasses replace the handlers ``onopen``, ``onmessage``, ``onping``, ``onpong``, ``onclose`` and
    ``onerror``.

    :param sock: a socket whose handshake is done. Frames are no longer sent and received by it afterwards.
        A message of more bytes than its ``max_message_size`` ends the connection with code 1009.
    :param close_timeout: the longest that the closing handshake may take, in seconds.
    """

    def __init__(self, sock: websocket, *, close_timeout: float = CLOSE_TIMEOUT) -> None:
        self.sock = sock
        self.close_timeout = close_timeout
        #: What is received and not yet taken: messages, and calls of the other handlers.
        self._received: deque[Message | Callable[[], None]] = deque()
        upgraded = sock.release()
        self._session = _Session(upgraded, _Inbox(self, self._received), sock.max_message_size)
        #: What is received and not yet looked at, if it may have a message.
        self._pending: bytes | None = upgraded.trailing or None
        self._stream = sock.stream
        self._reading = threading.RLock()
        self._waits_since: float | None = None
        self._is_closed = threading.Event()
        #: Whether this end has been asked to close.
        self._has_closed = False
        #: Whether :meth:`receive_forever` runs.
        self._receives_forever = False

    @property
    def upgraded(self) -> Upgraded:
        """What the handshake has agreed on."""
        return self._session.upgraded

    # Handlers.

    def onopen(self) -> None:
        """Handle the start of :meth:`receive_forever`."""

    def onmessage(self, message: Message) -> None:
        """Handle a message that :meth:`receive_forever` has received."""

    def onping(self, payload: bytes) -> None:
        """Handle a ping, which is answered already."""

    def onpong(self, payload: bytes) -> None:
        """Handle a pong."""

    def onclose(self, code: int, reason: str) -> None:
        """
        Handle the end of the connection; called once.

        :param code: the status code (RFC 6455 section 7.4): that of the end which closed first, 1005 if the
            peer gave none, 1006 if the stream has ended without a close frame.
        """

    def onerror(self, error: Exception) -> None:
        """Handle an exception of another handler; the connection is closed with code 1011 afterwards."""
        logger.error("a handler has raised", exc_info=error)

    # Sending.

    def send(self, message: Message, fragment_size: int | None = None) -> None:
        """
        Send a message.

        :param fragment_size: the most characters or bytes of a frame, or ``None`` for one frame.
        :raises TypeError: if it is not a :class:`Message`.
        :raises ConnectionClosed: if the connection is closing or closed.
        :raises TimeoutError: if the peer does not take it in time (``sock.settimeout``).
        """
        if not isinstance(message, Message):
            raise TypeError(f"a Connection sends a Message, not {type(message).__name__}")
        with self._session.lock:
            self._session.send(message, fragment_size)
        self._flush()

    def ping(self, payload: str | bytes = b"") -> None:
        """
        Send a ping, which the peer answers with a pong of the same payload.

        :raises ConnectionClosed: if the connection is closing or closed.
        :raises ValueError: if the payload has more than 125 bytes.
        """
        with self._session.lock:
            self._session.ping(payload)
        self._flush()

    def pong(self, payload: str | bytes = b"") -> None:
        """
        Send a pong that answers nothing.

        :raises ConnectionClosed: if the connection is closing or closed.
        :raises ValueError: if the payload has more than 125 bytes.
        """
        with self._session.lock:
            self._session.pong(payload)
        self._flush()

    def close(self, code: int = CloseReason.NORMAL_CLOSURE, reason: str = "") -> None:
        """
        Close the connection: send a close frame, wait for the peer's, and close the socket.

        Messages received meanwhile can still be taken by :meth:`recv`; :meth:`receive_forever` drops them.
        Called while another thread receives, it leaves the rest to that thread and waits for it. A peer that
        does not answer within ``close_timeout`` seconds is left without.

        :param reason: at most 123 bytes as UTF-8; a longer one is cut.
        :raises ValueError: if the code is not one of RFC 6455 section 7.4.2, 1000 to 4999, or is 1005, 1006
            or 1015, which are never sent (section 7.4.1).
        """
        deadline = time.monotonic() + self.close_timeout
        with self._session.lock:
            self._session.close(code, reason)
            self._has_closed = True
        if not self._reading.acquire(blocking=False):
            self._send_what_fits()
            if not self._is_closed.wait(self.close_timeout):
                self._stream.abort()
            return
        try:
            with suppress(OSError):
                self._stream.drain(self._session, self.close_timeout)
                while not self._session.is_ended and (left := deadline - time.monotonic()) > 0:
                    self._receive(left)
            self._take_end()
            self._linger(deadline)
        finally:
            self._reading.release()

    # Receiving.

    def recv(self) -> Message:
        """
        Return the next message.

        :raises ConnectionClosed: if the connection is closed, by either end.
        :raises TimeoutError: if none comes in time (``sock.settimeout``); what has been received is kept.
        """
        timeout = self.sock.gettimeout()
        deadline = time.monotonic() + (timeout or 0.0)
        with self._reading:
            while True:
                while self._received:
                    received = self._received.popleft()
                    if isinstance(received, Message):
                        return received
                    received()
                if self._session.is_ended:
                    self._linger(time.monotonic() + self.close_timeout)
                    raise self._session.closed()
                # Pings and fragments that come in time do not make it longer.
                if timeout and self._pending is None and time.monotonic() >= deadline:
                    raise TimeoutError("timed out")
                self._receive(timeout if not timeout else max(0.001, deadline - time.monotonic()))

    def receive_forever(self) -> None:
        """
        Call the handlers for what is received until the connection is closed, and close the socket.

        An exception of a handler goes to :meth:`onerror`, and ends the connection with code 1011.
        """
        with self._reading:
            self._receives_forever = True
            try:
                self._handle(self._receive_all)
            finally:
                self.close()
                self._handle_rest()

    @property
    def drops_messages(self) -> bool:
        """Whether received messages are dropped: :meth:`receive_forever` closes the connection."""
        return self._receives_forever and self._has_closed

    def _receive_all(self) -> None:
        self.onopen()
        while True:
            message = self.recv()
            if not self._has_closed:
                self.onmessage(message)

    def _handle_rest(self) -> None:
        """Call the handlers that are left, ``onclose`` last; the messages that are left are dropped."""
        while self._received:
            received = self._received.popleft()
            if not isinstance(received, Message):
                self._handle(received)

    def _handle(self, call: Callable[[], None]) -> None:
        """Call something that calls handlers."""
        try:
            call()
        except Exception as error:  # noqa: BLE001 - whatever a handler raises
            if isinstance(error, ConnectionClosed) and not self._session.is_open:
                return
            try:
                self.onerror(error)
            finally:
                with suppress(_Taken):
                    self._session.fail(CloseReason.INTERNAL_ERROR)

    def _receive(self, timeout: float | None) -> None:
        """Go on with what is received, or receive more."""
        if self._pending is not None:
            data, self._pending = self._pending, None
            self._advance(data)
            return
        self._waits_since = time.monotonic()
        try:
            received = self._stream.recv(timeout)
        except OSError as error:
            if is_wait(error):
                raise
            received = b""
        finally:
            self._waits_since = None
        self._advance(received or None)

    def _advance(self, data: bytes | None) -> None:
        """Take received bytes, ``None`` at the end of the stream, up to the next thing to handle."""
        try:
            self._session.receive(data)
        except _Taken:
            self._pending = b""
        with suppress(ConnectionError):  # receiving tells when all is taken that has come
            self._stream.drain(self._session, self.sock.gettimeout(), wait=False)

    def _take_end(self) -> None:
        """Take the end of the stream, after what has come before it."""
        self._pending = None
        has_more = True
        while has_more and not self._session.is_ended:
            has_more = False
            try:
                self._session.receive(None)
            except _Taken:
                has_more = True

    def _flush(self) -> None:
        """Send what is gathered."""
        try:
            self._stream.drain(self._session, self.sock.gettimeout())
        except ConnectionError as error:
            with self._session.lock:
                self._session.lose()
            raise self._session.closed() from error

    def _send_what_fits(self) -> None:
        """Send what is gathered as far as that is possible without waiting."""
        with suppress(OSError):
            self._stream.drain(self._session, 0, wait=False)

    def _linger(self, deadline: float) -> None:
        """Close the socket, the server first (section 7.1.1), once the peer has nothing more to say."""
        if self._is_closed.is_set():
            return
        try:
            self._stream.drain(self._session, max(0.001, deadline - time.monotonic()))
            if self._session.upgraded.role is ConnectionType.SERVER:
                self._stream.shut()
            while (left := deadline - time.monotonic()) > 0 and self._stream.recv(left):
                pass
        except OSError:
            pass
        finally:
            self.sock.close()
            self._is_closed.set()

    # A context that closes the connection.

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Taken(Exception):  # noqa: N818 - it stops a session, which goes on when it is called again
    """There is something to handle, before anything that follows is looked at."""


class _Inbox:
    """
    Keeps what a session receives until the connection takes it.

    What follows a message is looked at after its handler: a close frame is answered after the messages
    before it.
    """

    def __init__(self, connection: Connection, received: deque[Message | Callable[[], None]]) -> None:
        self._connection = connection
        self._received = received

    def on_message(self, _session: Session, message: Message) -> None:
        if not self._connection.drops_messages:
            self._put(message)

    def on_ping(self, payload: bytes) -> None:
        self._put(partial(self._connection.onping, payload))

    def on_pong(self, payload: bytes) -> None:
        self._put(partial(self._connection.onpong, payload))

    def on_close(self, code: int, reason: str) -> None:
        self._put(partial(self._connection.onclose, code, reason))

    def _put(self, received: Message | Callable[[], None]) -> None:
        self._received.append(received)
        raise _Taken
