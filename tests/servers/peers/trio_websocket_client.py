"""The client of trio-websocket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trio_websocket import ConnectionClosed, ConnectionRejected, open_websocket_url

from tests.servers.ours import LIMIT
from tests.servers.peers.base import MAX_SIZE, Ending, Modest, RefusedError, Sendable, exchange

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from anyio.from_thread import BlockingPortal


class TrioWebSocketPeer(Modest):
    """`trio_websocket.open_websocket_url`, in a trio that runs in another thread."""

    def __init__(self, portal: BlockingPortal, uri: str, subprotocols: Sequence[str]) -> None:
        """Connect."""
        self.portal = portal
        opening = open_websocket_url(uri, subprotocols=list(subprotocols), max_message_size=MAX_SIZE)
        self.manager = portal.wrap_async_context_manager(opening)
        try:
            self.connection = self.manager.__enter__()
        except ConnectionRejected as refusal:
            raise RefusedError(refusal.status_code, (refusal.body or b"").decode()) from refusal
        self.extensions: list[str] = []
        self.subprotocol = self.connection.subprotocol

    def _run(self, function: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
        return self.portal.start_task_soon(function, *arguments).result(LIMIT)

    def send(self, message: Sendable) -> None:
        if isinstance(message, list):
            raise NotImplementedError
        self._run(self.connection.send_message, message)

    def recv(self) -> str | bytes:
        message: str | bytes = self._run(self.connection.get_message)
        return message

    def flood(self, messages: list[str]) -> list[str | bytes]:
        connection = self.connection
        received: list[str | bytes] = self._run(
            exchange, connection.send_message, connection.get_message, messages
        )
        return received

    def ping(self, payload: bytes) -> None:
        self._run(self.connection.ping, payload)

    def close(self, code: int = 1000, reason: str = "") -> Ending:
        self._run(self.connection.aclose, code, reason)
        return self._ending()

    def closed(self) -> Ending:
        try:
            unexpected = self.recv()
        except ConnectionClosed:
            return self._ending()
        raise AssertionError(unexpected)

    def _ending(self) -> Ending:
        ending = self.connection.closed
        return (ending.code, ending.reason) if ending else (None, None)

    def finish(self) -> None:
        self.manager.__exit__(None, None, None)
