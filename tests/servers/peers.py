"""The clients of the public `websockets` library, asyncio and threaded, behind one blocking interface."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from typing import TYPE_CHECKING, Protocol

import websockets.asyncio.client
import websockets.sync.client
from websockets.exceptions import ConnectionClosed

from tests.servers.ours import LIMIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from websockets.typing import Subprotocol

    from tests.servers.loop import LoopThread

Sendable = str | bytes | list[str]
"""What can be sent: a list goes out as one message in as many fragments."""


MAX_SIZE = 2**21
"""Above the 1 MiB default, which counts a frame as compressed: what does not compress grows a little."""


def reset(sock: socket.socket) -> None:
    """Arrange that closing the socket resets the connection, as a crashing process would."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Peer(Protocol):
    """A connected client."""

    extensions: list[str]
    subprotocol: str | None

    def send(self, message: Sendable) -> None:
        """Send one message."""

    def recv(self) -> str | bytes:
        """Receive one message."""

    def flood(self, messages: list[str]) -> list[str | bytes]:
        """Send all of the messages while receiving as many."""

    def ping(self, payload: bytes) -> None:
        """Send a ping and wait for the pong that answers it."""

    def close(self, code: int = 1000, reason: str = "") -> tuple[int | None, str | None]:
        """Go through the closing handshake; return the server's code and reason."""

    def closed(self) -> tuple[int | None, str | None]:
        """Wait until the server has closed; return its code and reason."""

    def abort(self) -> None:
        """Vanish without a closing handshake."""


class ThreadedPeer:
    """`websockets.sync.client`."""

    def __init__(self, uri: str, compression: str | None, subprotocols: Sequence[Subprotocol] | None) -> None:
        """Connect."""
        # Entered but not left: each test ends the connection in its own way.
        self.connection = websockets.sync.client.connect(
            uri, compression=compression, subprotocols=subprotocols, proxy=None, max_size=MAX_SIZE
        ).__enter__()
        self.extensions: list[str] = [extension.name for extension in self.connection.protocol.extensions]
        self.subprotocol: str | None = self.connection.subprotocol

    def send(self, message: Sendable) -> None:
        self.connection.send(message)

    def recv(self) -> str | bytes:
        return self.connection.recv(LIMIT)

    def flood(self, messages: list[str]) -> list[str | bytes]:
        def send_all() -> None:
            for message in messages:
                self.connection.send(message)

        sender = threading.Thread(target=send_all)
        sender.start()
        received = [self.recv() for _ in messages]
        sender.join(LIMIT)
        return received

    def ping(self, payload: bytes) -> None:
        assert self.connection.ping(payload).wait(LIMIT)

    def close(self, code: int = 1000, reason: str = "") -> tuple[int | None, str | None]:
        self.connection.close(code, reason)
        return self.connection.close_code, self.connection.close_reason

    def closed(self) -> tuple[int | None, str | None]:
        try:
            unexpected = self.recv()
        except ConnectionClosed:
            return self.connection.close_code, self.connection.close_reason
        raise AssertionError(unexpected)

    def abort(self) -> None:
        reset(self.connection.socket)
        self.connection.close_socket()


class AsyncioPeer:
    """`websockets.asyncio.client`."""

    def __init__(
        self, loop: LoopThread, uri: str, compression: str | None, subprotocols: Sequence[Subprotocol] | None
    ) -> None:
        """Connect."""
        self.loop = loop
        self.connection = loop.run(self._connect(uri, compression, subprotocols))
        self.extensions: list[str] = [extension.name for extension in self.connection.protocol.extensions]
        self.subprotocol: str | None = self.connection.subprotocol

    @staticmethod
    async def _connect(
        uri: str, compression: str | None, subprotocols: Sequence[Subprotocol] | None
    ) -> websockets.asyncio.client.ClientConnection:
        return await websockets.asyncio.client.connect(
            uri, compression=compression, subprotocols=subprotocols, proxy=None, max_size=MAX_SIZE
        )

    def send(self, message: Sendable) -> None:
        self.loop.run(self.connection.send(message))

    def recv(self) -> str | bytes:
        return self.loop.run(self.connection.recv())

    def flood(self, messages: list[str]) -> list[str | bytes]:
        async def send_all() -> None:
            for message in messages:
                await self.connection.send(message)

        async def exchange() -> list[str | bytes]:
            sender = asyncio.ensure_future(send_all())
            received = [await self.connection.recv() for _ in messages]
            await sender
            return received

        return self.loop.run(exchange())

    def ping(self, payload: bytes) -> None:
        async def ping() -> None:
            await (await self.connection.ping(payload))

        self.loop.run(ping())

    def close(self, code: int = 1000, reason: str = "") -> tuple[int | None, str | None]:
        self.loop.run(self.connection.close(code, reason))
        return self.connection.close_code, self.connection.close_reason

    def closed(self) -> tuple[int | None, str | None]:
        self.loop.run(self.connection.wait_closed())
        return self.connection.close_code, self.connection.close_reason

    def abort(self) -> None:
        reset(self.connection.transport.get_extra_info("socket"))
        self.loop.loop.call_soon_threadsafe(self.connection.transport.abort)
