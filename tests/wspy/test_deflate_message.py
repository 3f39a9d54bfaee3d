"""permessage-deflate with bounds, on whichever `wsproto` there is, beside a peer written with zlib alone."""

from __future__ import annotations

import tracemalloc
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.connection.wire import BINARY, BINARY_BEGINS, CONTINUES, ENDS, PING, TEXT
from tests.wspy.codec import (
    NOISE,
    ROLES,
    RSV1,
    SAMPLES,
    Deflater,
    Inflater,
    failure,
    frames,
    messages,
    wire,
)
from wsproto.connection import CLIENT, SERVER, Connection, ConnectionType
from wsproto.events import BytesMessage, Ping, TextMessage
from wsproto.extensions import PerMessageDeflate
from wsproto.frame_protocol import Opcode
from wspy.deflate_message import DeflateMessage

#: Whether this `wsproto` bounds inflation itself.
NATIVE = hasattr(PerMessageDeflate, "max_piece_size")

WINDOWS = range(9, 16)


def agreed(prototype: DeflateMessage, limit: int | None = None) -> PerMessageDeflate:
    """Return an extension whose peer has accepted everything that it asks for."""
    extension = prototype.fresh(limit)
    offer = extension.offer()
    extension.finalize(f"permessage-deflate; {offer}")
    return extension


def connection(role: ConnectionType, limit: int | None = None, **options: Any) -> Connection:
    """Return a connection with the extension, as a session makes it."""
    bound: dict[str, Any] = {"max_message_size": limit} if NATIVE else {}
    return Connection(role, [agreed(DeflateMessage(**options), limit)], **bound)


def own(role: ConnectionType, *, takeover: bool, bits: int) -> dict[str, Any]:
    """Return the parameters of the sending half of a role."""
    side = "client" if role is CLIENT else "server"
    return {f"{side}_no_context_takeover": not takeover, f"{side}_max_window_bits": bits}


def other(role: ConnectionType) -> ConnectionType:
    return SERVER if role is CLIENT else CLIENT


# Prototypes


def test_it_is_permessage_deflate() -> None:
    assert DeflateMessage.name == "permessage-deflate"


def test_a_fresh_one_asks_for_the_same() -> None:
    prototype = DeflateMessage(
        client_no_context_takeover=True,
        client_max_window_bits=10,
        server_no_context_takeover=True,
        server_max_window_bits=11,
    )
    assert prototype.fresh(None).offer() == prototype.offer()


def test_a_fresh_one_is_not_in_use() -> None:
    prototype = DeflateMessage()
    prototype.finalize("permessage-deflate")
    assert not prototype.fresh(None).enabled()


@pytest.mark.parametrize("bits", [8, 16])
def test_a_window_that_zlib_does_not_have_is_refused(bits: int) -> None:
    with pytest.raises(ValueError, match="between 9 and 15"):
        DeflateMessage(client_max_window_bits=bits)


def test_a_fresh_one_is_the_class_that_is_used_without_calling_python_where_there_is_one() -> None:
    assert (type(DeflateMessage().fresh(None)) is PerMessageDeflate) == NATIVE


# Messages


@pytest.mark.parametrize("takeover", [True, False])
@pytest.mark.parametrize("bits", WINDOWS)
@pytest.mark.parametrize("role", ROLES)
def test_what_is_sent_stays_within_the_window(role: ConnectionType, bits: int, *, takeover: bool) -> None:
    sender = connection(role, **own(role, takeover=takeover, bits=bits))
    inflate = Inflater(bits, takeover=takeover)
    for sample in [*SAMPLES, *SAMPLES[3:5]]:
        (sent,) = frames(sender.send(BytesMessage(sample)))
        assert sent.first == BINARY | RSV1
        assert inflate(sent.payload) == sample


@pytest.mark.parametrize("takeover", [True, False])
@pytest.mark.parametrize("bits", WINDOWS)
@pytest.mark.parametrize("role", ROLES)
def test_what_a_peer_sends_is_received(role: ConnectionType, bits: int, *, takeover: bool) -> None:
    receiver = connection(role, **own(other(role), takeover=takeover, bits=bits))
    deflate = Deflater(bits, takeover=takeover)
    for sample in [*SAMPLES, *SAMPLES[3:5]]:
        assert messages(receiver, wire(role, BINARY | RSV1, deflate(sample))) == [sample]


