"""
httpx-ws against an ASGI application with no server between them: `ASGIWebSocketTransport`.

Its two ends are both on this package, in this process: the client's `Connection`, and a `WSConnection`
that the transport has put into the state after the handshake (`initiate_upgrade_connection`).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from anyio.from_thread import start_blocking_portal

from tests.servers.echoing import TEN_THOUSAND, assert_echoed
from tests.servers.peers.base import RefusedError
from tests.servers.peers.httpx_ws_client import AsyncHttpxPeer
from tests.servers.programs.asgi_app import app
from tests.servers.programs.behaviour import CLOSE_CODE, CLOSE_REASON, SUBPROTOCOL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Dial = Callable[..., AsyncHttpxPeer]


@pytest.fixture(params=["asyncio", "trio"])
def dial(request: pytest.FixtureRequest) -> Iterator[Dial]:
    """Return a function that connects to a path of the application."""
    peers: list[AsyncHttpxPeer] = []
    with start_blocking_portal(request.param) as portal:

        def dial(path: str = "/", subprotocols: tuple[str, ...] = ()) -> AsyncHttpxPeer:
            peers.append(AsyncHttpxPeer(portal, f"ws://application{path}", subprotocols, app))
            return peers[-1]

        yield dial
        for peer in peers:
            peer.finish()


@pytest.mark.parametrize(
    "message",
    ["Grüße, κόσμε, 世界, 🦀", "", b"\x00\xff", os.urandom(2**19).hex(), os.urandom(2**20)],
    ids=["text", "empty", "bytes", "a MiB of text", "a MiB of bytes"],
)
def test_a_message_comes_back(dial: Dial, message: str | bytes) -> None:
    """RFC 6455, section 5.6."""
    assert_echoed(dial(), message)


def test_the_application_chooses_a_subprotocol(dial: Dial) -> None:
    """RFC 6455, section 1.9; the transport leaves a space before each but the first of those offered."""
    assert dial(subprotocols=(SUBPROTOCOL, "other")).subprotocol == SUBPROTOCOL


def test_the_application_closes(dial: Dial) -> None:
    """RFC 6455, section 7.1.5 and 7.1.6."""
    peer = dial("/close")
    peer.send("close, please")
    assert peer.closed() == (CLOSE_CODE, CLOSE_REASON)


def test_the_application_refuses(dial: Dial) -> None:
    """RFC 6455, section 4.2.2; the transport's task group makes a group of it."""
    refused = pytest.RaisesExc(RefusedError, check=lambda refusal: refusal.status == 403)
    with pytest.RaisesGroup(refused, flatten_subgroups=True):
        dial("/refused")


def test_ten_thousand_messages_come_back_in_order(dial: Dial) -> None:
    """The bytes that one end writes are those that the other end reads, write by write."""
    assert dial().flood(TEN_THOUSAND) == TEN_THOUSAND
