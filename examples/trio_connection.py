"""
A WebSocket over a trio stream, for either end: what `trio_server.py` and `trio_client.py` share.

Any number of tasks may send. What `send()` returns has to reach the stream in the order in which it was
made, so both happen under one lock; the task that holds it waits there for a peer that is slow to read,
and so does everyone else who wants to send. That is all the back-pressure there has to be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from examples.messages import Messages, MessageTooBigError
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.extensions import PerMessageDeflate
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import RemoteProtocolError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wsproto import WSConnection

READ_SIZE = 64 * 1024
CLOSE_TIMEOUT = 10.0


class RejectedError(Exception):
    """The server would not open a WebSocket; the status code of its response is the argument."""


class TrioWebSocket:
    """A connection of either role, from the handshake on."""

    def __init__(self, ws: WSConnection, stream: trio.SocketStream) -> None:
        """Take over a connected stream."""
        self.ws = ws
        self.stream = stream
        self.closed: CloseConnection | None = None
        self._sending = trio.Lock()

    async def accept(self) -> Request:
        """Shake hands as a server (RFC 6455, 4.2), whatever is asked for; return the request."""
        try:
            request = await self.receive_event()
        except RemoteProtocolError as error:
            # Not a WebSocket handshake. The hint is the HTTP response that says so.
            await self.send_event(error.event_hint or RejectConnection())
            raise
        assert isinstance(request, Request)
        await self.send_event(AcceptConnection(extensions=[PerMessageDeflate()]))
        return request

    async def connect(self, host: str, target: str = "/") -> None:
        """Shake hands as a client (RFC 6455, 4.1); raise `RejectedError` if the server will not."""
        await self.send_event(Request(host=host, target=target, extensions=[PerMessageDeflate()]))
        answer = await self.receive_event()
        if isinstance(answer, RejectConnection):
            raise RejectedError(answer.status_code)

    async def messages(self) -> AsyncIterator[str | bytes]:
        """Yield each message, until the connection is closed; `closed` says how it was."""
        whole = Messages()
        while self.closed is None:
            match await self.receive_event():
                case TextMessage() | BytesMessage() as event:
                    try:
                        message = whole.add(event)
                    except MessageTooBigError:
                        await self.close(CloseReason.MESSAGE_TOO_BIG)
                        return
                    if message is not None:
                        yield message
                case Ping() as ping if self.ws.state is ConnectionState.OPEN:
                    await self.send_event(ping.response())  # RFC 6455, 5.5.2
                case CloseConnection() as closed:
                    self.closed = closed
                    # OPEN: the peer broke the protocol, and this says how. CLOSED: it is gone.
                    if self.ws.state in (ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING):
                        await self.send_event(closed.response())

    async def receive_event(self) -> Event:
        """Return the next event, whatever it is."""
        while (event := next(self.ws.events(), None)) is None:
            # None tells wsproto that the stream has ended.
            self.ws.receive_data(await self.stream.receive_some(READ_SIZE) or None)
        return event

    async def send(self, message: str | bytes) -> None:
        """Send a message; raise `LocalProtocolError` if the connection is not open any more."""
        await self.send_event(TextMessage(message) if isinstance(message, str) else BytesMessage(message))

    async def close(self, code: int = CloseReason.NORMAL_CLOSURE, reason: str | None = None) -> None:
        """Begin the closing handshake; the task that runs `messages()` sees its end."""
        if self.ws.state is ConnectionState.OPEN:
            await self.send_event(CloseConnection(code, reason))

    async def send_event(self, event: Event) -> None:
        """Send any event."""
        async with self._sending:
            await self.stream.send_all(self.ws.send(event))

    async def hang_up(self) -> None:
        """End our side of the stream, and wait for the other end (RFC 6455, 7.1.1), but not for ever."""
        with trio.move_on_after(CLOSE_TIMEOUT):
            try:
                await self.stream.send_eof()
                while await self.stream.receive_some(READ_SIZE):
                    pass
            except trio.BrokenResourceError:
                pass  # the peer was faster
        await trio.aclose_forcefully(self.stream)