@given(st.data())
def test_any_frames_cut_anywhere_are_the_messages_that_were_sent(data: st.DataObject) -> None:
    role = data.draw(st.sampled_from(ROLES))
    takeover = data.draw(st.booleans())
    deflate = Deflater(takeover=takeover)
    sent, expected = b"", data.draw(st.lists(st.binary(max_size=600), max_size=4))
    for message in expected:
        compressed = data.draw(st.booleans())
        payload = deflate(message) if compressed else message
        cut = data.draw(st.integers(0, len(payload)))
        sent += wire(role, Opcode.BINARY | (RSV1 if compressed else 0), payload[:cut])
        sent += wire(role, ENDS, payload[cut:])
    cuts = data.draw(st.lists(st.integers(0, len(sent)), max_size=8).map(sorted))
    receiver = connection(role, **own(other(role), takeover=takeover, bits=15))
    assert messages(receiver, sent, cuts) == expected


@pytest.mark.parametrize("role", ROLES)
def test_a_control_frame_comes_between_compressed_fragments(role: ConnectionType) -> None:
    payload = Deflater()(b"Hello")
    receiver = connection(role)
    receiver.receive_data(
        wire(role, BINARY_BEGINS | RSV1, b"") + wire(role, PING, b"ping") + wire(role, ENDS, payload)
    )
    assert [event for event in receiver.events() if event != BytesMessage(b"", message_finished=False)] == [
        Ping(b"ping"),
        BytesMessage(b"Hello"),
    ]


def test_a_stream_may_end_within_a_message() -> None:
    stream = zlib.compressobj(wbits=-15)
    ended = stream.compress(b"Hello") + stream.flush() + b"\0"
    assert messages(connection(CLIENT), wire(CLIENT, TEXT | RSV1, ended) * 2) == [b"Hello"] * 2


def test_two_connections_understand_each_other() -> None:
    client, server = connection(CLIENT), connection(SERVER)
    for sender, receiver in [(client, server), (server, client)] * 2:
        receiver.receive_data(sender.send(TextMessage("Hello" * 50)))
        assert list(receiver.events()) == [TextMessage("Hello" * 50)]


# What a peer must not do


@pytest.mark.parametrize("first", [PING | RSV1, TEXT | 0x20, TEXT | 0x10])
@pytest.mark.parametrize("role", ROLES)
def test_a_bit_that_is_not_of_the_extension_is_an_error(role: ConnectionType, first: int) -> None:
    assert failure(connection(role), wire(role, first, b"\0")) == 1002


@pytest.mark.parametrize("first", [CONTINUES, ENDS])
def test_only_the_first_frame_has_the_bit(first: int) -> None:
    data = wire(CLIENT, BINARY_BEGINS | RSV1, b"") + wire(CLIENT, first | RSV1, b"\0")
    assert failure(connection(CLIENT), data) == 1002


@pytest.mark.parametrize("payload", [b"\xff", b"\x07", b"Hello"])
@pytest.mark.parametrize("role", ROLES)
def test_data_that_is_not_deflate_is_refused(role: ConnectionType, payload: bytes) -> None:
    assert failure(connection(role), wire(role, BINARY | RSV1, payload)) == 1007


@pytest.mark.parametrize("role", ROLES)
def test_a_reference_to_another_message_is_refused_if_it_was_not_to_be_made(role: ConnectionType) -> None:
    deflate = Deflater()
    data = b"".join(wire(role, BINARY | RSV1, deflate(b"Hello, world")) for _ in range(2))
    assert failure(connection(role, **own(other(role), takeover=False, bits=15)), data) == 1007


@pytest.mark.parametrize("role", ROLES)
def test_a_reference_beyond_the_window_is_harmless(role: ConnectionType) -> None:
    deflate = Deflater(15)
    data = b"".join(wire(role, BINARY | RSV1, deflate(NOISE)) for _ in range(2))
    receiver = connection(role, **own(other(role), takeover=True, bits=9))
    # The native extension inflates it all the same, which is a declared difference from upstream.
    if NATIVE:
        assert messages(receiver, data) == [NOISE, NOISE]
    else:
        assert failure(receiver, data) == 1007


@pytest.mark.parametrize("size", [1, 1000, 70_000])
@pytest.mark.parametrize("role", ROLES)
def test_a_message_may_be_as_large_as_the_limit(role: ConnectionType, size: int) -> None:
    receiver = connection(role, size)
    deflate = Deflater()
    for _ in range(2):
        assert messages(receiver, wire(role, BINARY | RSV1, deflate(b"a" * size))) == [b"a" * size]


@pytest.mark.parametrize("size", [1, 1000, 70_000])
@pytest.mark.parametrize("role", ROLES)
def test_a_message_must_not_be_larger_than_the_limit(role: ConnectionType, size: int) -> None:
    data = wire(role, BINARY | RSV1, Deflater()(b"a" * (size + 1)))
    assert failure(connection(role, size), data) == 1009


def test_no_more_than_the_limit_is_inflated() -> None:
    bomb = wire(CLIENT, BINARY | RSV1, Deflater()(bytes(64 << 20)))
    receiver = connection(CLIENT, 1 << 20)
    tracemalloc.start()
    try:
        assert failure(receiver, bomb) == 1009
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 << 20
