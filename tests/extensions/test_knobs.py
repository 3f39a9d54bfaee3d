"""What `PerMessageDeflate` can be told beyond what RFC 7692 negotiates."""

from __future__ import annotations

import json
import random
import zlib
from typing import Any

import pytest

from tests.extensions.deflating import Derived, agreed, server
from wsproto.connection import CLIENT, SERVER, Connection
from wsproto.events import BytesMessage, Event, TextMessage
from wsproto.extensions import PerMessageDeflate
from wsproto.frame_protocol import FrameProtocol, Opcode, RsvBits

#: The extension itself, whose hooks are never called, and one whose hooks are.
CLASSES = pytest.mark.parametrize("cls", [PerMessageDeflate, Derived])


def document(size: int, seed: int = 1) -> str:
    """Return JSON of about this size."""
    chance = random.Random(seed)  # noqa: S311 (sample data)
    rows = [{"id": chance.randrange(10**6), "name": chance.choice("abc") * 4} for _ in range(size // 30)]
    return json.dumps(rows)


def sent(extension: PerMessageDeflate, *events: Event) -> list[bytes]:
    """Return the frames that a server makes of the events."""
    connection = server(extension)
    return [connection.send(event) for event in events]


@pytest.mark.parametrize(
    ("name", "default", "least", "most"),
    [
        ("compression_level", None, 0, 9),
        ("memory_level", 8, 1, 9),
        ("min_size", 0, 0, None),
        ("max_piece_size", 1 << 20, 1, None),
    ],
)
def test_ranges(name: str, default: int | None, least: int, most: int | None) -> None:
    """Numbers out of range are `ValueError`, other things `TypeError`; the attribute says what was given."""
    assert getattr(PerMessageDeflate(), name) == default
    made: Any = PerMessageDeflate
    for value in (least, most or 10**12):
        assert getattr(made(**{name: value}), name) == value
    for value in (least - 1, (most or 2**63) + 1, -(2**70), 2**70):
        with pytest.raises(ValueError, match=f"^{name} must be between {least} and "):
            made(**{name: value})
    odd_ones = ("6", 6.0, b"6", [6], *(() if default is None else (None,)))
    for odd in odd_ones:
        with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
            made(**{name: odd})


def test_they_are_keywords() -> None:
    """Upstream has four positional parameters, and so have we."""
    with pytest.raises(TypeError, match="positional"):
        PerMessageDeflate(False, None, False, None, 6)  # type: ignore[call-arg]


def test_no_level_gives_less_than_zlib_s_own() -> None:
    """Level 6 is zlib's own; fragments wait for one another, so that they are one message as there."""
    texts = [document(size, seed) for seed in range(20) for size in (300, 1_900, 300, 5_000)]
    for finished in (True, False):
        events = [TextMessage(text, message_finished=finished or n == 79) for n, text in enumerate(texts)]
        sizes = {
            level: sum(map(len, sent(PerMessageDeflate(compression_level=level), *events)))
            for level in (None, 6)
        }
        assert sizes[None] < sizes[6]


def test_they_cannot_be_changed() -> None:
    """The compressor may be in use."""
    with pytest.raises(AttributeError):
        PerMessageDeflate().compression_level = 1  # type: ignore[misc]


def test_nothing_of_them_is_negotiated() -> None:
    """RFC 7692 section 7.1 knows nothing of them, nor does the repr."""
    tuned = PerMessageDeflate(compression_level=1, memory_level=1, min_size=1, max_piece_size=1)
    assert (repr(tuned), tuned.offer()) == (repr(PerMessageDeflate()), PerMessageDeflate().offer())


def test_derived_classes_pass_them_on() -> None:
    """By `super().__init__`, and under what names of their own they like."""

    class Tuned(PerMessageDeflate):
        def __init__(self, *, level: int, **others: Any) -> None:
            super().__init__(compression_level=level, **others)

    tuned = Tuned(level=3, client_max_window_bits=10, min_size=7)
    assert (tuned.compression_level, tuned.client_max_window_bits, tuned.min_size) == (3, 10, 7)


@CLASSES
@pytest.mark.parametrize("memory_level", [1, 5, 8, 9])
@pytest.mark.parametrize("level", [None, *range(10)])
@pytest.mark.parametrize("bits", [9, 12, 15])
def test_every_level_comes_back(
    cls: type[PerMessageDeflate], level: int | None, memory_level: int, bits: int
) -> None:
    """RFC 7692 section 7.2.1: whatever the effort, it is DEFLATE, within the window that was agreed upon."""
    extension = cls(server_max_window_bits=bits, compression_level=level, memory_level=memory_level)
    connection = server(extension)
    inflater = zlib.decompressobj(wbits=-bits)
    for size in (40, 300, 300, 5_000, 0, 60_000, 300):
        text = document(size, seed=size)
        data = connection.send(TextMessage(text))
        header = 2 if data[1] < 126 else 4 if data[1] == 126 else 10
        assert inflater.decompress(data[header:] + b"\0\0\xff\xff").decode() == text


@CLASSES
def test_more_effort_gives_less(cls: type[PerMessageDeflate]) -> None:
    """Level 0 stores, 1 is the fastest, 9 the smallest."""
    event = TextMessage(document(50_000))
    sizes = [len(sent(cls(compression_level=level), event)[0]) for level in (0, 1, 6, 9)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > len(event.data) > 3 * sizes[1]


def test_the_defaults_compress_about_as_well_as_zlib() -> None:
    """Beside zlib's own level 6 and memory level 8: the shortest messages are a few per cent longer."""
    for size, count, most in ((200, 300, 1.05), (1_000, 100, 1.0), (64_000, 5, 1.0)):
        texts = [document(size, seed) for seed in range(count)]
        ours = sum(map(len, sent(PerMessageDeflate(), *map(TextMessage, texts))))
        compressor = zlib.compressobj(wbits=-15)
        theirs = sum(
            len(compressor.compress(text.encode()) + compressor.flush(zlib.Z_SYNC_FLUSH)) for text in texts
        )
        assert ours < theirs * most


@CLASSES
def test_short_messages_go_uncompressed(cls: type[PerMessageDeflate]) -> None:
    """RFC 7692 section 6: RSV1 says of each message whether it is compressed."""
    short, long = TextMessage("é" * 49), TextMessage("é" * 50)
    frames = sent(cls(min_size=100), short, long, short)
    assert [data[0] for data in frames] == [0x81, 0xC1, 0x81]
    assert frames[0] == frames[2] == b"\x81\x62" + short.data.encode()


@CLASSES
def test_fragments_are_compressed_whatever_their_size(cls: type[PerMessageDeflate]) -> None:
    """RFC 7692 section 6.1: the first fragment says so, and does not know how long they will be."""
    frames = sent(cls(min_size=100), BytesMessage(b"a", message_finished=False), BytesMessage(b"b"))
    assert [data[0] for data in frames] == [0x42, 0x80]


@CLASSES
def test_what_goes_uncompressed_is_not_in_the_window(cls: type[PerMessageDeflate]) -> None:
    """RFC 7692 section 7.2.1: the window is that of the compressed messages; the peer's is the same."""
    sender, receiver = Connection(CLIENT, [agreed(cls(min_size=20))]), server(cls())
    texts = ["abcdefghij" * 5, "abcdefghij", "abcdefghij" * 5, "", "abcdefghij" * 2, "xyz" * 50]
    for text in texts:
        receiver.receive_data(sender.send(TextMessage(text)))
    assert [event.data for event in receiver.events() if isinstance(event, TextMessage)] == texts


def test_hooks_called_by_hand_know_them_too() -> None:
    """`frame_outbound`, as another implementation of frames would call it."""
    extension = agreed(PerMessageDeflate(min_size=5))
    protocol = FrameProtocol(client=False, extensions=[])
    bits = RsvBits(rsv1=False, rsv2=False, rsv3=False)
    rsv, data = extension.frame_outbound(protocol, Opcode.TEXT, bits, b"1234", True)
    assert (rsv, data) == (bits, b"1234")
    rsv, data = extension.frame_outbound(protocol, Opcode.TEXT, bits, b"12345", True)
    assert rsv.rsv1
    assert zlib.decompressobj(wbits=-15).decompress(data + b"\0\0\xff\xff") == b"12345"


def test_a_foreign_compressor_is_spared_them_too() -> None:
    """Somebody's own `zlib` object gets only what is to be compressed."""
    extension = agreed(PerMessageDeflate(min_size=5))
    extension._compressor = zlib.compressobj(wbits=-15)
    connection = Connection(SERVER, [extension])
    assert connection.send(TextMessage("1234")) == b"\x81\x041234"
    assert connection.send(TextMessage("12345"))[0] == 0xC1
