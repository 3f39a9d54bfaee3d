"""The clients of simple-websocket, threaded and asyncio."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import simple_websocket
from simple_websocket import AioClient, Client, ConnectionClosed

from tests.servers.ours import LIMIT
from tests.servers.peers.base import Ending, Modest, RefusedError, Sendable, exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.servers.loop import LoopThread


class Simple(Modest):
    """What both clients have in common."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        """Connect."""
        try:
            self.connection = connect()
        except simple_websocket.ConnectionError as refusal:
            raise RefusedError(refusal.status_code, None) from refusal
        self.extensions: list[str] = []
        self.subprotocol: str | None = self.connection.subprotocol

    def send(self, message: Sendable) -> None:
        if isinstance(message, list):
            raise NotImplementedError
        self._send_whole(message)

    def _send_whole(self, message: str | bytes) -> None:
        raise NotImplementedError

    def closed(self) -> Ending:
        try:
            unexpected = self.recv()
        except ConnectionClosed as closed:
            return closed.reason, closed.message
        raise AssertionError(unexpected)


class SimplePeer(Simple):
    """`simple_websocket.Client`."""

    def __init__(self, uri: str, subprotocols: Sequence[str]) -> None:
        """Connect."""
        super().__init__(lambda: Client.connect(uri, subprotocols=list(subprotocols)))

    def _send_whole(self, message: str | bytes) -> None:
        self.connection.send(message)

    def recv(self) -> str | bytes:
        message: str | bytes | None = self.connection.receive(timeout=LIMIT)
        assert message is not None
        return message

    def close(self, code: int = 1000, reason: str = "") -> Ending:
        self.connection.close(code, reason)
        return None, None

    def finish(self) -> None:
        with suppress(ConnectionClosed):
            self.connection.close()
        self.connection.thread.join(LIMIT)


class AioSimplePeer(Simple):
    """`simple_websocket.AioClient`."""

    def __init__(self, loop: LoopThread, uri: str, subprotocols: Sequence[str]) -> None:
        """Connect."""
        super().__init__(lambda: loop.run(AioClient.connect(uri, subprotocols=list(subprotocols))))
        self.loop = loop

    def _send_whole(self, message: str | bytes) -> None:
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

    def finish(self) -> None:
        async def finish() -> None:
            with suppress(ConnectionClosed):
                await self.connection.close()
            self.connection.wsock.close()
            await self.connection.task

        self.loop.run(finish())
