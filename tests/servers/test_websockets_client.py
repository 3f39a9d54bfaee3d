"""
Our echo server against the public `websockets` clients.

Every test runs four times: against the asyncio and the threaded client, with and without
permessage-deflate (RFC 7692).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import pytest

from examples import echo_server
from tests.servers.echoing import TEN_THOUSAND, assert_echoed
from tests.servers.ours import wait_until
from tests.servers.peers.base import RefusedError
from tests.servers.peers.websockets_client import AsyncioPeer, ThreadedPeer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from examples.echo_server import EchoServer
    from tests.servers.loop import LoopThread
    from tests.servers.peers.base import Peer


class Setup(NamedTuple):
    """Which client a test runs against."""

    implementation: str
    compression: str | None


SETUPS = [
    Setup("asyncio", None),
    Setup("asyncio", "deflate"),
    Setup("threaded", None),
    Setup("threaded", "deflate"),
]


@pytest.fixture(params=SETUPS, ids=lambda setup: f"{setup.implementation}-{setup.compression or 'plain'}")
def setup(request: pytest.FixtureRequest) -> Setup:
    """Return each of the setups in turn."""
    setup: Setup = request.param
    return setup


@pytest.fixture
def connect(setup: Setup, server: EchoServer, loop: LoopThread) -> Callable[..., Peer]:
    """Return a function that connects the client of this setup to the server."""

    def connect(target: str = "/", subprotocols: tuple[str, ...] = ()) -> Peer:
        uri = f"ws://127.0.0.1:{server.port}{target}"
        if setup.implementation == "threaded":
            return ThreadedPeer(uri, setup.compression, subprotocols)
        return AsyncioPeer(loop, uri, setup.compression, subprotocols)

    return connect


@pytest.fixture
def peer(connect: Callable[..., Peer]) -> Iterator[Peer]:
    """Return a connected client."""
    peer = connect()
    yield peer
    peer.close()


def test_compression_is_negotiated_exactly_when_offered(peer: Peer, setup: Setup) -> None:
    """RFC 7692, section 5: used if the client offers it and the server accepts."""
    assert peer.extensions == (["permessage-deflate"] if setup.compression else [])


@pytest.mark.parametrize(
    "message",
    [
        "plain",
        "Grüße, κόσμε, 世界, 🦀",
        "",
        b"\x00\xff" * 100,
        b"",
        "x" * 125,
        "x" * 126,
        b"y" * 65535,
        b"y" * 65536,
    ],
    ids=lambda message: f"{type(message).__name__}-{len(message)}",
)
def test_a_message_comes_back_as_it_was(peer: Peer, message: str | bytes) -> None:
    """RFC 6455, section 5.2: every form of the length field, text and binary."""
    assert_echoed(peer, message)


def test_a_mebibyte_of_text_comes_back(peer: Peer) -> None:
    """It arrives in many reads and leaves in one message."""
    assert_echoed(peer, os.urandom(2**19).hex())


def test_a_mebibyte_of_bytes_comes_back(peer: Peer) -> None:
    """Random bytes do not compress: the compressed form is longer than the message."""
    assert_echoed(peer, os.urandom(2**20))


def test_fragments_come_back_as_one_message(peer: Peer) -> None:
    """RFC 6455, section 5.4: a message ends with its last fragment; some fragments may be empty."""
    peer.send(["one, ", "", "two, ", "three"])
    assert peer.recv() == "one, two, three"
    assert_echoed(peer, "the next message is another one")


def test_a_ping_is_answered_with_its_payload(peer: Peer) -> None:
    """RFC 6455, section 5.5.3: the client waits for a pong with the same 125 bytes."""
    peer.ping(bytes(range(125)))


def test_pings_between_messages_disturb_nothing(peer: Peer) -> None:
    """RFC 6455, section 5.5: control frames take no part in messages or in their compression."""
    for number in range(20):
        peer.send(f"message {number}")
        peer.ping(b"ping %d" % number)
        assert peer.recv() == f"message {number}"


@pytest.mark.parametrize(
    ("code", "reason"), [(1000, ""), (1001, "leaving"), (3000, "Auf Wiederhören"), (4999, "x" * 123)]
)
def test_the_client_closes(connect: Callable[..., Peer], code: int, reason: str) -> None:
    """RFC 6455, section 5.5.1: the server echoes the code, and here the reason, too."""
    assert connect().close(code, reason) == (code, reason)


def test_the_server_closes(connect: Callable[..., Peer], server: EchoServer, loop: LoopThread) -> None:
    """RFC 6455, section 7.4.1: 1001, a server going down."""
    peers = [connect(), connect()]
    loop.run(server.close())
    assert [peer.closed() for peer in peers] == [(1001, "server shutting down")] * 2


def test_a_message_over_the_limit_is_refused(
    connect: Callable[..., Peer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 6455, section 7.4.1: 1009, the server closes and drops what it had."""
    monkeypatch.setattr(echo_server, "MAX_MESSAGE", 1000)
    peer = connect()
    peer.send("x" * 1001)
    assert peer.closed() == (1009, "more than 1000 in one message")


def test_a_client_that_vanishes_is_forgotten(connect: Callable[..., Peer], server: EchoServer) -> None:
    """RFC 6455, section 7.1.5: the connection ends without a close frame, and the server goes on."""
    gone = connect()
    assert_echoed(gone, "here")
    assert len(server.connections) == 1
    gone.abort()
    wait_until(lambda: not server.connections)

    peer = connect()
    assert_echoed(peer, "still serving")
    peer.close()


def test_a_refused_upgrade_explains_itself(connect: Callable[..., Peer]) -> None:
    """RFC 6455, section 4.2.2: any HTTP response but 101 refuses, and may have a body."""
    with pytest.raises(RefusedError) as refusal:
        connect("/elsewhere")
    assert refusal.value.status == 404
    assert refusal.value.body == "The echo is at /, and nowhere else.\n"


@pytest.mark.parametrize(("offered", "chosen"), [(("chat", "echo"), "echo"), (("chat",), None), ((), None)])
def test_the_server_chooses_a_subprotocol_that_it_knows(
    connect: Callable[..., Peer], offered: tuple[str, ...], chosen: str | None
) -> None:
    """RFC 6455, section 4.2.2: one of those offered, or none."""
    peer = connect(subprotocols=offered)
    assert peer.subprotocol == chosen
    peer.close()


def test_ten_thousand_messages_come_back_in_order(peer: Peer) -> None:
    """Sent without waiting for the answers: many frames in one read, and frames cut by its end."""
    assert peer.flood(TEN_THOUSAND) == TEN_THOUSAND
