"""The clients of simple-websocket, threaded and asyncio."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import simple_websocket
from simple_websocket import AioClient, Client, ConnectionClosed

from tests.servers.ours import LIMIT
from tests.servers.peers.base import Ending, Modest, RefusedError, Sendable, exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.servers.loop import LoopThread


def ending(receive: Callable[[], object]) -> Ending:
    """Receive where nothing but the end is to come, and return that."""
    try:
        unexpected = receive()
    except ConnectionClosed as closed:
        return closed.reason, closed.message
    raise AssertionError(unexpected)


class SimplePeer(Modest):
    """`simple_websocket.Client`."""

    def __init__(self, uri: str, subprotocols: Sequence[str]) -> None:
        """Connect."""
        try:
            self.connection = Client.connect(uri, subprotocols=list(subprotocols))
        except simple_websocket.ConnectionError as refusal:
            raise RefusedError(refusal.status_code, None) from refusal
        self.extensions: list[str] = []
        self.subprotocol: str | None = self.connection.subprotocol

    def send(self, message: Sendable) -> None:
        if isinstance(message, list):
            raise NotImplementedError
        self.connection.send(message)

    def recv(self) -> str | bytes:
        message: str | bytes | None = self.connection.receive(timeout=LIMIT)
        assert message is not None
        return message

    def close(self, code: int = 1000, reason: str = "") -> Ending:
        self.connection.close(code, reason)
        return None, None

    def closed(self) -> Ending:
        return ending(self.recv)

    def finish(self) -> None:
        with suppress(ConnectionClosed):
            self.connection.close()
        self.connection.thread.join(LIMIT)


class AioSimplePeer(Modest):
    """`simple_websocket.AioClient`."""

    def __init__(self, loop: LoopThread, uri: str, subprotocols: Sequence[str]) -> None:
        """Connect."""
        self.loop = loop
        try:
            self.connection = loop.run(AioClient.connect(uri, subprotocols=list(subprotocols)))
        except simple_websocket.ConnectionError as refusal:
            raise RefusedError(refusal.status_code, None) from refusal
        self.extensions: list[str] = []
        self.subprotocol: str | None = self.connection.subprotocol

    def send(self, message: Sendable) -> None:
        if isinstance(message, list):
            raise NotImplementedError
        self.loop.run(self.connection.send(message))

    def recv(self) -> str | bytes:
        message: str | bytes = self.loop.run(self.connection.receive())
        return message

    def flood(self, messages: list[str]) -> list[str | bytes]:
        connection = self.connection
        return self.loop.run(exchange(connection.send, connection.receive, messages))

    def close(self, code: int = 1000, reason: str = "") -> Ending:
        self.loop.run(self.connection.close(code, reason))
        return None, None

    def closed(self) -> Ending:
        return ending(self.recv)

    def finish(self) -> None:
        async def finish() -> None:
            with suppress(ConnectionClosed):
                await self.connection.close()
            self.connection.wsock.close()
            await self.connection.task

        self.loop.run(finish())
