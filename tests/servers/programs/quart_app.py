"""
A Quart application.

    hypercorn tests.servers.programs.quart_app:app
"""

from __future__ import annotations

import asyncio

from quart import Quart, websocket

from tests.servers.programs.behaviour import CLOSE_CODE, CLOSE_REASON, REFUSAL, SUBPROTOCOL
from tests.servers.programs.report import ended, report

app = Quart(__name__)


async def accept() -> None:
    """Accept the connection, with the subprotocol that we know if it is offered."""
    offered = websocket.requested_subprotocols
    await websocket.accept(subprotocol=SUBPROTOCOL if SUBPROTOCOL in offered else None)


@app.websocket("/")
async def echo() -> None:
    """Send every message back; Quart cancels this when the connection ends."""
    await accept()
    try:
        while True:
            await websocket.send(await websocket.receive())
    except asyncio.CancelledError:
        ended(websocket.query_string.decode(), None, None)
        raise


@app.websocket("/close")
async def close() -> None:
    """Close after the first message."""
    await accept()
    await websocket.receive()
    await websocket.close(CLOSE_CODE, CLOSE_REASON)


@app.websocket("/refused")
async def refused() -> tuple[str, int]:
    """Return a response instead of accepting."""
    return REFUSAL, 403


@app.websocket("/report")
async def tell() -> None:
    """Report, and wait for the other side to close."""
    await accept()
    await websocket.send(report())
    await websocket.receive()
