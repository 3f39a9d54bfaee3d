"""
A blocking WebSocket client: one socket, one `WSConnection`, no threads.

    python examples/client.py --port 8765 [--compress]

It talks to an echo server such as `echo_server.py` and prints the events as they happen: text, binary,
a fragmented message, a ping, one MiB, and the closing handshake (RFC 6455, sections 4.1, 5.4, 5.5, 7).
"""

from __future__ import annotations

import argparse
import os
import socket
from typing import TYPE_CHECKING, NamedTuple

from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    Pong,
    RejectConnection,
    RejectData,
    Request,
    TextMessage,
)
from wsproto.extensions import PerMessageDeflate
from wsproto.frame_protocol import CloseReason

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Sequence

    from wsproto.extensions import Extension

READ_SIZE = 64 * 1024
LONGEST_SHOWN = 60


class RejectedError(Exception):
    """The server answered the upgrade request with something other than 101."""

    def __init__(self, status_code: int, body: bytes) -> None:
        """Keep the response for the caller."""
        super().__init__(f"the server refused the connection: {status_code} {body!r}")
        self.status_code = status_code
        self.body = body


class ClosedError(Exception):
    """The connection ended where a message was expected."""

    def __init__(self, code: int, reason: str | None) -> None:
        """Keep the code and the reason for the caller."""
        super().__init__(f"the connection is closed: {int(code)} {reason or ''}".rstrip())
        self.code = code
        self.reason = reason


class Client:
    """A connection to a server, open from construction to `close()`."""

    def __init__(  # noqa: PLR0913 (all but the address are keywords)
        self,
        host: str,
        port: int,
        *,
        target: str = "/",
        subprotocols: Sequence[str] = (),
        extensions: Sequence[Extension] = (),
        headers: Sequence[tuple[bytes, bytes]] = (),
        tls: ssl.SSLContext | None = None,
        report: Callable[[str, Event], None] = lambda _verb, _event: None,
        timeout: float = 30.0,
    ) -> None:
        """Connect and upgrade (RFC 6455, 4.1); raise `RejectedError` if the server will not."""
        self.report = report
        self.ws = WSConnection(ConnectionType.CLIENT)
        self.sock = socket.create_connection((host, port), timeout)
        try:
            # Messages are sent whole; waiting for more to fill a packet only delays them.
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if tls is not None:
                self.sock = tls.wrap_socket(self.sock, server_hostname=host)
            self.accepted = self._upgrade(
                Request(
                    host=f"{host}:{port}",
                    target=target,
                    subprotocols=list(subprotocols),
                    extensions=list(extensions),
                    extra_headers=list(headers),
                )
            )
        except BaseException:
            self.sock.close()
            raise

    def __enter__(self) -> Client:  # noqa: PYI034 (typing.Self came with Python 3.11)
        """Leave the block to close the socket, whatever happened in it."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """Close the socket."""
        self.sock.close()

    def _upgrade(self, request: Request) -> AcceptConnection:
        self.send(request)
        answer = self.receive()
        if isinstance(answer, RejectConnection):
            body = b""
            while isinstance(data := self.receive(), RejectData):
                body += data.data
                if data.body_finished:
                    break
            raise RejectedError(answer.status_code, body)
        if not isinstance(answer, AcceptConnection):
            raise TypeError(answer)
        return answer

    def send(self, *events: Event) -> None:
        """Send the events in one write."""
        for event in events:
            self.report("sent", event)
        self.sock.sendall(b"".join([self.ws.send(event) for event in events]))

    def receive(self) -> Event:
        """Return the next event; pings and the server's close are answered on the way."""
        while (event := next(self.ws.events(), None)) is None:
            self._read()
        self.report("received", event)
        if isinstance(event, Ping) and self.ws.state is ConnectionState.OPEN:
            self.send(event.response())  # RFC 6455, 5.5.2
        elif isinstance(event, CloseConnection) and self.ws.state in (
            ConnectionState.REMOTE_CLOSING,  # the server closes: return its close frame (5.5.1)
            ConnectionState.OPEN,  # the server broke the protocol: fail the connection (7.1.7)
        ):
            self.send(event.response())
        return event

    def _read(self) -> None:
        if self.ws.state is ConnectionState.CLOSED:
            raise ClosedError(CloseReason.ABNORMAL_CLOSURE, None)
        try:
            data = self.sock.recv(READ_SIZE)
        except ConnectionError:
            data = b""
        self.ws.receive_data(data or None)  # None tells wsproto that the stream has ended

    def receive_message(self) -> str | bytes:
        """Return the next message whole, however it was cut; raise `ClosedError` if there is none."""
        text: list[str] = []
        binary: list[bytes | bytearray] = []
        while True:
            event = self.receive()
            if isinstance(event, CloseConnection):
                raise ClosedError(event.code, event.reason)
            if isinstance(event, TextMessage):
                text.append(event.data)
                if event.message_finished:
                    return "".join(text)
            elif isinstance(event, BytesMessage):
                binary.append(event.data)
                if event.message_finished:
                    return b"".join(binary)

    def ping(self, payload: bytes) -> None:
        """Send a ping and wait for the pong that carries the same payload (RFC 6455, 5.5.3)."""
        self.send(Ping(payload))
        while True:
            event = self.receive()
            if isinstance(event, CloseConnection):
                raise ClosedError(event.code, event.reason)
            if event == Pong(payload):
                return

    def close(self, code: int = CloseReason.NORMAL_CLOSURE, reason: str | None = None) -> CloseConnection:
        """Go through the closing handshake, and return the server's half of it (RFC 6455, 7.1.2)."""
        self.send(CloseConnection(code, reason))
        while not isinstance(event := self.receive(), CloseConnection):
            pass  # messages that crossed our close frame on the way
        self.sock.close()
        return event


