"""
A client over HTTP/2 (RFC 8441), with `h2` and a blocking socket.

    python -m examples.http2_client --port 8765 "first message" "second message"

It sends each message to an echo server such as `http2_server.py`, and prints what comes back.
"""

from __future__ import annotations

import argparse
import socket
import sys
from typing import TYPE_CHECKING

import h2.config
import h2.connection
import h2.events

from examples.messages import Messages
from wsproto import ConnectionType
from wsproto.connection import Connection, ConnectionState
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, TextMessage
from wsproto.extensions import PerMessageDeflate
from wsproto.handshake import client_extensions_handshake
from wsproto.utilities import split_comma_header

if TYPE_CHECKING:
    from wsproto.extensions import Extension

READ_SIZE = 64 * 1024


class RefusedError(Exception):
    """The server would not open a WebSocket."""


class Http2WebSocket:
    """A WebSocket in the one stream of an HTTP/2 connection."""

    def __init__(self, sock: socket.socket, authority: str, target: str = "/") -> None:
        """Shake hands on a connected socket; raise `RefusedError` if the server will not."""
        self.sock = sock
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
        self.messages = Messages()
        self.extensions: list[Extension] = [PerMessageDeflate()]
        self.ws: Connection | None = None
        self.h2.initiate_connection()
        self._connect(authority, target)

    def _connect(self, authority: str, target: str) -> None:
        # An extended CONNECT may be sent once the server's settings allow it (RFC 8441, section 3).
        while self.h2.remote_settings.enable_connect_protocol != 1:
            self._exchange()
        self.stream_id = self.h2.get_next_available_stream_id()
        offer = self.extensions[0].offer()
        self.h2.send_headers(
            self.stream_id,
            [
                (":method", "CONNECT"),
                (":protocol", "websocket"),
                (":scheme", "http"),
                (":path", target),
                (":authority", authority),
                ("sec-websocket-version", "13"),
                ("sec-websocket-extensions", f"{self.extensions[0].name}; {offer}"),
            ],
        )
        while self.ws is None:
            self._exchange()

    def receive(self) -> Event:
        """Return the next event of the WebSocket; pings and the server's close are answered."""
        assert self.ws is not None
        while (event := next(self.ws.events(), None)) is None:
            self._exchange()
        # REMOTE_CLOSING: the server closes. OPEN, and yet a CloseConnection: it broke the protocol.
        if (isinstance(event, Ping) and self.ws.state is ConnectionState.OPEN) or (
            isinstance(event, CloseConnection)
            and self.ws.state in (ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING)
        ):
            self.send(event.response())
        return event

    def receive_message(self) -> str | bytes | None:
        """Return the next message, or None if the server closes instead."""
        while not isinstance(event := self.receive(), CloseConnection):
            if isinstance(event, TextMessage | BytesMessage):
                message = self.messages.add(event)
                if message is not None:
                    return message
        return None

    def send(self, event: Event) -> None:
        """Send an event, and wait for the window for it (RFC 9113, section 5.2)."""
        assert self.ws is not None
        data = self.ws.send(event)
        while data:
            size = min(self.h2.local_flow_control_window(self.stream_id), self.h2.max_outbound_frame_size)
            if size <= 0:
                self._exchange()
                continue
            self.h2.send_data(self.stream_id, data[:size])
            data = data[size:]
        self._flush()

    def close(self) -> None:
        """Go through the closing handshake, and end the stream."""
        self.send(CloseConnection(1000))
        while not isinstance(self.receive(), CloseConnection):
            pass
        self.h2.end_stream(self.stream_id)
        self._flush()

    def _flush(self) -> None:
        self.sock.sendall(self.h2.data_to_send())

    def _exchange(self) -> None:
        """Send what is to be sent, read once, and hand on what has come."""
        self._flush()
        data = self.sock.recv(READ_SIZE)
        if not data:
            msg = "the server has gone"
            raise ConnectionResetError(msg)
        for event in self.h2.receive_data(data):
            self._react(event)
        self._flush()

    def _react(self, event: h2.events.Event) -> None:
        match event:
            case h2.events.ResponseReceived(headers=headers):
                response = dict(headers)
                if response[b":status"] != b"200":
                    raise RefusedError(response[b":status"].decode())
                accepted = split_comma_header(response.get(b"sec-websocket-extensions", b""))
                extensions = client_extensions_handshake(accepted, self.extensions)
                self.ws = Connection(ConnectionType.CLIENT, extensions)
            case h2.events.DataReceived(data=data, flow_controlled_length=length):
                assert self.ws is not None
                self.ws.receive_data(data)
                self.h2.acknowledge_received_data(length, self.stream_id)
            case h2.events.StreamEnded() | h2.events.StreamReset() | h2.events.ConnectionTerminated():
                if self.ws is not None and self.ws.state is not ConnectionState.CLOSED:
                    self.ws.receive_data(None)


def main() -> None:
    """Send the messages of the command line."""
    parser = argparse.ArgumentParser(description="Messages over HTTP/2, and back.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("messages", nargs="+", metavar="MESSAGE")
    arguments = parser.parse_args()
    with socket.create_connection((arguments.host, arguments.port)) as sock:
        try:
            websocket = Http2WebSocket(sock, f"{arguments.host}:{arguments.port}")
        except RefusedError as error:
            sys.exit(f"refused: {error}")
        for message in arguments.messages:
            websocket.send(TextMessage(message))
            print(websocket.receive_message(), flush=True)
        websocket.close()


if __name__ == "__main__":
    main()
