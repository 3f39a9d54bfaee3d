"""Connections over a blocking socket: messages, with control frames handled, and event handlers."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections import deque
from contextlib import suppress
from functools import partial

from wsproto import ConnectionType
from wsproto.frame_protocol import CloseReason

from .errors import ConnectionClosed
from .message import Message
from .session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    from wsproto.events import Event

    from .handshake import Upgraded
    from .session import Receiver
    from .websocket import websocket

logger = logging.getLogger("wspy")

#: The longest that the closing handshake may take, in seconds, unless another limit is given.
CLOSE_TIMEOUT = 10.0


class _Session(Session):
    """A session whose output several threads add to, while one of them receives."""

    __slots__ = ("lock",)

    def __init__(self, upgraded: Upgraded, receiver: Receiver, max_message_size: int | None) -> None:
        super().__init__(upgraded, receiver, max_message_size)
        self.lock = threading.RLock()

    def reply(self, event: Event) -> None:
        with self.lock:
            super().reply(event)

    def output(self) -> bytes:
        with self.lock:
            return super().output()


class Connection:
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
        self._trailing: bytes | None = upgraded.trailing
        self._reading = threading.RLock()
        self._is_closed = threading.Event()
        #: Whether this end has been asked to close.
        self._has_closed = False
        #: Whether the peer did not take what was sent.
        self._is_lost = False

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
        :raises TimeoutError: if the socket has a timeout; what is not sent yet goes before the next message.
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
        Close the connection: send a close frame, and wait for the peer's.

        Messages received meanwhile can still be taken by :meth:`recv`; :meth:`receive_forever` drops them.
        Called while another thread receives, it leaves the rest to that thread and waits for it.

        :param reason: at most 123 bytes as UTF-8; a longer one is cut.
        :raises ValueError: if the code is not one of RFC 6455 section 7.4.2, 1000 to 4999.
        """
        deadline = time.monotonic() + self.close_timeout
        with self._session.lock:
            self._session.close(code, reason)
            self._has_closed = True
            with suppress(ConnectionClosed, OSError):  # which whoever receives finds out as well
                self._flush()
        if not self._reading.acquire(blocking=False):
            if not self._is_closed.wait(self.close_timeout):
                with suppress(OSError):
                    self.sock.shutdown(socket.SHUT_RDWR)  # ends the other thread's wait
                self._is_closed.wait(self.close_timeout)
            return
        try:
            with suppress(OSError):
                while not self._session.is_ended and (left := deadline - time.monotonic()) > 0:
                    self._receive(left)
            self._session.receive(None)
            self._linger()
        finally:
            self._reading.release()

    # Receiving.

    def recv(self) -> Message:
        """
        Return the next message.

        :raises ConnectionClosed: if the connection is closed, by whom ever.
        :raises OSError: as ``socket.recv``; what has been received is kept.
        """
        with self._reading:
            while True:
                while self._received:
                    received = self._received.popleft()
                    if isinstance(received, Message):
                        return received
                    received()
                if self._session.is_ended:
                    self._linger()
                    raise self._session.closed()
                self._receive(self.sock.gettimeout())

    def receive_forever(self) -> None:
        """
        Call the handlers for what is received until the connection is closed, and close the socket.

        An exception of a handler goes to :meth:`onerror`, and ends the connection with code 1011.
        """
        with self._reading:
            try:
                self._handle_messages()
            except Exception as error:  # noqa: BLE001 - whatever a handler raises
                self._handle_error(error)
            finally:
                self.close()
                self._handle_rest()

    def _handle_messages(self) -> None:
        self.onopen()
        while True:
            message = self.recv()
            if not self._has_closed:
                self.onmessage(message)

    def _handle_error(self, error: Exception) -> None:
        if isinstance(error, ConnectionClosed) and (self._is_lost or not self._session.is_open):
            self._session.receive(None)
            return
        try:
            self.onerror(error)
        finally:
            self._session.fail(CloseReason.INTERNAL_ERROR)

    def _handle_rest(self) -> None:
        """Call the handlers of what is left, the end at last; messages that nobody has taken are lost."""
        while self._received:
            received = self._received.popleft()
            if not isinstance(received, Message):
                try:
                    received()
                except Exception as error:  # noqa: BLE001 - whatever a handler raises
                    self.onerror(error)

    def _receive(self, timeout: float | None) -> None:
        """Receive once."""
        if self._trailing is not None:
            data, self._trailing = self._trailing, None
            if not data:
                return
        else:
            before = self.sock.gettimeout()
            self.sock.settimeout(timeout)
            try:
                data = self.sock.recv_bytes()
            finally:
                if self.sock.fileno() != -1:
                    self.sock.settimeout(before)
        self._session.receive(data or None)
        try:
            self._flush()
        except ConnectionClosed:
            self._session.receive(None)

    def _flush(self) -> None:
        """
        Send what is to be sent.

        :raises ConnectionClosed: if the peer is gone.
        """
        with self._session.lock:
            output = self._session.output()
            if output:
                try:
                    self.sock.send_bytes(output)
                except ConnectionError as error:
                    self._is_lost = True
                    raise ConnectionClosed(CloseReason.ABNORMAL_CLOSURE) from error

    def _linger(self) -> None:
        """Close the socket, the server first (section 7.1.1), once the peer has nothing more to say."""
        if self._is_closed.is_set():
            return
        try:
            self._flush()
            if self._session.upgraded.role is ConnectionType.SERVER:
                self.sock.shutdown(socket.SHUT_WR)
            deadline = time.monotonic() + self.close_timeout
            while (left := deadline - time.monotonic()) > 0:
                self.sock.settimeout(left)
                if not self.sock.recv_bytes():
                    break
        except (ConnectionClosed, OSError):
            pass
        finally:
            self.sock.close()
            self._is_closed.set()

    # A context that closes the connection.

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Inbox:
    """Keeps what a session receives until the connection takes it."""

    def __init__(self, connection: Connection, received: deque[Message | Callable[[], None]]) -> None:
        self._connection = connection
        self.on_message = received.append
        self._append = received.append

    def on_ping(self, payload: bytes) -> None:
        self._append(partial(self._connection.onping, payload))

    def on_pong(self, payload: bytes) -> None:
        self._append(partial(self._connection.onpong, payload))

    def on_close(self, code: int, reason: str) -> None:
        self._append(partial(self._connection.onclose, code, reason))
