"""The clients of httpx-ws: blocking, asynchronous, and asynchronous straight into an application."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
from httpx_ws import (
    AsyncWebSocketSession,
    WebSocketDisconnect,
    WebSocketNetworkError,
    WebSocketSession,
    WebSocketUpgradeError,
    aconnect_ws,
    connect_ws,
)
from httpx_ws.transport import ASGIWebSocketTransport

from tests.servers.ours import LIMIT
from tests.servers.peers.base import Ending, Modest, RefusedError, Sendable, exchange
from wsproto.events import BytesMessage, TextMessage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from contextlib import AbstractContextManager

    from anyio.from_thread import BlockingPortal

    from wsproto.events import Event


def events(message: Sendable) -> list[Event]:
    """Return the events that make up the message."""
    if isinstance(message, bytes):
        return [BytesMessage(message)]
    pieces = [message] if isinstance(message, str) else message
    return [
        TextMessage(piece, message_finished=index == len(pieces)) for index, piece in enumerate(pieces, 1)
    ]


def payload(event: Event) -> str | bytes:
    """Return what the message holds; httpx-ws has put its fragments together."""
    if isinstance(event, TextMessage):
        return event.data
    assert isinstance(event, BytesMessage)
    return bytes(event.data)


def ending(receive: Callable[[], object]) -> Ending:
    """Receive where nothing but the end is to come, and return that."""
    try:
        unexpected = receive()
    except WebSocketDisconnect as closed:
        return closed.code, closed.reason
    except WebSocketNetworkError:
        return None, None
    raise AssertionError(unexpected)


@asynccontextmanager
async def connect(
    uri: str, subprotocols: Sequence[str], application: Callable[..., Any] | None
) -> AsyncIterator[AsyncWebSocketSession]:
    """Connect to a server, or to the application."""
    transport = ASGIWebSocketTransport(application) if application else None
    async with httpx.AsyncClient(transport=transport) as client:
        try:
            session: AsyncWebSocketSession
            async with aconnect_ws(uri, client, subprotocols=list(subprotocols) or None) as session:
                yield session
        except WebSocketUpgradeError as refusal:
            raise RefusedError(refusal.response.status_code, None) from refusal


class HttpxPeer(Modest):
    """`httpx_ws.connect_ws`."""

    def __init__(self, uri: str, subprotocols: Sequence[str]) -> None:
        """Connect."""
        self.manager: AbstractContextManager[WebSocketSession] = connect_ws(
            uri, subprotocols=list(subprotocols) or None
        )
        try:
            self.session = self.manager.__enter__()
        except WebSocketUpgradeError as refusal:
            raise RefusedError(refusal.response.status_code, None) from refusal
        self.extensions: list[str] = []
        self.subprotocol = self.session.subprotocol

    def send(self, message: Sendable) -> None:
        for event in events(message):
            self.session.send(event)

    def recv(self) -> str | bytes:
        return payload(self.session.receive(LIMIT))

    def ping(self, payload: bytes) -> None:
        assert self.session.ping(payload).wait(LIMIT)

    def close(self, code: int = 1000, reason: str = "") -> Ending:
        self.session.close(code, reason)
        return None, None

    def closed(self) -> Ending:
        return ending(self.recv)

    def finish(self) -> None:
        self.manager.__exit__(None, None, None)


class AsyncHttpxPeer(Modest):
    """`httpx_ws.aconnect_ws`; given an application, over `ASGIWebSocketTransport`, with no server at all."""

    def __init__(
        self,
        portal: BlockingPortal,
        uri: str,
        subprotocols: Sequence[str],
        application: Callable[..., Any] | None = None,
    ) -> None:
        """Connect."""
        self.portal = portal
        self.manager = portal.wrap_async_context_manager(connect(uri, subprotocols, application))
        self.session: AsyncWebSocketSession = self.manager.__enter__()
        self.extensions: list[str] = []
        self.subprotocol = self.session.subprotocol

    def _run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return self.portal.start_task_soon(function, *arguments).result(LIMIT)

    def send(self, message: Sendable) -> None:
        for event in events(message):
            self._run(self.session.send, event)

    def recv(self) -> str | bytes:
        return payload(self._run(self.session.receive))

    def flood(self, messages: list[str]) -> list[str | bytes]:
        events: list[Event] = self._run(exchange, self.session.send_text, self.session.receive, messages)
        return [payload(event) for event in events]

    def ping(self, payload: bytes) -> None:
        async def ping() -> None:
            await (await self.session.ping(payload)).wait()

        self._run(ping)

    def close(self, code: int = 1000, reason: str = "") -> Ending:
        self._run(self.session.close, code, reason)
        return None, None

    def closed(self) -> Ending:
        return ending(self.recv)

    def finish(self) -> None:
        self.manager.__exit__(None, None, None)
