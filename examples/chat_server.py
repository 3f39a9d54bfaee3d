"""
A chat: one page, one WebSocket for each browser that shows it, one program that serves both.

    python -m examples.chat_server --port 8765

Then open http://127.0.0.1:8765/ in two windows. Every message goes to everyone, so unlike in an echo
senders must not wait for the slowest reader: a client with more than `MAX_UNREAD` bytes unread is dropped.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

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

PAGE = Path(__file__).with_name("chat.html")
PAGE_REQUEST = re.compile(rb"GET /(\?\S*)? ")
READ_SIZE = 64 * 1024
MAX_LINE = 4096
MAX_UNREAD = 256 * 1024
HANDSHAKE_TIMEOUT = 10.0
PING_INTERVAL = 20.0
CLOSE_TIMEOUT = 10.0


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Member:
    """Somebody in the chat."""

    def __init__(
        self, members: set[Member], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Take over the streams of a browser; `members` is everyone."""
        self.ws = WSConnection(ConnectionType.SERVER)
        self.members = members
        self.reader = reader
        self.writer = writer
        self.name = ""
        self.incoming = Messages(MAX_LINE)

    async def run(self, data: bytes) -> None:
        """Serve a browser whose request is in `data`, until it leaves."""
        try:
            self.ws.receive_data(data)
            while self._react_to_all():
                await self.writer.drain()
                self.ws.receive_data(await self._read())
        except RemoteProtocolError as error:
            # Not a WebSocket handshake. The hint is the HTTP response that says so.
            self._write(error.event_hint or RejectConnection())
        finally:
            if self in self.members:
                self.members.remove(self)
                self._tell_everyone(f"{self.name} has left")
        await asyncio.wait_for(self._hang_up(), CLOSE_TIMEOUT)

    async def _read(self) -> bytes | None:
        """Return received bytes, or None at the end; after some silence, send a ping."""
        try:
            return await asyncio.wait_for(self.reader.read(READ_SIZE), PING_INTERVAL) or None
        except asyncio.TimeoutError:
            if self.ws.state is not ConnectionState.OPEN:
                raise
            self._write(Ping())
            return await asyncio.wait_for(self.reader.read(READ_SIZE), PING_INTERVAL) or None

    async def _hang_up(self) -> None:
        """End our side, and wait for the browser to end its own (RFC 6455, 7.1.1)."""
        self.writer.write_eof()
        while await self.reader.read(READ_SIZE):
            pass

    def _react_to_all(self) -> bool:
        """React to all that has come; return whether there is more to come."""
        return all(self._react(event) for event in self.ws.events())

    def _react(self, event: Event) -> bool:
        match event:
            case Request():
                return self._enter(event)
            case TextMessage() | BytesMessage():
                return self._listen(event)
            case Ping():
                self._write(event.response())  # RFC 6455, 5.5.2
            case CloseConnection():
                # OPEN: the browser broke the protocol, and this says how. CLOSED: it is gone.
                if self.ws.state in (ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING):
                    self._write(event.response())
                return False
        return True

    def _enter(self, request: Request) -> bool:
        origin = dict(request.extra_headers).get(b"origin")
        if origin is not None and urlsplit(origin).netloc != request.host.encode():
            # A page from elsewhere, in a browser that would lend it our cookies (RFC 6455, 10.2).
            self._write(RejectConnection(status_code=403, headers=[(b"content-length", b"0")]))
            return False
        self.name = parse_qs(urlsplit(request.target).query).get("name", ["somebody"])[0][:40]
        self._write(AcceptConnection(extensions=[PerMessageDeflate()]))
        self.members.add(self)
        self._tell_everyone(f"{self.name} is here")
        return True

    def _listen(self, event: TextMessage | BytesMessage) -> bool:
        try:
            line = self.incoming.add(event)
        except MessageTooBigError:
            self._write(CloseConnection(CloseReason.MESSAGE_TOO_BIG, f"more than {MAX_LINE} characters"))
            return False
        if isinstance(line, str):
            self._tell_everyone(line, self.name)
        return True

    def _tell_everyone(self, line: str, name: str | None = None) -> None:
        message = TextMessage(json.dumps({"name": name, "line": line}))
        for member in self.members:
            if member.ws.state is ConnectionState.OPEN and not member.writer.is_closing():
                member._write(message)  # noqa: SLF001

    def _write(self, event: Event) -> None:
        """Send without waiting; drop the browser if it does not keep up with what is sent."""
        self.writer.write(self.ws.send(event))
        if self.writer.transport.get_write_buffer_size() > MAX_UNREAD:
            self.writer.transport.abort()


def page() -> bytes:
    """Return the HTTP response with the page in it."""
    body = PAGE.read_bytes()
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def handler(members: set[Member]) -> Handler:
    """Return what asyncio calls for each connection."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HANDSHAKE_TIMEOUT)
            if PAGE_REQUEST.match(head):
                writer.write(page())
                await writer.drain()
            else:
                await Member(members, reader, writer).run(head)
        except (OSError, EOFError, asyncio.LimitOverrunError, asyncio.TimeoutError) as error:
            print(f"lost: {error!r}", flush=True)
        finally:
            writer.close()

    return handle


async def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="A chat with its page.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765, help="0 picks a free one")
    arguments = parser.parse_args()
    server = await asyncio.start_server(handler(set()), arguments.host, arguments.port)
    port = server.sockets[0].getsockname()[1]
    print(f"listening on http://{arguments.host}:{port}/", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
