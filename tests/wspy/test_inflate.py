"""`Inflater`: streams that end within a message (RFC 7692 section 7.2.3.4), and their number."""

from __future__ import annotations

import zlib

import pytest

from wsproto.frame_protocol import CloseReason
from wspy import inflate
from wspy.inflate import BYTES_PER_END, FREE_ENDS, Inflater

#: An empty block that ends a stream.
END = b"\x03\x00"


def ended(data: bytes) -> bytes:
    """Return a stream that has ended."""
    stream = zlib.compressobj(level=0, wbits=-15)
    return stream.compress(data) + stream.flush()


@pytest.mark.parametrize("count", [FREE_ENDS + 1, 1 << 19])
def test_empty_streams_beyond_the_bound_are_refused(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def decompressobj(bits: int) -> zlib._Decompress:
        made.append(bits)
        return zlib.decompressobj(bits)

    monkeypatch.setattr(
        inflate, "zlib", type("Zlib", (), {"decompressobj": decompressobj, "error": zlib.error})
    )
    assert Inflater(15, 1 << 24).inflate(END * count) is CloseReason.INVALID_FRAME_PAYLOAD_DATA
    assert len(made) == FREE_ENDS + 1


def test_the_bound_is_of_a_message_however_it_arrives() -> None:
    inflater = Inflater(15, None)
    assert [inflater.inflate(END) for _ in range(FREE_ENDS)] == [b""] * FREE_ENDS
    assert inflater.inflate(END) is CloseReason.INVALID_FRAME_PAYLOAD_DATA


def test_the_bound_begins_anew_with_each_flush_and_each_message() -> None:
    inflater = Inflater(15, None)
    for begin in (lambda: inflater.finish(keep_window=True), inflater.start_message):
        assert inflater.inflate(END * FREE_ENDS) == b""
        begin()
    assert inflater.inflate(END * FREE_ENDS) == b""


@pytest.mark.parametrize("size", [BYTES_PER_END, 1000, 40_000])
@pytest.mark.parametrize("chunk", [1, 100, 1 << 24])
def test_streams_of_some_size_may_end_again_and_again(size: int, chunk: int) -> None:
    count = 200_000 // size
    data = b"".join(ended(bytes([index % 256]) * size) for index in range(count))
    inflater = Inflater(15, None)
    pieces = [inflater.inflate(data[start : start + chunk]) for start in range(0, len(data), chunk)]
    assert b"".join(map(bytes, pieces)) == b"".join(bytes([index % 256]) * size for index in range(count))