class Exchanged(NamedTuple):
    """The messages of a connection and their bytes, both directions together."""

    messages: int
    payload_bytes: int


def converse(client: Client) -> Exchanged:
    """Hold the conversation with an echo server, and check each of its answers."""
    mebibyte = os.urandom(512 * 1024).hex()
    conversation: list[tuple[list[Event], str | bytes]] = [
        ([TextMessage("Grüße aus dem Äther ✓")], "Grüße aus dem Äther ✓"),
        ([BytesMessage(bytes(range(256)))], bytes(range(256))),
        (
            [
                TextMessage("in three ", message_finished=False),
                TextMessage("fragments, ", message_finished=False),
                Ping(b"between two of them"),  # control frames may interrupt a message (RFC 6455, 5.4)
                TextMessage("one message"),
            ],
            "in three fragments, one message",
        ),
        ([TextMessage(mebibyte)], mebibyte),
    ]
    payload_bytes = 0
    for events, expected in conversation:
        client.send(*events)
        expect(client.receive_message(), expected)
        payload_bytes += 2 * len(expected.encode() if isinstance(expected, str) else expected)
    client.ping(b"still there?")
    answer = client.close(CloseReason.NORMAL_CLOSURE, "that was all")
    expect((int(answer.code), answer.reason), (1000, "that was all"))
    return Exchanged(2 * len(conversation), payload_bytes)


def expect(found: object, expected: object) -> None:
    """Raise unless the server did what an echo server does."""
    if found != expected:
        msg = f"expected {expected!r:.200}, got {found!r:.200}"
        raise AssertionError(msg)


def show(verb: str, event: Event) -> None:
    """Print one event on one line."""
    if isinstance(event, TextMessage | BytesMessage) and len(event.data) > LONGEST_SHOWN:
        last = ", the end of the message" if event.message_finished else ""
        line = f"{type(event).__name__} {event.data[:24]!r}..., {len(event.data):,} in all{last}"
    else:
        line = repr(event)
    print(f"  {verb:8} {line}", flush=True)


def command_line(description: str) -> argparse.ArgumentParser:
    """Return the options that every client has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--compress", action="store_true", help="offer permessage-deflate (RFC 7692)")
    return parser


def run(
    arguments: argparse.Namespace,
    headers: Sequence[tuple[bytes, bytes]] = (),
    tls: ssl.SSLContext | None = None,
) -> None:
    """Talk to the server named on the command line."""
    extensions = [PerMessageDeflate()] if arguments.compress else []
    with Client(
        arguments.host, arguments.port, extensions=extensions, headers=headers, tls=tls, report=show
    ) as client:
        exchanged = converse(client)
    print(f"{exchanged.messages} messages, {exchanged.payload_bytes:,} bytes, all as expected")


if __name__ == "__main__":
    run(command_line("A conversation with a WebSocket echo server.").parse_args())
