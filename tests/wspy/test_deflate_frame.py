"""deflate-frame: its frames, beside a peer that is written with zlib alone."""

from __future__ import annotations

import tracemalloc
import zlib

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
    connection,
    failure,
    frames,
    handshake,
    messages,
    wire,
)
from wsproto.connection import CLIENT, SERVER, ConnectionType
from wsproto.events import (
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    TextMessage,
)
from wsproto.extensions import Extension
from wsproto.frame_protocol import FrameDecoder, Opcode, RsvBits
from wspy.deflate_frame import DeflateFrame

WINDOWS = range(8, 16)


def agreed(parameters: str = "", *, limit: int | None = None, **options: int) -> DeflateFrame:
    """Return an extension that has been asked for something by its peer."""
    extension = DeflateFrame(
        options.get("max_window_bits"), no_context_takeover=bool(options.get("no_context_takeover"))
    ).fresh(limit)
    assert extension.accept(f"deflate-frame{parameters}") is not False
    return extension


@pytest.mark.parametrize("takeover", [True, False])
@pytest.mark.parametrize("bits", WINDOWS)
@pytest.mark.parametrize("role", ROLES)
def test_what_is_sent_stays_within_the_window_of_the_peer(
    role: ConnectionType, bits: int, *, takeover: bool
) -> None:
    asked = f"; max_window_bits={bits}" + ("" if takeover else "; no_context_takeover")
    sender = connection(role, agreed(asked))
    inflate = Inflater(bits, takeover=takeover)
    for sample in [*SAMPLES, *SAMPLES[3:5]]:
        (sent,) = frames(sender.send(BytesMessage(sample)))
        assert sent.first == (BINARY | RSV1 if sample else BINARY)
        assert (inflate(sent.payload) if sample else sent.payload) == sample


@pytest.mark.parametrize("takeover", [True, False])
@pytest.mark.parametrize("bits", WINDOWS)
@pytest.mark.parametrize("role", ROLES)
def test_what_a_peer_sends_within_its_window_is_received(
    role: ConnectionType, bits: int, *, takeover: bool
) -> None:
    receiver = connection(role, agreed(max_window_bits=bits, no_context_takeover=not takeover))
    deflate = Deflater(bits, takeover=takeover)
    for sample in [*SAMPLES, *SAMPLES[3:5]]:
        assert messages(receiver, wire(role, BINARY | RSV1, deflate(sample))) == [sample]


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 1000, 65_536])
@pytest.mark.parametrize("role", ROLES)
def test_bytes_may_arrive_in_any_pieces(role: ConnectionType, chunk: int) -> None:
    deflate = Deflater()
    samples = SAMPLES[:4] * 2 if chunk < 1000 else SAMPLES
    data = b"".join(wire(role, BINARY | RSV1, deflate(sample)) for sample in samples)
    assert messages(connection(role, agreed()), data, range(chunk, len(data), chunk)) == samples


@given(st.data())
def test_any_frames_cut_anywhere_are_the_messages_that_were_sent(data: st.DataObject) -> None:
    role = data.draw(st.sampled_from(ROLES))
    bits = data.draw(st.sampled_from(WINDOWS))
    takeover = data.draw(st.booleans())
    deflate = Deflater(bits, takeover=takeover)
    sent, expected = b"", []
    for fragments in data.draw(
        st.lists(st.lists(st.binary(max_size=600), min_size=1, max_size=3), max_size=4)
    ):
        expected.append(b"".join(fragments))
        for index, fragment in enumerate(fragments):
            compressed = data.draw(st.booleans())
            first = (0 if index else Opcode.BINARY) | (0x80 if index == len(fragments) - 1 else 0)
            payload = deflate(fragment) if compressed else fragment
            sent += wire(role, first | (RSV1 if compressed else 0), payload)
    cuts = data.draw(st.lists(st.integers(0, len(sent)), max_size=8).map(sorted))
    receiver = connection(role, agreed(max_window_bits=bits, no_context_takeover=not takeover))
    assert messages(receiver, sent, cuts) == expected


