"""
One conversation, point by point, between every server and every client that people run on wsproto.

The servers and those clients that are not ours are processes of their own, started as their users start
them; one side of each pair is always this package. `abilities.py` says who talks to whom, and what
cannot be asked of whom. Whatever can compress does (RFC 7692), except where a test says otherwise.
"""

from __future__ import annotations

import gc
import itertools
import os
from typing import TYPE_CHECKING

import pytest

from tests.servers.abilities import PAIRS, Ability, able
from tests.servers.echoing import TEN_THOUSAND, assert_echoed
from tests.servers.ours import assert_native, wait_until
from tests.servers.peers.base import RefusedError
from tests.servers.peers.registry import Registry, need_for
from tests.servers.processes import Server
from tests.servers.programs.behaviour import (
    CLOSE_CODE,
    CLOSE_REASON,
    FRAGMENTS,
    PONG_HAS_COME,
    REFUSAL,
    SUBPROTOCOL,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.servers.peers.base import Peer

    Dial = Callable[..., Peer]

GONE = (None, 1005, 1006)
"""What stands for a connection that ended without a close frame (RFC 6455, section 7.1.5)."""

# simple-websocket leaves sockets of refused connections to the collector, trio-websocket those that broke.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")

names = map("connection-{}".format, itertools.count())


class Running:
    """The servers, each started when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        """Start nothing yet; the folder is for their files."""
        self._folder = folder
        self._servers: dict[str, Server] = {}

    def __getitem__(self, name: str) -> Server:
        """Return the server of that name."""
        need_for(name)
        if name not in self._servers:
            self._servers[name] = Server(name, self._folder)
        return self._servers[name]

    def stop(self) -> None:
        """Stop them all."""
        for server in self._servers.values():
            server.stop()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test with those pairs that are able to."""
    needs = frozenset(ability for mark in metafunc.definition.iter_markers("needs") for ability in mark.args)
    pairs = [pair for pair in PAIRS if able(*pair, needs)]
    metafunc.parametrize("pair", pairs, ids=map(" and ".join, pairs), scope="module")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Return the servers; they are stopped after the last test."""
    running = Running(tmp_path_factory.mktemp("servers"))
    yield running
    running.stop()
    gc.collect()  # while its warnings are still ignored


@pytest.fixture(scope="module")
def server(pair: tuple[str, str], running: Running) -> Server:
    """Return the server of the pair; if it is one of ours, it has proved that it runs on this package."""
    server = running[pair[0]]
    report = server.report()
    if server.command.user is None:
        assert report["native"] is None
    else:
        assert_native(report["native"])
        assert server.command.user in report["users"]
        assert server.command.loop in (None, report["loop"])
    return server


@pytest.fixture
def dial(pair: tuple[str, str], server: Server, registry: Registry) -> Iterator[Dial]:
    """Return a function that connects the client of the pair to a path of the server."""
    connect = registry[pair[1]]
    peers: list[Peer] = []

    def dial(path: str = "/", name: str = "", subprotocols: tuple[str, ...] = ()) -> Peer:
        peer = connect(server.uri(path, name), subprotocols)
        peers.append(peer)
        return peer

    yield dial
    for peer in peers:
        peer.finish()


@pytest.fixture
def peer(dial: Dial) -> Peer:
    """Return a connected client."""
    return dial()


@pytest.mark.needs(Ability.TELL_VERSION)
def test_the_version_of_http_is_what_it_should_be(dial: Dial, pair: tuple[str, str]) -> None:
    """RFC 6455, section 1.7, or RFC 8441."""
    peer = dial("/version")
    peer.send("the version, please")
    assert peer.recv() == ("2" if pair[1] in ("http2", "chromium-http2") else "1.1")


def test_text_comes_back(peer: Peer) -> None:
    """RFC 6455, sections 5.2 and 5.6: every alphabet, and every form of the length field."""
    assert_echoed(peer, "plain", "Grüße, κόσμε, 世界, 🦀", "x" * 125, "x" * 126, "ö" * 32767, "x" * 65536)


def test_bytes_come_back(peer: Peer) -> None:
    """RFC 6455, sections 5.2 and 5.6: every octet, and every form of the length field."""
    assert_echoed(
        peer,
        bytes(range(256)),
        b"\xff" * 125,
        b"\x00" * 126,
        os.urandom(65535),
        os.urandom(65536),
    )


@pytest.mark.needs(Ability.TAKE_EMPTY)
def test_empty_messages_come_back(peer: Peer) -> None:
    """RFC 6455, section 5.6, sets no least length; RFC 7692, section 7.2.3.6, makes one octet of it."""
    assert_echoed(peer, "", b"", "", b"")


@pytest.mark.needs(Ability.FRAGMENT)
def test_fragments_come_back_as_one_message(peer: Peer) -> None:
    """RFC 6455, section 5.4: one of them is empty, and each ends in the middle of nothing."""
    for _ in range(2):
        peer.send(["one, ", "", "zwei für ", "τρία"])
        assert peer.recv() == "one, zwei für τρία"


@pytest.mark.needs(Ability.FRAGMENT_TO_CLIENT)
def test_fragments_from_the_server_are_one_message(dial: Dial) -> None:
    """RFC 6455, section 5.4."""
    peer = dial("/fragments")
    peer.send("in fragments, please")
    assert peer.recv() == "".join(FRAGMENTS)


@pytest.mark.needs(Ability.PING)
def test_the_client_gets_its_pong(peer: Peer) -> None:
    """RFC 6455, section 5.5.3: with the payload of the ping, before, between and after messages."""
    peer.ping(b"\x80 and more")
    for number in range(3):
        assert_echoed(peer, "in between")
        peer.ping(b"%d" % number)


@pytest.mark.needs(Ability.PING_CLIENT)
def test_the_server_gets_its_pong(dial: Dial) -> None:
    """RFC 6455, section 5.5.2: the server says so."""
    peer = dial("/ping")
    peer.send("ping, please")
    assert peer.recv() == PONG_HAS_COME


def test_a_mebibyte_of_text_comes_back(peer: Peer) -> None:
    """It arrives in many pieces, which end in the middle of characters, too."""
    assert_echoed(peer, "".join(itertools.islice(itertools.cycle("aé世🦀 "), 2**20 // 4)))


def test_a_mebibyte_of_bytes_comes_back(peer: Peer) -> None:
    """Random bytes do not compress: compressed they are longer."""
    assert_echoed(peer, os.urandom(2**20))


@pytest.mark.needs(Ability.COMPRESS, Ability.ACCEPT_COMPRESSION)
def test_compression_is_on(peer: Peer) -> None:
    """RFC 7692, section 5: it was offered and accepted."""
    assert peer.extensions == ["permessage-deflate"]


@pytest.mark.needs(Ability.HEAR_ANSWER)
def test_the_client_closes_and_is_answered(dial: Dial) -> None:
    """RFC 6455, section 5.5.1: the server echoes the code."""
    for code in (1000, 4999):
        peer = dial()
        assert_echoed(peer, "first")
        assert peer.close(code, "für immer")[0] == code


@pytest.mark.needs(Ability.LEARN_CODE)
def test_the_server_is_told_why_the_client_closed(dial: Dial, server: Server) -> None:
    """RFC 6455, section 7.1.5 and 7.1.6: code and reason reach the application."""
    name = next(names)
    dial("/", name).close(4002, "für immer")
    wait_until(lambda: name in server.report()["endings"])
    assert server.report()["endings"][name] == [4002, "für immer"]


@pytest.mark.needs(Ability.LEARN_CODE_OF_SERVER)
def test_the_client_is_told_why_the_server_closed(dial: Dial) -> None:
    """RFC 6455, section 7.1.5 and 7.1.6: code and reason reach the program on the client's side."""
    peer = dial("/close")
    peer.send("close, please")
    assert peer.closed() == (CLOSE_CODE, CLOSE_REASON)


@pytest.mark.needs(Ability.VANISH)
def test_a_client_vanishes(dial: Dial, server: Server) -> None:
    """RFC 6455, section 7.1.5: the application is told, and the server goes on."""
    name = next(names)
    gone = dial("/", name)
    assert_echoed(gone, "here")
    gone.abort()
    wait_until(lambda: name in server.report()["endings"])
    assert server.report()["endings"][name][0] in GONE

    peer = dial()
    assert_echoed(peer, "still serving")


@pytest.mark.needs(Ability.VANISH_FROM_CLIENT)
def test_the_server_vanishes(dial: Dial) -> None:
    """RFC 6455, section 7.1.5: the program on the client's side is told."""
    peer = dial("/vanish")
    peer.send("vanish, please")
    assert peer.closed()[0] in GONE


def test_the_upgrade_is_refused(dial: Dial, pair: tuple[str, str]) -> None:
    """RFC 6455, section 4.2.2: any HTTP response but 101 refuses, and may have a body."""
    with pytest.raises(RefusedError) as refusal:
        dial("/refused")
    assert refusal.value.status == (403 if able(*pair, frozenset({Ability.TELL_STATUS})) else None)
    assert refusal.value.body == (REFUSAL if able(*pair, frozenset({Ability.TELL_BODY})) else None)


def test_a_subprotocol_is_chosen(dial: Dial) -> None:
    """RFC 6455, section 1.9: one of those that the client offered."""
    assert dial("/", subprotocols=("other", SUBPROTOCOL)).subprotocol == SUBPROTOCOL


def test_no_subprotocol_is_chosen_where_none_is_offered(peer: Peer) -> None:
    """RFC 6455, section 4.2.2: the header is absent."""
    assert peer.subprotocol is None


def test_ten_thousand_messages_come_back_in_order(peer: Peer) -> None:
    """Sent without waiting: many frames in one read, and frames that are cut by its end."""
    assert peer.flood(TEN_THOUSAND) == TEN_THOUSAND
