"""The clients of a :class:`Server`: connections whose handlers are the server's."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from wsproto.frame_protocol import CloseReason

from .agreement import name_of
from .connection import Connection
from .errors import ConnectionClosed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .message import Message
    from .server import Server
    from .websocket import websocket


class ServerClient(Connection):
    """
    A client of a :class:`Server`, as its handlers get it: a :class:`Connection`, with a thread that receives.

    :ivar address: the address of the client, as ``socket.getpeername``.
    :ivar data: for the server's own use; ``None`` at the beginning.
    """

    def __init__(self, server: Server, sock: websocket, address: Any) -> None:
        super().__init__(sock, close_timeout=server.close_timeout)
        self._server = server
        self.address = address
        self.data: Any = None
        self._pinged: float | None = None

    def __str__(self) -> str:
        return name_of(self.address)

    def onopen(self) -> None:
        """Call the server's handler."""
        self._server.onopen(self)

    def onmessage(self, message: Message) -> None:
        """Call the server's handler."""
        self._server.onmessage(self, message)

    def onping(self, payload: bytes) -> None:
        """Call the server's handler."""
        self._server.onping(self, payload)

    def onpong(self, payload: bytes) -> None:
        """Call the server's handler."""
        self._server.onpong(self, payload)

    def onclose(self, code: int, reason: str) -> None:
        """Call the server's handler."""
        self._server.onclose(self, code, reason)

    def onerror(self, error: Exception) -> None:
        """Call the server's handler."""
        self._server.report(self, error)

    # What the threads of the server call that are not this client's; nothing here waits.

    def begin_close(self, code: int) -> None:
        """Send a close frame, and leave the rest to the client's thread."""
        with self._session.lock:
            self._session.close(code)
        self._send_what_fits()

    def abort(self) -> None:
        """End the connection without a word; the client's thread closes the socket."""
        self._stream.abort()

    def check(self, now: float) -> None:
        """See whether the client is there: send a ping if it is silent, and end the connection at last."""
        server = self._server
        since = self._silent_since()
        if server.ping_interval is None or since is None:
            return
        if self._pinged is None or self._pinged < since:
            if now - since >= server.ping_interval:
                self._pinged = now
                with suppress(ConnectionClosed), self._session.lock:
                    self._session.ping(b"keep-alive")
                self._send_what_fits()
        elif now - self._pinged >= server.ping_timeout:
            with self._session.lock:
                self._session.close(CloseReason.INTERNAL_ERROR, "keep-alive ping unanswered")
            self._send_what_fits()
            self.abort()

    def _silent_since(self) -> float | None:
        """Return the start of the current wait for the client, or ``None`` if no thread waits for it."""
        stream = self._stream
        return stream.stuck_since if stream.stuck_since is not None else self._waits_since
