"""
An echo server: asyncio does the I/O, wsproto speaks the protocol.

    python examples/echo_server.py --host 127.0.0.1 --port 8765

wsproto never touches a socket. `EchoConnection` below is the whole of what a program adds to it: read
bytes, hand them over, look at the events, write what `send()` returns. RFC 6455 leaves the rest of
the decisions to the program, and each is marked with its section: which handshakes to accept (4.2.2),
how to treat fragments (5.4), answering pings (5.5.2), and when to close what (7).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING

from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    RejectConnection,
    RejectData,
    Request,
    TextMessage,
)
from wsproto.extensions import PerMessageDeflate
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import RemoteProtocolError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from wsproto.extensions import Extension

READ_SIZE = 64 * 1024
MAX_MESSAGE = 16 * 1024 * 1024
HANDSHAKE_TIMEOUT = 10.0
CLOSE_TIMEOUT = 10.0
SUBPROTOCOLS = ("echo",)


def quiet(_line: str) -> None:
    """Report nothing."""


class EchoConnection:
    """One client: a pair of asyncio streams around one `WSConnection`."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        report: Callable[[str], None] = quiet,
    ) -> None:
        """Take over the streams of a connection that has just been made."""
        self.ws = WSConnection(ConnectionType.SERVER)
        self.reader = reader
        self.writer = writer
        self.report = report
        self.finished = False
        # The pieces of the message in progress; a message is all text or all binary (RFC 6455 section 5.4).
        self.text: list[str] = []
        self.binary: list[bytes | bytearray] = []
        self.size = 0

    async def run(self) -> None:
        """Serve the client until either side is done with the other."""
        try:
            await asyncio.wait_for(self.shake_hands(), HANDSHAKE_TIMEOUT)
            while self.ws.state is not ConnectionState.CLOSED and not self.finished:
                await self.exchange()
            await asyncio.wait_for(self.hang_up(), CLOSE_TIMEOUT)
        except (OSError, asyncio.TimeoutError) as error:
            self.report(f"lost: {error!r}")
        finally:
            await end(self.writer)

    async def shake_hands(self) -> None:
        """Read the upgrade request and answer it (RFC 6455, 4.2)."""
        while self.ws.state is ConnectionState.CONNECTING:
            data = await self.reader.read(READ_SIZE)
            if not data:
                msg = "the client left during the handshake"
                raise ConnectionResetError(msg)
            try:
                self.ws.receive_data(data)
                for event in self.ws.events():
                    if isinstance(event, Request):
                        await self.write(self.answer(event))
            except RemoteProtocolError as error:
                # Not a WebSocket handshake. The hint is the HTTP response that says so.
                self.report(f"refused: {error}")
                await self.write(self.ws.send(error.event_hint or RejectConnection()))
            except ValueError as error:
                # A host name or an extension parameter that cannot be decoded.
                self.report(f"refused: {error}")
                await self.write(self.ws.send(RejectConnection()))

    def answer(self, request: Request) -> bytes:
        """Accept the request, or refuse it with a page that a person can read."""
        if request.target.partition("?")[0] != "/":
            self.report(f"refused: {request.target}")
            body = b"The echo is at /, and nowhere else.\n"
            headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(body))]
            head = self.ws.send(RejectConnection(status_code=404, headers=headers, has_body=True))
            return head + self.ws.send(RejectData(data=body))
        # The first of the client's choices that we know too, or none (RFC 6455, 4.2.2, step 5).
        subprotocol = next((name for name in request.subprotocols if name in SUBPROTOCOLS), None)
        self.report(f"accepted: {request.target}")
        return self.ws.send(AcceptConnection(subprotocol=subprotocol, extensions=self.extensions()))

    def extensions(self) -> list[Extension]:
        """Return those to use if the client has offered them too: permessage-deflate (RFC 7692)."""
        return [PerMessageDeflate()]

    async def exchange(self) -> None:
        """Read once, and answer every event that this brought."""
        # A client that has our close frame and never answers it must not keep the connection.
        patience = None if self.ws.state is ConnectionState.OPEN else CLOSE_TIMEOUT
        data = await asyncio.wait_for(self.reader.read(READ_SIZE), patience)
        self.ws.receive_data(data or None)  # None tells wsproto that the stream has ended
        await self.write(b"".join([self.react(event) for event in self.ws.events()]))

    def react(self, event: Event) -> bytes:
        """Return the bytes that answer one event."""
        if isinstance(event, TextMessage | BytesMessage):
            return self.echo(event)
        if isinstance(event, Ping) and self.ws.state is ConnectionState.OPEN:
            return self.ws.send(event.response())
        if isinstance(event, CloseConnection):
            self.report(f"closed: {int(event.code)} {event.reason or ''}".rstrip())
            # The client closes (REMOTE_CLOSING: echo its code), or it broke the protocol (still
            # OPEN: the event says which code to fail it with), or it has answered our close or
            # vanished (CLOSED: nothing is left to say). RFC 6455, 5.5.1 and 7.1.7.
            self.finished = True
            if self.ws.state in (ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING):
                return self.ws.send(event.response())
        return b""

    def echo(self, event: TextMessage | BytesMessage) -> bytes:
        """Collect the pieces of a message and send it back when it is whole."""
        if self.ws.state is not ConnectionState.OPEN:
            return b""  # nothing may follow our own close frame (RFC 6455, 5.5.1)
        if isinstance(event, TextMessage):
            self.text.append(event.data)
        else:
            self.binary.append(event.data)
        self.size += len(event.data)
        if self.size > MAX_MESSAGE:
            return self.close(CloseReason.MESSAGE_TOO_BIG, f"more than {MAX_MESSAGE} in one message")
        if not event.message_finished:
            return b""
        whole = TextMessage("".join(self.text)) if self.text else BytesMessage(b"".join(self.binary))
        self.text.clear()
        self.binary.clear()
        self.size = 0
        return self.ws.send(whole)

    def close(self, code: int, reason: str) -> bytes:
        """Begin the closing handshake; `exchange` goes on until the client has answered."""
        self.report(f"closing: {int(code)} {reason}")
        return self.ws.send(CloseConnection(code, reason))

    async def write(self, data: bytes) -> None:
        """
        Write, and wait while the client is slow to read.

        No more is read from a client that does not take its answers, so that what it can make us
        hold in memory stays bounded.
        """
        if data:
            self.writer.write(data)
            await self.writer.drain()

    async def hang_up(self) -> None:
        """
        End our side first, as RFC 6455, 7.1.1 asks of a server, and wait for the client's end.

        Closing a socket with unread input makes TCP drop what the client has not read yet, the
        close frame first of all. TLS cannot end one side alone, and reads what is unread when it closes.
        """
        if not self.writer.can_write_eof():
            return
        self.writer.write_eof()
        while await self.reader.read(READ_SIZE):
            pass


