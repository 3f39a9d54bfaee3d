"""
An ASGI application, for uvicorn, hypercorn and httpx-ws's transport: the bare protocol, no framework.

    uvicorn --ws wsproto tests.servers.programs.asgi_app:app
    hypercorn tests.servers.programs.asgi_app:app
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.servers.programs.behaviour import CLOSE_CODE, CLOSE_REASON, REFUSAL, SUBPROTOCOL
from tests.servers.programs.report import ended, report

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Receive = Callable[[], Awaitable[dict[str, Any]]]
    Send = Callable[[dict[str, Any]], Awaitable[None]]


async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Serve one connection, or the lifespan of the server."""
    if scope["type"] == "lifespan":
        for done in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{done}.complete"})
        return
    if scope["type"] == "http":  # what a browser opens an HTTP/2 connection with
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})
        return
    assert scope["type"] == "websocket"
    assert (await receive())["type"] == "websocket.connect"
    if scope["path"] == "/refused":
        await refuse(send)
        return
    chosen = SUBPROTOCOL if SUBPROTOCOL in scope["subprotocols"] else None
    await send({"type": "websocket.accept", "subprotocol": chosen})
    if scope["path"] == "/report":
        await send({"type": "websocket.send", "text": report()})
    if scope["path"] == "/version":
        await receive()
        await send({"type": "websocket.send", "text": scope["http_version"]})
    if scope["path"] == "/close":
        await receive()
        await send({"type": "websocket.close", "code": CLOSE_CODE, "reason": CLOSE_REASON})
    await echo(scope["query_string"].decode(), receive, send)


async def refuse(send: Send) -> None:
    """Refuse the upgrade with a response of our own (the "WebSocket Denial Response" extension)."""
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(REFUSAL))]
    await send({"type": "websocket.http.response.start", "status": 403, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": REFUSAL.encode()})


async def echo(name: str, receive: Receive, send: Send) -> None:
    """Send every message back until the connection ends."""
    while (message := await receive())["type"] == "websocket.receive":
        await send(message | {"type": "websocket.send"})
    ended(name, message.get("code"), message.get("reason"))
