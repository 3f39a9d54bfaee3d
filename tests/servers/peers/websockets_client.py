"""The clients of the public `websockets` library, asyncio and threaded, with one blocking interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

import websockets.asyncio.client
import websockets.sync.client
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from tests.servers.ours import LIMIT
from tests.servers.peers.base import MAX_SIZE, Ending, Modest, RefusedError, Sendable, exchange
from tests.servers.programs.behaviour import reset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.servers.loop import LoopThread


def refused(refusal: InvalidStatus) -> RefusedError:
    """Return the same in the words of all peers."""
    return RefusedError(refusal.response.status_code, bytes(refusal.response.body or b"").decode())


class ThreadedPeer(Modest):
    """`websockets.sync.client`."""

    def __init__(self, uri: str, compression: str | None, subprotocols: Sequence[str]) -> None:
        """Connect."""
        try:
            # Entered but not left: each test ends the connection in its own way.
            self.connection = websockets.sync.client.connect(
                uri,
                compression=compression,
                subprotocols=list(map(Subprotocol, subprotocols)) or None,
                proxy=None,
                max_size=MAX_SIZE,
            ).__enter__()
        except InvalidStatus as refusal:
            raise refused(refusal) from refusal
        self.extensions: list[str] = [extension.name for extension in self.connection.protocol.extensions]
        self.subprotocol: str | None = self.connection.subprotocol

    def send(self, message: Sendable) -> None:
        self.connection.send(message)

    def recv(self) -> str | bytes:
        return self.connection.recv(LIMIT)

    def ping(self, payload: bytes) -> None:
        assert self.connection.ping(payload).wait(LIMIT)

    def close(self, code: int = 1000, reason: str = "") -> Ending:
        self.connection.close(code, reason)
        return self.connection.close_code, self.connection.close_reason

    def closed(self) -> Ending:
        try:
            unexpected = self.recv()
        except ConnectionClosed:
            return self.connection.close_code, self.connection.close_reason
        raise AssertionError(unexpected)

    def abort(self) -> None:
        reset(self.connection.socket)
        self.connection.close_socket()

    def finish(self) -> None:
        self.connection.close_socket()


class AsyncioPeer:
    """`websockets.asyncio.client`."""

    def __init__(
        self, loop: LoopThread, uri: str, compression: str | None, subprotocols: Sequence[str]
    ) -> None:
        """Connect."""
        self.loop = loop
        try:
            self.connection = loop.run(self._connect(uri, compression, subprotocols))
        except InvalidStatus as refusal:
            raise refused(refusal) from refusal
        self.extensions: list[str] = [extension.name for extension in self.connection.protocol.extensions]
        self.subprotocol: str | None = self.connection.subprotocol

    @staticmethod
    async def _connect(
        uri: str, compression: str | None, subprotocols: Sequence[str]
    ) -> websockets.asyncio.client.ClientConnection:
        return await websockets.asyncio.client.connect(
            uri,
            compression=compression,
            subprotocols=list(map(Subprotocol, subprotocols)) or None,
            proxy=None,
            max_size=MAX_SIZE,
        )

    def send(self, message: Sendable) -> None:
        self.loop.run(self.connection.send(message))

    def recv(self) -> str | bytes:
        return self.loop.run(self.connection.recv())

    def flood(self, messages: list[str]) -> list[str | bytes]:
        return self.loop.run(exchange(self.connection.send, self.connection.recv, messages))

    def ping(self, payload: bytes) -> None:
        async def ping() -> None:
            await (await self.connection.ping(payload))

        self.loop.run(ping())

    def close(self, code: int = 1000, reason: str = "") -> Ending:
        self.loop.run(self.connection.close(code, reason))
        return self.connection.close_code, self.connection.close_reason

    def closed(self) -> Ending:
        self.loop.run(self.connection.wait_closed())
        return self.connection.close_code, self.connection.close_reason

    def abort(self) -> None:
        reset(self.connection.transport.get_extra_info("socket"))
        self.loop.loop.call_soon_threadsafe(self.connection.transport.abort)

    def finish(self) -> None:
        self.loop.loop.call_soon_threadsafe(self.connection.transport.abort)
        self.loop.run(self.connection.wait_closed())