async def end(writer: asyncio.StreamWriter) -> None:
    """Close a stream and wait until it is closed; asyncio logs errors of streams that are not awaited."""
    writer.close()
    with contextlib.suppress(OSError):  # the client has gone without a word
        try:
            await asyncio.wait_for(writer.wait_closed(), CLOSE_TIMEOUT)
        except asyncio.TimeoutError:
            writer.transport.abort()  # it does not read what is left


class EchoServer:
    """A listening socket and the connections that came from it."""

    def __init__(
        self,
        report: Callable[[str], None] = quiet,
        connection_class: type[EchoConnection] = EchoConnection,
    ) -> None:
        """Prepare; `listen` is what starts it."""
        self.connections: dict[EchoConnection, asyncio.Task[None]] = {}
        self.report = report
        self.connection_class = connection_class
        self._server: asyncio.Server | None = None

    async def listen(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        """Accept connections from now on."""
        self._server = await asyncio.start_server(self._connected, host, port, ssl=tls)

    @property
    def port(self) -> int:
        """The port it listens on: the one that was free, if it was asked for port 0."""
        if self._server is None:
            msg = "not listening"
            raise RuntimeError(msg)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        """Stop listening, tell every client (code 1001, RFC 6455, 7.4.1), wait for their answers."""
        if self._server is not None:
            self._server.close()
        tasks = list(self.connections.values())
        for connection in list(self.connections):
            if connection.ws.state is ConnectionState.OPEN:
                connection.writer.write(connection.close(CloseReason.GOING_AWAY, "server shutting down"))
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=CLOSE_TIMEOUT)
            for task in late:
                task.cancel()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = self.connection_class(reader, writer, self.report)
        task = asyncio.get_running_loop().create_task(connection.run())
        self.connections[connection] = task
        task.add_done_callback(lambda _task: self.connections.pop(connection))


async def serve(host: str = "127.0.0.1", port: int = 0, report: Callable[[str], None] = quiet) -> EchoServer:
    """Start an echo server on a running event loop; `close()` it when done."""
    server = EchoServer(report)
    await server.listen(host, port)
    return server


def command_line(description: str) -> argparse.ArgumentParser:
    """Return the options that every server has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765, help="0 picks a free one")
    return parser


async def run(
    arguments: argparse.Namespace,
    connection_class: type[EchoConnection] = EchoConnection,
    tls: ssl.SSLContext | None = None,
) -> None:
    """Serve until interrupted or terminated."""
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C still works, as an exception
            asyncio.get_running_loop().add_signal_handler(name, stop.set)

    server = EchoServer(lambda line: print(line, flush=True), connection_class)
    await server.listen(arguments.host, arguments.port, tls)
    scheme = "wss" if tls else "ws"
    print(f"listening on {scheme}://{arguments.host}:{server.port}/", flush=True)
    try:
        await stop.wait()
    finally:
        await server.close()


if __name__ == "__main__":
    asyncio.run(run(command_line("A WebSocket echo server.").parse_args()))
