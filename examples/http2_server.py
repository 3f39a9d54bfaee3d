"""
An echo server over HTTP/2: many WebSockets on one TCP connection (RFC 8441), with `h2`.

    python -m examples.http2_server --port 8765 [--certificate chain.pem --key key.pem]

HTTP/2 has a handshake of its own, so it is `wsproto.Connection` that is used here, which begins where the
handshake is over; the extensions are negotiated by `server_extensions_handshake`. Browsers speak HTTP/2
over TLS only; without a certificate this is for clients with prior knowledge.

Back-pressure is HTTP/2's: a client gets its window back (RFC 9113, 5.2) only when it has taken its echoes.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ssl
from typing import TYPE_CHECKING

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings

from examples.messages import MAX_MESSAGE, Messages, MessageTooBigError
from wsproto import ConnectionType
from wsproto.connection import Connection, ConnectionState
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, TextMessage
from wsproto.extensions import PerMessageDeflate
from wsproto.frame_protocol import CloseReason
from wsproto.handshake import server_extensions_handshake
from wsproto.utilities import split_comma_header

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wsproto.extensions import Extension

READ_SIZE = 64 * 1024
SETTINGS = {
    h2.settings.SettingCodes.ENABLE_CONNECT_PROTOCOL: 1,  # RFC 8441, section 3
    h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: 100,
    h2.settings.SettingCodes.MAX_HEADER_LIST_SIZE: 16 * 1024,
}


class EchoStream:
    """One WebSocket: a stream of an HTTP/2 connection."""

    def __init__(self, h2_connection: h2.connection.H2Connection, stream_id: int) -> None:
        """Begin with a stream whose request has come."""
        self.h2 = h2_connection
        self.id = stream_id
        self.ws: Connection | None = None
        self.messages = Messages()
        self.unsent = bytearray()
        self.unacknowledged = 0
        self.finished = False

    def open(self, fields: Iterable[tuple[bytes, bytes]]) -> None:
        """Answer an extended CONNECT (RFC 8441, sections 4 and 5), or refuse the request."""
        headers: dict[bytes, bytes] = {}
        for name, value in fields:  # what comes several times is one list (RFC 9110, 5.3)
            headers[name] = headers[name] + b", " + value if name in headers else value
        if headers.get(b":method") != b"CONNECT" or headers.get(b":protocol") != b"websocket":
            return self._respond(b"404", end=True)
        if headers.get(b"sec-websocket-version") != b"13":
            return self._respond(b"400", (b"sec-websocket-version", b"13"), end=True)
        extensions: list[Extension] = [PerMessageDeflate()]
        offers = split_comma_header(headers.get(b"sec-websocket-extensions", b""))
        accepted = server_extensions_handshake(offers, extensions)
        # Those that were declined are not enabled, and do nothing.
        self.ws = Connection(ConnectionType.SERVER, extensions)
        return self._respond(b"200", *([(b"sec-websocket-extensions", accepted)] if accepted else []))

    def _respond(self, status: bytes, *headers: tuple[bytes, bytes], end: bool = False) -> None:
        self.h2.send_headers(self.id, [(b":status", status), *headers], end_stream=end)
        self.finished = end

    def receive(self, data: bytes | None, flow_controlled_length: int = 0) -> None:
        """Take what the client has sent, or None at the end of its side of the stream."""
        self.unacknowledged += flow_controlled_length
        if self.ws is None or self.ws.state is ConnectionState.CLOSED:
            return
        self.ws.receive_data(data)
        for event in self.ws.events():
            self.unsent += self.react(self.ws, event)

    def react(self, ws: Connection, event: Event) -> bytes:
        """Return the bytes that answer one event."""
        if isinstance(event, CloseConnection):
            self.finished = True
            # OPEN: the client broke the protocol, and this says how. CLOSED: it is gone.
            if ws.state in (ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING):
                return ws.send(event.response())
        elif self.finished:
            pass  # it has our close frame
        elif isinstance(event, Ping):
            return ws.send(event.response())
        elif isinstance(event, TextMessage | BytesMessage):
            try:
                message = self.messages.add(event)
            except MessageTooBigError:
                self.finished = True
                return ws.send(CloseConnection(CloseReason.MESSAGE_TOO_BIG, f"more than {MAX_MESSAGE}"))
            if message is not None:
                return ws.send(TextMessage(message) if isinstance(message, str) else BytesMessage(message))
        return b""

    def flush(self) -> bool:
        """Send as much as the client has a window for; return whether the stream is done with."""
        while self.unsent:
            window = self.h2.local_flow_control_window(self.id)
            size = min(window, self.h2.max_outbound_frame_size, len(self.unsent))
            if size <= 0:
                return False
            self.h2.send_data(self.id, bytes(self.unsent[:size]))
            del self.unsent[:size]
        if self.unacknowledged:
            self.h2.acknowledge_received_data(self.unacknowledged, self.id)
            self.unacknowledged = 0
        if self.finished and self.ws is not None:
            self.h2.end_stream(self.id)
        return self.finished


class Http2Server:
    """One HTTP/2 connection: its streams, and the pair of asyncio streams below them."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take over the streams of a connection that has just been made."""
        config = h2.config.H2Configuration(client_side=False)
        self.h2 = h2.connection.H2Connection(config)
        self.h2.local_settings = h2.settings.Settings(client=False, initial_values=SETTINGS)
        self.reader = reader
        self.writer = writer
        self.streams: dict[int, EchoStream] = {}

    async def run(self) -> None:
        """Serve until the client leaves."""
        self.h2.initiate_connection()
        await self._write()
        while data := await self.reader.read(READ_SIZE):
            try:
                events = self.h2.receive_data(data)
            except h2.exceptions.ProtocolError:
                await self._write()  # h2 has prepared the GOAWAY frame that says why
                return
            for event in events:
                self._react(event)
            for stream in list(self.streams.values()):
                if stream.flush():
                    del self.streams[stream.id]
            await self._write()

    def _react(self, event: h2.events.Event) -> None:
        match event:
            case h2.events.RequestReceived(stream_id=stream_id, headers=headers):
                stream = self.streams[stream_id] = EchoStream(self.h2, stream_id)
                stream.open(headers)
            case h2.events.DataReceived(stream_id=stream_id) if stream_id in self.streams:
                self.streams[stream_id].receive(event.data, event.flow_controlled_length)
            case h2.events.DataReceived(stream_id=stream_id):
                # The stream is over; only the connection's window is left to be given back.
                self.h2.acknowledge_received_data(event.flow_controlled_length, stream_id)
            case h2.events.StreamEnded(stream_id=stream_id) if stream_id in self.streams:
                self.streams[stream_id].receive(None)
            case h2.events.StreamReset(stream_id=stream_id):
                # The other end of a TCP connection that breaks, for a WebSocket (RFC 8441, section 5).
                self.streams.pop(stream_id, None)

    async def _write(self) -> None:
        self.writer.write(self.h2.data_to_send())
        await self.writer.drain()


def context(certificate: str, key: str | None) -> ssl.SSLContext:
    """Return the settings of TLS, with which a client can tell that HTTP/2 is spoken (RFC 9113, 3.2)."""
    settings = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    settings.minimum_version = ssl.TLSVersion.TLSv1_2
    settings.set_alpn_protocols(["h2"])
    settings.load_cert_chain(certificate, key)
    return settings


async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve one TCP connection."""
    with contextlib.suppress(OSError):  # the client has vanished
        await Http2Server(reader, writer).run()
    writer.close()


async def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="A WebSocket echo server over HTTP/2.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765, help="0 picks a free one")
    parser.add_argument("--certificate", metavar="FILE", help="the chain, in PEM")
    parser.add_argument("--key", metavar="FILE", help="the private key, if it is in a file of its own")
    arguments = parser.parse_args()
    tls = context(arguments.certificate, arguments.key) if arguments.certificate else None
    server = await asyncio.start_server(handle, arguments.host, arguments.port, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    print(f"listening on {'https' if tls else 'http'}://{arguments.host}:{port}/", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