@given(st.data())
def test_two_connections_understand_each_other(data: st.DataObject) -> None:
    sides = [
        DeflateFrame(
            data.draw(st.none() | st.sampled_from(WINDOWS)), no_context_takeover=data.draw(st.booleans())
        )
        for _ in ROLES
    ]
    ends = handshake([sides[0]], [sides[1]])
    for _ in range(data.draw(st.integers(1, 6))):
        sender, receiver = data.draw(st.permutations(ends))
        event: Event = data.draw(
            st.builds(TextMessage, st.text(max_size=300)) | st.builds(BytesMessage, st.binary(max_size=300))
        )
        receiver.receive_data(sender.send(event))
        assert list(receiver.events()) == [event]


def test_fragments_are_compressed_one_by_one() -> None:
    sender = connection(CLIENT, agreed())
    inflate = Inflater()
    sent = [
        *frames(sender.send(BytesMessage(b"Hello" * 9, message_finished=False))),
        *frames(sender.send(BytesMessage(b"Hello" * 9, message_finished=False))),
        *frames(sender.send(BytesMessage(b"world" * 9))),
    ]
    assert [each.first for each in sent] == [BINARY_BEGINS | RSV1, CONTINUES | RSV1, ENDS | RSV1]
    assert [inflate(each.payload) for each in sent] == [b"Hello" * 9, b"Hello" * 9, b"world" * 9]


@pytest.mark.parametrize("role", ROLES)
def test_frames_without_the_bit_are_not_compressed(role: ConnectionType) -> None:
    receiver = connection(role, agreed())
    deflate = Deflater()
    data = (
        wire(role, BINARY_BEGINS, b"plain, ")
        + wire(role, CONTINUES | RSV1, deflate(b"deflated, "))
        + wire(role, ENDS, b"plain")
    )
    assert messages(receiver, data) == [b"plain, deflated, plain"]


def test_an_empty_frame_is_sent_as_it_is() -> None:
    assert connection(SERVER, agreed()).send(BytesMessage(b"")) == bytes([BINARY, 0])


@pytest.mark.parametrize("role", ROLES)
def test_an_empty_compressed_frame_is_received(role: ConnectionType) -> None:
    assert messages(connection(role, agreed()), wire(role, BINARY | RSV1, b"\0")) == [b""]


@pytest.mark.parametrize("role", ROLES)
def test_control_frames_are_never_compressed(role: ConnectionType) -> None:
    (sent,) = frames(connection(role, agreed()).send(Ping(b"a" * 100)))
    assert sent == (PING, b"a" * 100)


@pytest.mark.parametrize("role", ROLES)
def test_control_frames_come_between_compressed_fragments(role: ConnectionType) -> None:
    receiver = connection(role, agreed())
    deflate = Deflater()
    receiver.receive_data(
        wire(role, BINARY_BEGINS | RSV1, deflate(b"Hello, "))
        + wire(role, PING, b"ping")
        + wire(role, ENDS | RSV1, deflate(b"Hello"))
    )
    assert list(receiver.events()) == [
        BytesMessage(b"Hello, ", message_finished=False),
        Ping(b"ping"),
        BytesMessage(b"Hello"),
    ]


@pytest.mark.parametrize("opcode", [Opcode.PING, Opcode.PONG, Opcode.CLOSE])
@pytest.mark.parametrize("role", ROLES)
def test_a_control_frame_with_the_bit_is_an_error(role: ConnectionType, opcode: Opcode) -> None:
    assert failure(connection(role, agreed()), wire(role, 0x80 | RSV1 | opcode, b"\0")) == 1002


def test_a_control_frame_with_the_bit_is_an_error_beside_an_extension_that_uses_it_too() -> None:
    class Claiming(Extension):
        name = "claiming"

        def enabled(self) -> bool:
            return True

        def offer(self) -> bool:
            return True

        def frame_inbound_header(self, *_: object) -> RsvBits:
            return RsvBits(rsv1=True, rsv2=False, rsv3=False)

    decoder = FrameDecoder(client=True, extensions=[Claiming(), agreed()])
    decoder.receive_bytes(wire(CLIENT, PING | RSV1, b""))
    with pytest.raises(Exception, match="extension") as caught:
        decoder.process_buffer()
    assert caught.value.code == 1002  # type: ignore[attr-defined]


