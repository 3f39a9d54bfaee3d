"""
A server with a thread for each client, and blocking sockets.

    python -m examples.threaded_server --port 8765

It sends every message back with its number. `WebSocket` is the part to copy: messages as an iterator, for
programs that would rather wait than be called. A blocked `sendall` is the back-pressure here: the thread that
waits for a slow client to read does not read from it either.
"""

from __future__ import annotations

import argparse
import socket
import socketserver
import time
from typing import TYPE_CHECKING

from examples.messages import Messages, MessageTooBigError
from wsproto import ConnectionType, WSConnection
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
    from collections.abc import Iterator

READ_SIZE = 64 * 1024
HANDSHAKE_TIMEOUT = 10.0
PING_INTERVAL = 20.0
CLOSE_TIMEOUT = 10.0


class WebSocket:
    """The server's end of one connection, for the use of one thread."""

    def __init__(self, sock: socket.socket) -> None:
        """Take over a connected socket."""
        self.ws = WSConnection(ConnectionType.SERVER)
        self.sock = sock
        self.deadline = time.monotonic() + HANDSHAKE_TIMEOUT
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def messages(self) -> Iterator[str | bytes]:
        """Shake hands, then yield each message, until either side has closed the connection."""
        whole = Messages()
        for event in self._events():
            if isinstance(event, Request):
                # Bounds the waiting for a client that says nothing, and for one that reads nothing.
                self.sock.settimeout(PING_INTERVAL)
                self._send(AcceptConnection(extensions=[PerMessageDeflate()]))
            elif isinstance(event, TextMessage | BytesMessage):
                try:
                    message = whole.add(event)
                except MessageTooBigError:
                    self.close(CloseReason.MESSAGE_TOO_BIG, f"more than {whole.limit}")
                    break
                if message is not None and self.ws.state is ConnectionState.OPEN:
                    yield message
            elif isinstance(event, Ping) and self.ws.state is ConnectionState.OPEN:
                self._send(event.response())  # RFC 6455, 5.5.2
            elif isinstance(event, CloseConnection):
                # OPEN: the client broke the protocol, and this says how. CLOSED: it is gone, or it has
                # answered our close frame.
                if self.ws.state in (ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING):
                    self._send(event.response())
                break
        self._hang_up()

    def send(self, message: str | bytes) -> None:
        """Send a message, and wait until the system has taken it."""
        self._send(TextMessage(message) if isinstance(message, str) else BytesMessage(message))

    def close(self, code: int, reason: str | None = None) -> None:
        """Begin the closing handshake (RFC 6455, 7.1.2)."""
        self._send(CloseConnection(code, reason))

    def _send(self, event: Event) -> None:
        self.sock.sendall(self.ws.send(event))

    def _events(self) -> Iterator[Event]:
        try:
            while True:
                self.ws.receive_data(self._read())
                yield from self.ws.events()
        except RemoteProtocolError as error:
            # Not a WebSocket handshake. The hint is the HTTP response that says so.
            self._send(error.event_hint or RejectConnection())

    def _read(self) -> bytes | None:
        """Return received bytes, or None at the end; after some silence, send a ping."""
        if self.ws.state is ConnectionState.CONNECTING:
            # The time is for the whole of the handshake: no client holds a thread by a byte now and then.
            return self._read_until(self.deadline)
        try:
            return self.sock.recv(READ_SIZE) or None
        except TimeoutError:
            if self.ws.state is not ConnectionState.OPEN:
                raise
            self._send(Ping())
            return self.sock.recv(READ_SIZE) or None  # the pong, or whatever shows that there is life

    def _hang_up(self) -> None:
        """End our side, and wait for the client to end its own (RFC 6455, 7.1.1)."""
        self.sock.shutdown(socket.SHUT_WR)
        deadline = time.monotonic() + CLOSE_TIMEOUT
        while self._read_until(deadline):
            pass

    def _read_until(self, deadline: float) -> bytes | None:
        """Return what has come, or None at the end."""
        left = deadline - time.monotonic()
        if left <= 0:
            msg = "it took too long"
            raise TimeoutError(msg)
        self.sock.settimeout(left)
        return self.sock.recv(READ_SIZE) or None


class Handler(socketserver.BaseRequestHandler):
    """One client, in a thread of its own."""

    request: socket.socket

    def handle(self) -> None:
        """Send each message back with its number."""
        websocket = WebSocket(self.request)
        try:
            for number, message in enumerate(websocket.messages(), 1):
                websocket.send(f"{number}: {message}" if isinstance(message, str) else message)
        except OSError as error:  # among them the timeouts
            print(f"lost: {error!r}", flush=True)


class Server(socketserver.ThreadingTCPServer):
    """The listening socket."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = (
        128  # how many may wait to be accepted: with the default of 5, some have to try again
    )


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="A WebSocket server with threads.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765, help="0 picks a free one")
    arguments = parser.parse_args()
    with Server((arguments.host, arguments.port), Handler) as server:
        print(f"listening on ws://{arguments.host}:{server.server_address[1]}/", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
