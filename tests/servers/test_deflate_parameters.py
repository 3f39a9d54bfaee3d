"""
permessage-deflate with the `websockets` library, in both roles, for every combination of parameters.

Without sockets: its connections, like ours, take bytes and give bytes. Whatever is negotiated, both must say
the same of it, and every message must be the same, byte for byte, on the other side (RFC 7692 section 7.1).
"""

from __future__ import annotations

import itertools
import json
import random
from typing import TYPE_CHECKING

import pytest
from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory,
    ServerPerMessageDeflateFactory,
)
from websockets.extensions.permessage_deflate import (
    PerMessageDeflate as Theirs,
)
from websockets.frames import Frame
from websockets.frames import Opcode as FrameOpcode
from websockets.http11 import Request as TheirRequest
from websockets.protocol import OPEN
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, Event, Message, Ping, Request, TextMessage
from wsproto.extensions import PerMessageDeflate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from websockets.protocol import Protocol

URI = parse_uri("ws://example.com/")

FLAGS = (False, True)
BITS = range(9, 16)

chance = random.Random(7692)  # noqa: S311 (sample data)
DOCUMENTS = [
    json.dumps([{"id": chance.randrange(10**6), "name": "é" * 3} for _ in range(rows)], ensure_ascii=False)
    for rows in (1, 5, 5, 40, 400, 2_000, 5)
]
MESSAGES: list[str | bytes] = [
    "",
    b"",
    "Hello",
    *DOCUMENTS,
    chance.randbytes(70_000),
    bytes(40_000),
    *DOCUMENTS[:4],
    "Hello",
]


class Pair:
    """One of our connections and one of theirs, after the handshake."""

    def __init__(self, ours: WSConnection, theirs: Protocol) -> None:
        self.ours = ours
        self.theirs = theirs

    def to_theirs(self, message: str | bytes) -> str | bytes:
        """Send a message to theirs, and return what it is there."""
        event: Event = TextMessage(message) if isinstance(message, str) else BytesMessage(message)
        self.theirs.receive_data(self.ours.send(event))
        return self._received_by_theirs()

    def fragments_to_theirs(self, *fragments: str) -> str | bytes:
        """Send a message in fragments, with a ping after each."""
        for number, fragment in enumerate(fragments, 1):
            last = number == len(fragments)
            self.theirs.receive_data(self.ours.send(TextMessage(fragment, message_finished=last)))
            if not last:
                self.theirs.receive_data(self.ours.send(Ping(b"between")))
        return self._received_by_theirs()

    def to_ours(self, message: str | bytes) -> str | bytes:
        """Send a message to ours, and return what it is there."""
        if isinstance(message, str):
            self.theirs.send_text(message.encode())
        else:
            self.theirs.send_binary(message)
        return self._received_by_ours()

    def fragments_to_ours(self, first: str, *others: str) -> str | bytes:
        """Send a message in fragments, with a ping after each."""
        self.theirs.send_text(first.encode(), fin=False)
        for number, fragment in enumerate(others, 1):
            self.theirs.send_ping(b"between")
            self.theirs.send_continuation(fragment.encode(), fin=number == len(others))
        return self._received_by_ours()

    def _received_by_theirs(self) -> str | bytes:
        frames = [
            frame
            for frame in self.theirs.events_received()
            if isinstance(frame, Frame) and frame.opcode is not FrameOpcode.PING
        ]
        assert [frame.fin for frame in frames] == [False] * (len(frames) - 1) + [True]
        data = b"".join(frame.data for frame in frames)
        self.theirs.data_to_send()  # the pongs
        return data.decode() if frames[0].opcode is FrameOpcode.TEXT else data

    def _received_by_ours(self) -> str | bytes:
        for data in self.theirs.data_to_send():
            self.ours.receive_data(data)
        events = [event for event in self.ours.events() if not isinstance(event, Ping)]
        assert all(isinstance(event, Message) for event in events)
        messages = [event for event in events if isinstance(event, (TextMessage, BytesMessage))]
        assert [event.message_finished for event in messages] == [False] * (len(messages) - 1) + [True]
        parts = [event.data for event in messages]
        if isinstance(messages[0], TextMessage):
            return "".join(part for part in parts if isinstance(part, str))
        return b"".join(bytes(part) for part in parts if not isinstance(part, str))

    def converse(self) -> None:
        """Exchange all messages in both directions, twice over: the second time, the contexts know them."""
        for message in MESSAGES * 2:
            assert self.to_theirs(message) == message
            assert self.to_ours(message) == message
        document = DOCUMENTS[4]
        parts = (document[:70], "", document[70:900], document[900:])
        assert self.fragments_to_theirs(*parts) == document
        assert self.fragments_to_ours(*parts) == document
        assert self.to_theirs(document) == document
        assert self.to_ours(document) == document