def test_a_header_may_arrive_without_its_masking_key() -> None:
    receiver = connection(SERVER, agreed(limit=10))
    deflate = Deflater()
    data = wire(SERVER, BINARY_BEGINS | RSV1, deflate(b"12345")) + wire(
        SERVER, ENDS | RSV1, deflate(b"67890")
    )
    second = len(data) // 2
    # After two bytes of each frame the header is complete but for its key, and is looked at once more.
    assert messages(receiver, data, [2, 3, 5, second + 2, second + 4]) == [b"1234567890"]


def test_a_stream_may_end_within_a_frame() -> None:
    stream = zlib.compressobj(wbits=-15)
    ended = stream.compress(b"Hello") + stream.flush()
    receiver = connection(CLIENT, agreed())
    # RFC 7692 section 7.2.3.4 has the zero byte, and without it there is nothing else that it could mean.
    data = b"".join(
        wire(CLIENT, TEXT | RSV1, payload) for payload in (ended + b"\0", ended, ended * 3 + b"\0")
    )
    assert messages(receiver, data) == [b"Hello", b"Hello", b"Hello" * 3]


# What a peer must not do


@pytest.mark.parametrize("payload", [b"\xff", b"\x07", b"Hello", b"\x01\x00\x00\x00\x00"])
@pytest.mark.parametrize("role", ROLES)
def test_data_that_is_not_deflate_is_refused(role: ConnectionType, payload: bytes) -> None:
    assert failure(connection(role, agreed()), wire(role, BINARY | RSV1, payload)) == 1007


def test_a_reference_to_another_frame_is_refused_if_it_was_not_to_be_made() -> None:
    deflate = Deflater()
    data = b"".join(wire(CLIENT, BINARY | RSV1, deflate(b"Hello, world")) for _ in range(2))
    assert failure(connection(CLIENT, agreed(no_context_takeover=True)), data) == 1007


def test_a_reference_beyond_the_window_that_was_asked_for_is_refused() -> None:
    deflate = Deflater(15)
    data = b"".join(wire(CLIENT, BINARY | RSV1, deflate(NOISE)) for _ in range(2))
    assert failure(connection(CLIENT, agreed(max_window_bits=9)), data) == 1007


def test_text_is_decoded_after_it_was_inflated() -> None:
    data = wire(CLIENT, TEXT | RSV1, Deflater()(b"\xff"))
    assert failure(connection(CLIENT, agreed()), data) == 1007


@pytest.mark.parametrize("size", [1, 1000, 70_000])
@pytest.mark.parametrize("role", ROLES)
def test_a_message_may_be_as_large_as_the_limit(role: ConnectionType, size: int) -> None:
    receiver = connection(role, agreed(limit=size))
    deflate = Deflater()
    for _ in range(2):
        assert messages(receiver, wire(role, BINARY | RSV1, deflate(b"a" * size))) == [b"a" * size]


@pytest.mark.parametrize("size", [1, 1000, 70_000])
@pytest.mark.parametrize("role", ROLES)
def test_a_message_must_not_be_larger_than_the_limit(role: ConnectionType, size: int) -> None:
    data = wire(role, BINARY | RSV1, Deflater()(b"a" * (size + 1)))
    assert failure(connection(role, agreed(limit=size)), data) == 1009


def test_the_limit_is_of_a_message_of_all_its_frames() -> None:
    deflate = Deflater()
    data = (
        wire(CLIENT, BINARY_BEGINS | RSV1, deflate(b"a" * 60))
        + wire(CLIENT, PING, b"ping")
        + wire(CLIENT, ENDS | RSV1, deflate(b"a" * 60))
    )
    receiver = connection(CLIENT, agreed(limit=100))
    receiver.receive_data(data)
    assert list(receiver.events()) == [
        BytesMessage(b"a" * 60, message_finished=False),
        Ping(b"ping"),
        CloseConnection(1009, "error in extension"),
    ]


def test_no_more_than_the_limit_is_inflated() -> None:
    bomb = wire(CLIENT, BINARY | RSV1, Deflater()(bytes(64 << 20)))
    receiver = connection(CLIENT, agreed(limit=1 << 20))
    tracemalloc.start()
    try:
        assert failure(receiver, bomb) == 1009
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 << 20
