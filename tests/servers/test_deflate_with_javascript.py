"""
permessage-deflate (RFC 7692, section 7.1) with `ws` and with Chromium: all combinations of parameters.

Each of the 196 combinations of two takeovers and two windows is brought about in each way there is: by the
offer of a client, and by the decision of a server. Browsers offer the same always, and never serve. Then
messages go both ways, over the limits of every window and with what only a kept context can know, and are
compared octet by octet. `test_deflate_parameters.py` has the same for the `websockets` library.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, unquote

import pytest

from examples.client import Client
from examples.echo_server import EchoConnection
from tests.servers.loop import LoopThread
from tests.servers.peers.javascript import Chromium, JavaScriptPeer, Node
from tests.servers.peers.registry import need_for
from tests.servers.processes import Server
from wsproto.events import AcceptConnection, BytesMessage, Request, TextMessage
from wsproto.extensions import PerMessageDeflate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.servers.peers.registry import Registry

    Engine = Node | Chromium

WINDOWS = range(9, 16)  # 8 is declined: what zlib makes of it is not what the RFC means


MARGIN = 300
"""How far zlib stays clear of the end of its window, and a bit."""


class Parameters(NamedTuple):
    """What both sides agree upon, in the terms of RFC 7692, section 7.1."""

    server_no_context_takeover: bool
    client_no_context_takeover: bool
    server_max_window_bits: int
    client_max_window_bits: int

    @classmethod
    def of(cls, extension: PerMessageDeflate) -> Parameters:
        """Return what our side has agreed to."""
        return cls(*(getattr(extension, name) for name in cls._fields))

    def for_ws(self) -> dict[str, Any]:
        """Return the options of `ws` that ask for this."""
        options = {camel(name): value for name, value in self._asdict().items()}
        return {"perMessageDeflate": options | {"threshold": 0}}


def camel(name: str) -> str:
    """Return the name as JavaScript writes it."""
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


ANYTHING = Parameters(
    server_no_context_takeover=False,
    client_no_context_takeover=False,
    server_max_window_bits=15,
    client_max_window_bits=15,
)
"""What a side says that leaves the decision to the other, where saying nothing is not enough."""


def combinations(takeovers: tuple[bool, bool]) -> list[Parameters]:
    """Return all windows with these takeovers."""
    return [Parameters(*takeovers, *windows) for windows in itertools.product(WINDOWS, WINDOWS)]


def letter(seed: int) -> str:
    """Return what does not repeat within itself, and differs for every seed."""
    return "".join(f"{(seed + number) * 2654435761 % 2**32:08x}" for number in range(16))


def pages() -> list[str]:
    """
    Return messages that each begin with the same letter, with just less than a window from one to the next.

    A decompressor may look further back than its window in what it has put out itself in the same step,
    which zlib does; in what it has put out before, it cannot.
    """
    return [letter(1) + chr(bits + 90) * (2**bits - MARGIN - len(letter(1))) for bits in WINDOWS] + [
        letter(1)
    ]


PAGES = pages()
BOOK = "".join(PAGES)
MESSAGES: list[str | bytes] = [*PAGES, BOOK, "", BOOK.encode(), b"", letter(2), letter(2)]


class Configured(EchoConnection):
    """Our example's echo server, with parameters that the query gives as JSON."""

    agreed: Parameters | None = None

    def answer(self, request: Request) -> bytes:
        """Accept with these parameters, and keep what comes of them."""
        given = json.loads(unquote(request.target.partition("?")[2]))
        extension = PerMessageDeflate(**given)
        answer = self.ws.send(AcceptConnection(extensions=[extension]))
        Configured.agreed = Parameters.of(extension)
        return answer


@pytest.fixture(scope="module")
def loop() -> Iterator[LoopThread]:
    """Return an event loop for the module."""
    thread = LoopThread()
    yield thread
    thread.close()


@pytest.fixture(scope="module")
def our_server(loop: LoopThread) -> Iterator[str]:
    """Return the URI of our server."""

    async def serve() -> asyncio.Server:
        return await asyncio.start_server(lambda *streams: Configured(*streams).run(), "127.0.0.1", 0)

    server = loop.run(serve())
    yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    loop.loop.call_soon_threadsafe(server.close)


def at(uri: str, parameters: Parameters) -> str:
    """Return the URI of a server that is to have these parameters."""
    return f"{uri}/?{quote(json.dumps(parameters._asdict()))}"


