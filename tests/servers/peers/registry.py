"""The clients by name, each started when it is first asked for."""

from __future__ import annotations

import os
import shutil
from functools import cached_property, partial
from typing import TYPE_CHECKING

import pytest
from anyio.from_thread import start_blocking_portal

from tests.servers.loop import LoopThread
from tests.servers.peers.http2 import HTTP2Peer
from tests.servers.peers.httpx_ws_client import AsyncHttpxPeer, HttpxPeer
from tests.servers.peers.javascript import Chromium, JavaScriptPeer, Node
from tests.servers.peers.simple_websocket_client import AioSimplePeer, SimplePeer
from tests.servers.peers.trio_websocket_client import TrioWebSocketPeer
from tests.servers.peers.websockets_client import AsyncioPeer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import ExitStack
    from pathlib import Path

    from anyio.from_thread import BlockingPortal

    from tests.servers.peers.base import Connect, Peer

REQUIRED = "WSPROTO_TEST_ALL_PEERS"
"""The environment variable that turns "is not installed" into a failure."""

INSTALL = {
    "node": "apt-get install nodejs npm",
    "npm": "apt-get install nodejs npm",
    "chromium": "apt-get install chromium chromium-driver",
    "chromedriver": "apt-get install chromium chromium-driver",
}


def need(*programs: str) -> None:
    """Skip the test, or fail it if `REQUIRED` is set, where one of the programs is not installed."""
    for program in programs:
        if shutil.which(program) is None:
            says = f"{program} is not installed; on Debian: {INSTALL[program]}"
            if os.environ.get(REQUIRED):
                pytest.fail(says)
            pytest.skip(says)


def need_for(name: str) -> None:
    """Do the same for the programs that a client or server of this name needs."""
    if name == "ws":
        need("node", "npm")
    elif name in ("chromium", "chromium-http2"):
        need("chromium", "chromedriver")


class Registry:
    """The clients by name, and the event loops that they share."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        """Start nothing yet; the stack ends what will be started, the folder is for their files."""
        self._stack = stack
        self._folder = folder

    def __getitem__(self, name: str) -> Connect:
        """Return what connects the client of that name."""
        need_for(name)
        return self._connects[name]()

    @cached_property
    def _connects(self) -> dict[str, Callable[[], Connect]]:
        return {
            "websockets": lambda: self._websockets,
            "ws": lambda: partial(JavaScriptPeer, self.node),
            "chromium": lambda: partial(JavaScriptPeer, self.chromium),
            "chromium-http2": lambda: self._chromium_http2,
            "http2": lambda: HTTP2Peer,
            "trio-websocket": lambda: partial(TrioWebSocketPeer, self._trio),
            "simple-websocket": lambda: SimplePeer,
            "simple-websocket-asyncio": lambda: partial(AioSimplePeer, self._loop),
            "httpx-ws": lambda: HttpxPeer,
            "httpx-ws-async": lambda: partial(AsyncHttpxPeer, self._asyncio),
        }

    def _chromium_http2(self, uri: str, subprotocols: Sequence[str]) -> Peer:
        self.chromium.run("visit", uri=uri.replace("wss:", "https:"))
        return JavaScriptPeer(self.chromium, uri, subprotocols)

    def _websockets(self, uri: str, subprotocols: Sequence[str]) -> Peer:
        return AsyncioPeer(self._loop, uri, "deflate", subprotocols)

    @cached_property
    def node(self) -> Node:
        """The process of Node."""
        node = Node()
        self._stack.callback(node.stop)
        return node

    @cached_property
    def chromium(self) -> Chromium:
        """The browser."""
        chromium = Chromium(self._folder / "profile")
        self._stack.callback(chromium.stop)
        return chromium

    @cached_property
    def _loop(self) -> LoopThread:
        loop = LoopThread()
        self._stack.callback(loop.close)
        return loop

    @cached_property
    def _asyncio(self) -> BlockingPortal:
        return self._portal("asyncio")

    @cached_property
    def _trio(self) -> BlockingPortal:
        return self._portal("trio")

    def _portal(self, backend: str) -> BlockingPortal:
        portal = self._stack.enter_context(start_blocking_portal(backend))
        # What a test has given up waiting for must not be waited for at the end.
        self._stack.callback(portal.call, portal.stop, True)
        return portal