def agree(ours: PerMessageDeflate, theirs: Theirs, *, server: bool) -> None:
    """Assert that neither refers further back than the other expects; `server` says that ours is that."""
    sending = (ours.server_no_context_takeover, ours.server_max_window_bits)
    receiving = (ours.client_no_context_takeover, ours.client_max_window_bits)
    if not server:
        sending, receiving = receiving, sending
    assert (theirs.remote_no_context_takeover, theirs.local_no_context_takeover) == (sending[0], receiving[0])
    # A window that is not negotiated is the largest to the other side; we may make use of less of it.
    assert theirs.remote_max_window_bits in (sending[1], 15)
    assert theirs.local_max_window_bits in (receiving[1], 15)


def as_server(ours: PerMessageDeflate, theirs: ClientPerMessageDeflateFactory) -> Pair:
    """Go through the handshake with our server."""
    client, server = (
        ClientProtocol(URI, extensions=[theirs], max_size=None),
        WSConnection(ConnectionType.SERVER),
    )
    client.send_request(client.connect())
    for data in client.data_to_send():
        server.receive_data(data)
    assert isinstance(next(server.events()), Request)
    client.receive_data(server.send(AcceptConnection(extensions=[ours])))
    list(client.events_received())
    assert client.state is OPEN, client.handshake_exc
    return Pair(server, client)


def as_client(ours: PerMessageDeflate, theirs: ServerPerMessageDeflateFactory) -> Pair:
    """Go through the handshake with our client."""
    client, server = WSConnection(ConnectionType.CLIENT), ServerProtocol(extensions=[theirs], max_size=None)
    server.receive_data(client.send(Request(host="example.com", target="/", extensions=[ours])))
    (request,) = server.events_received()
    assert isinstance(request, TheirRequest)
    server.send_response(server.accept(request))
    for data in server.data_to_send():
        client.receive_data(data)
    assert isinstance(next(client.events()), AcceptConnection)
    return Pair(client, server)


def ours_of(flags: tuple[bool, bool], bits: tuple[int | None, int | None]) -> PerMessageDeflate:
    """Return our extension: the client's parameters, then the server's."""
    return PerMessageDeflate(
        client_no_context_takeover=flags[0],
        server_no_context_takeover=flags[1],
        client_max_window_bits=bits[0],
        server_max_window_bits=bits[1],
    )


def configured() -> Iterator[PerMessageDeflate]:
    """Return our extension as most have it, and with everything narrowed down."""
    yield PerMessageDeflate()
    yield ours_of((True, True), (10, 11))


@pytest.mark.parametrize("client_bits", [None, True, *BITS])
@pytest.mark.parametrize("server_bits", [None, *range(8, 16)])
def test_our_server(server_bits: int | None, client_bits: int | bool | None) -> None:  # noqa: FBT001
    """Whatever their client can offer; eight bits, which zlib does not have, are declined."""
    for takeover in itertools.product(FLAGS, FLAGS):
        for ours in configured():
            factory = ClientPerMessageDeflateFactory(*takeover, server_bits, client_bits)
            pair = as_server(ours, factory)
            declined = server_bits == 8
            assert ours.enabled() is (len(pair.theirs.extensions) == 1) is (not declined)
            if not declined:
                (theirs,) = pair.theirs.extensions
                assert isinstance(theirs, Theirs)
                agree(ours, theirs, server=True)
            pair.converse()


@pytest.mark.parametrize("client_bits", BITS)
@pytest.mark.parametrize("server_bits", BITS)
def test_our_client(server_bits: int, client_bits: int) -> None:
    """Whatever our client can offer, to a server that takes everything."""
    for flags in itertools.product(FLAGS, FLAGS):
        ours = ours_of(flags, (client_bits, server_bits))
        pair = as_client(ours, ServerPerMessageDeflateFactory())
        (theirs,) = pair.theirs.extensions
        assert isinstance(theirs, Theirs)
        agree(ours, theirs, server=False)
        assert (ours.client_max_window_bits, ours.server_max_window_bits) == (client_bits, server_bits)
        pair.converse()


@pytest.mark.parametrize("client_bits", [None, *BITS])
@pytest.mark.parametrize("server_bits", [None, *BITS])
def test_their_server(server_bits: int | None, client_bits: int | None) -> None:
    """Whatever their server can answer; it may go below the offer."""
    for takeover in itertools.product(FLAGS, FLAGS):
        for ours in configured():
            factory = ServerPerMessageDeflateFactory(*takeover, server_bits, client_bits)
            pair = as_client(ours, factory)
            (theirs,) = pair.theirs.extensions
            assert isinstance(theirs, Theirs)
            agree(ours, theirs, server=False)
            pair.converse()


@pytest.mark.parametrize("memory_level", [1, 8, 9])
@pytest.mark.parametrize("level", [0, 1, 9])
def test_our_tuning(level: int, memory_level: int) -> None:
    """Not negotiated, and nothing that the other side could notice, but for messages that go uncompressed."""
    for min_size in (0, 200):
        tuned = PerMessageDeflate(
            compression_level=level, memory_level=memory_level, min_size=min_size, max_piece_size=999
        )
        as_server(tuned, ClientPerMessageDeflateFactory()).converse()