def exchange_with_javascript(engine: Engine, uri: str, options: dict[str, Any] | None) -> list[str | bytes]:
    """Let a client in JavaScript send the messages, and return what came back."""
    peer = JavaScriptPeer(engine, uri, (), options)
    assert peer.extensions == ["permessage-deflate"]
    received = peer.exchange(MESSAGES)
    assert peer.close(1000)[0] == 1000
    return received


def exchange_with_ours(port: int, target: str, offer: Parameters) -> tuple[Parameters, list[str | bytes]]:
    """Let our client send the messages; return what was agreed, and what came back."""
    extension = PerMessageDeflate(**offer._asdict())
    with Client("127.0.0.1", port, target=target, extensions=[extension]) as client:
        assert client.accepted.extensions == [extension]
        received: list[str | bytes] = []
        for message in MESSAGES:
            client.send(TextMessage(message) if isinstance(message, str) else BytesMessage(message))
            received.append(client.receive_message())
        assert client.close().code == 1000
    return Parameters.of(extension), received


@pytest.fixture(
    params=itertools.product([False, True], repeat=2), ids=lambda pair: f"forgets-{pair[0]}-{pair[1]}"
)
def wanted(request: pytest.FixtureRequest) -> list[Parameters]:
    """Return what is to be agreed upon, one after the other."""
    return combinations(request.param)


def test_the_client_of_ws_asks_ours(
    wanted: Sequence[Parameters], our_server: str, registry: Registry
) -> None:
    """RFC 7692, sections 7.1.1 and 7.1.2."""
    need_for("ws")
    for parameters in wanted:
        options = parameters.for_ws()
        assert exchange_with_javascript(registry.node, at(our_server, ANYTHING), options) == MESSAGES
        assert Configured.agreed == parameters


def test_our_server_asks_the_client_of_ws(
    wanted: Sequence[Parameters], our_server: str, registry: Registry
) -> None:
    """RFC 7692, sections 7.1.1 and 7.1.2."""
    need_for("ws")
    for parameters in wanted:
        options = {"perMessageDeflate": {"threshold": 0}}
        assert exchange_with_javascript(registry.node, at(our_server, parameters), options) == MESSAGES
        assert Configured.agreed == parameters


def test_our_server_asks_chromium(wanted: Sequence[Parameters], our_server: str, registry: Registry) -> None:
    """RFC 7692, sections 7.1.1 and 7.1.2: a browser offers `client_max_window_bits`, and takes what comes."""
    need_for("chromium")
    for parameters in wanted:
        assert exchange_with_javascript(registry.chromium, at(our_server, parameters), None) == MESSAGES
        assert Configured.agreed == parameters


@pytest.fixture(scope="module")
def server_of_ws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return the server of `ws`."""
    need_for("ws")
    server = Server("ws", tmp_path_factory.mktemp("ws"))
    yield server
    server.stop()


def test_our_client_asks_the_server_of_ws(wanted: Sequence[Parameters], server_of_ws: Server) -> None:
    """RFC 7692, sections 7.1.1 and 7.1.2."""
    target = f"/?{quote(json.dumps({'threshold': 0}))}"
    for parameters in wanted:
        assert exchange_with_ours(server_of_ws.port, target, parameters) == (parameters, MESSAGES)


def test_the_server_of_ws_asks_our_client(wanted: Sequence[Parameters], server_of_ws: Server) -> None:
    """RFC 7692, sections 7.1.1 and 7.1.2."""
    for parameters in wanted:
        target = f"/?{quote(json.dumps(parameters.for_ws()['perMessageDeflate']))}"
        assert exchange_with_ours(server_of_ws.port, target, ANYTHING) == (parameters, MESSAGES)


@pytest.mark.parametrize(("narrow", "wide"), list(itertools.combinations(WINDOWS, 2)))
def test_the_messages_would_show_a_window_too_wide(narrow: int, wide: int) -> None:
    """RFC 7692, section 7.1.2: they reach past the narrower window whenever the wider one lets them."""
    compressor, decompressor = zlib.compressobj(wbits=-wide), zlib.decompressobj(wbits=-narrow)
    steps = [compressor.compress(page.encode()) + compressor.flush(zlib.Z_SYNC_FLUSH) for page in PAGES]
    with pytest.raises(zlib.error, match="invalid distance too far back"):
        list(map(decompressor.decompress, steps))
