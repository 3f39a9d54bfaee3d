"""The echo of the two programs on wsproto: one blocking socket around one `WSConnection`."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.extensions import PerMessageDeflate

if TYPE_CHECKING:
    from wsproto import WSConnection
    from wsproto.events import Event

READ_SIZE = 64 * 1024
PATIENCE = 10.0
"""How many seconds a peer has to end its side of the stream after ours has ended."""


class Echo:
    """One connection, from the handshake to the end of the stream."""

    def __init__(self, ws: WSConnection, sock: socket.socket) -> None:
        """Take over a connected socket."""
        self.ws = ws
        self.sock = sock
        self.text: list[str] = []
        self.binary: list[bytes | bytearray] = []
        self.last: str | bytes = b""
        self.failed = False

    def run(self) -> str | bytes:
        """Send every message back; return the last one, which is how the suite answers questions."""
        while self.ws.state is not ConnectionState.CLOSED and not self.failed:
            self.ws.receive_data(self.sock.recv(READ_SIZE) or None)
            for event in self.ws.events():
                self.sock.sendall(self.react(event))
        self.hang_up()
        return self.last

    def react(self, event: Event) -> bytes:
        """Return the bytes that answer one event."""
        if isinstance(event, Request):
            return self.ws.send(AcceptConnection(extensions=[PerMessageDeflate()]))
        if isinstance(event, RejectConnection):
            raise ConnectionRefusedError(event.status_code)
        if isinstance(event, CloseConnection):
            # Still open: the peer broke the protocol, and gets the code that says how (RFC 6455, 7.1.7).
            self.failed = self.ws.state is ConnectionState.OPEN
            if self.failed or self.ws.state is ConnectionState.REMOTE_CLOSING:
                return self.ws.send(event.response())
        elif self.ws.state is ConnectionState.OPEN:
            if isinstance(event, Ping):
                return self.ws.send(event.response())
            if isinstance(event, TextMessage | BytesMessage):
                return self.echo(event)
        return b""

    def echo(self, event: TextMessage | BytesMessage) -> bytes:
        """Keep the pieces of a message, and send it back when it is whole."""
        if isinstance(event, TextMessage):
            self.text.append(event.data)
        else:
            self.binary.append(event.data)
        if not event.message_finished:
            return b""
        whole: TextMessage | BytesMessage
        if isinstance(event, TextMessage):
            whole = TextMessage("".join(self.text))
        else:
            whole = BytesMessage(b"".join(self.binary))
        self.text.clear()
        self.binary.clear()
        self.last = bytes(whole.data) if isinstance(whole, BytesMessage) else whole.data
        return self.ws.send(whole)

    def hang_up(self) -> None:
        """End our side and wait for the peer's end, so that it gets all that was sent (RFC 6455, 7.1.1)."""
        self.sock.settimeout(PATIENCE)
        try:
            self.sock.shutdown(socket.SHUT_WR)
            while self.sock.recv(READ_SIZE):
                pass
        except OSError:
            pass  # the peer was faster
