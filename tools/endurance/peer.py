"""One connection from the client's end, on `wsproto` itself: events are awaited, and pings answered."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING

from tools.endurance.agreed import SLOW_BUFFER
from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import AcceptConnection, CloseConnection, Message, Ping, Pong, Request
from wsproto.extensions import PerMessageDeflate

if TYPE_CHECKING:
    from wsproto.events import Event

HOST = "127.0.0.1"
READ_SIZE = 64 * 1024


class Unexpected(Exception):  # noqa: N818 - the server's fault, not an error of this program
    """What the server did not do, or should not have done."""


async def dial(port: int, *, slow: bool = False) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect a socket, with small buffers if it is to read slowly."""
    sock = socket.socket()
    sock.settimeout(0)
    if slow:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SLOW_BUFFER)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        await asyncio.get_running_loop().sock_connect(sock, (HOST, port))
    except BaseException:
        sock.close()
        raise
    return await asyncio.open_connection(sock=sock, limit=SLOW_BUFFER if slow else READ_SIZE)


def reset(writer: asyncio.StreamWriter) -> None:
    """Leave without another word: the server's end of the connection is reset."""
    sock = writer.get_extra_info("socket")
    if sock.fileno() != -1:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class Peer:
    """A client whose handshake is done."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take over a connected socket."""
        self.reader = reader
        self.writer = writer
        self.ws = WSConnection(ConnectionType.CLIENT)
        self.deflate = False
        self._has_ended = False

    async def shake_hands(self, location: str, *, deflate: bool) -> None:
        """Do the handshake, with permessage-deflate or not."""
        extensions = [PerMessageDeflate()] if deflate else []
        self.writer.write(self.ws.send(Request(host=HOST, target=location, extensions=extensions)))
        event = await self.next()
        if not isinstance(event, AcceptConnection):
            raise Unexpected(f"the handshake was answered with {event}")
        self.deflate = deflate

    async def send(self, *sent: Event) -> None:
        """Send events at once, and wait until they are on their way."""
        self.writer.write(b"".join(map(self.ws.send, sent)))
        await self.writer.drain()

    async def next(self) -> Event:
        """Return the next event that is no ping, which are answered."""
        while True:
            for event in self.ws.events():
                if not isinstance(event, Ping):
                    return event
                if self.ws.state is ConnectionState.OPEN and not self._has_ended:
                    self.writer.write(self.ws.send(event.response()))
            data = await self.reader.read(READ_SIZE)
            self.ws.receive_data(data or None)

    async def message(self) -> str | bytes:
        """Return the next message; pongs may come before it."""
        parts: list[str | bytes] = []
        while True:
            event = await self.next()
            if isinstance(event, Pong):
                continue
            if not isinstance(event, Message):
                raise Unexpected(f"instead of a message came {event}")
            parts.append(event.data if isinstance(event.data, str) else bytes(event.data))
            if event.message_finished:
                return "".join(parts) if isinstance(parts[0], str) else b"".join(parts)  # type: ignore[arg-type]

    async def closing(self) -> CloseConnection:
        """Return the end of the connection; 1006 is its code if there was no close frame."""
        while not isinstance(event := await self.next(), CloseConnection):
            pass
        return event

    def end(self) -> None:
        """End this side of the stream, without a close frame."""
        self._has_ended = True
        self.writer.write_eof()

    async def finish(self) -> None:
        """Wait for the end of the server's side of the stream, and end this one."""
        while await self.reader.read(READ_SIZE):
            pass
        self.writer.close()
