"""Inflation is lazy and bounded: a step of `events()` gives a piece of a message, the next one goes on."""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from itertools import pairwise
from pathlib import Path

import pytest

from tests.connection.wire import BINARY, CONTINUES, ENDS, PING, TEXT, TEXT_BEGINS, frame
from tests.extensions.deflating import MIB, RSV1, Derived, deflated, message, pieces, server
from wsproto.events import BytesMessage, Ping, TextMessage
from wsproto.extensions import PerMessageDeflate

UNIX = pytest.mark.skipif(sys.platform == "win32", reason="there is no getrusage() on this platform")
CLASSES = pytest.mark.parametrize("cls", [PerMessageDeflate, Derived])

#: 64 KiB on the wire, 64 MiB in memory.
BOMB = """
import resource, sys, zlib
from pathlib import Path
from tests.connection.wire import BINARY, frame
from tests.extensions.deflating import MIB, RSV1, Derived, server
from wsproto.extensions import PerMessageDeflate

def highest():
    status = Path("/proc/self/status")
    if status.exists():  # where getrusage() tells of the parent too
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

compressor = zlib.compressobj(9, wbits=-15)
payload = b"".join(compressor.compress(bytes(MIB)) for _ in range(64)) + compressor.flush(zlib.Z_SYNC_FLUSH)
assert len(payload) < 66_000
connection = server({cls}())
connection.receive_data(frame(BINARY | RSV1, payload[:-4]))
events = connection.events()
total = len(next(events).data)  # so that what is needed only once is there
before = highest()
total += {rest}
assert total == {total}, total
print(highest() - before)
"""


def peak(cls: type[PerMessageDeflate], rest: str, total: int) -> int:
    """Return how many bytes the peak of a process grows in these further steps."""
    program = BOMB.format(cls=cls.__name__, rest=rest, total=total)
    root = Path(__file__).parents[2]
    # AddressSanitizer would keep what has been freed.
    options = f"{os.environ.get('ASAN_OPTIONS', '')}:quarantine_size_mb=0:thread_local_quarantine_size_kb=0"
    environment = {**os.environ, "ASAN_OPTIONS": options}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=root, env=environment, check=True, capture_output=True, text=True)
    return int(done.stdout)


@UNIX
@CLASSES
def test_the_memory_of_a_step_is_that_of_a_piece(cls: type[PerMessageDeflate]) -> None:
    """64 KiB on the wire never become 64 MiB: a step holds a piece as inflated, and as handed out."""
    assert peak(cls, "sum(len(event.data) for event in events)", 64 * MIB) < 4 * MIB


@UNIX
def test_the_measurement_sees_what_is_kept() -> None:
    """Were all pieces there at once, the peak would show it."""
    assert peak(PerMessageDeflate, "len(b''.join([event.data for event in events]))", 64 * MIB) > 60 * MIB


def test_a_piece_ends_neither_its_frame_nor_its_message() -> None:
    """The last event does, if it is empty; the first one starts the message, as ever."""
    connection = server(PerMessageDeflate())
    connection.receive_data(message(bytes(3 * MIB)))
    assert [
        (len(event.data), event.frame_finished, event.message_finished) for event in data(connection)
    ] == [
        (MIB, False, False),
        (MIB, False, False),
        (MIB, False, False),
        (0, True, True),
    ]


def data(connection: object) -> list[BytesMessage | TextMessage]:
    """Return the data events that wait."""
    found = []
    for event in connection.events():  # type: ignore[attr-defined]
        assert isinstance(event, (BytesMessage, TextMessage))
        found.append(event)
    return found


@pytest.mark.parametrize("most", [1, 7, 1_000, 16_384, 16_385, 100_000, 2 * MIB])
def test_the_size_of_a_piece_can_be_chosen(most: int) -> None:
    """`max_piece_size`: no event holds more, and all but the last hold as much."""
    text = b"".join(b"%d, " % number for number in range(20_000 if most > 7 else 50))
    connection = server(PerMessageDeflate(max_piece_size=most))
    connection.receive_data(message(text))
    found = pieces(connection)
    assert b"".join(found) == text
    assert {len(piece) for piece in found[:-1]} <= {most}
    assert len(found[-1]) <= most


@pytest.mark.parametrize("most", [1, 1_000, 200_000])
def test_derived_classes_inflate_a_little_at_a_time(most: int) -> None:
    """Their hooks give all that they can at once: they are given what cannot become more, or 125 bytes."""
    text = bytes(MIB) + b"".join(b"%d, " % number for number in range(20_000))
    connection = server(Derived(max_piece_size=most))
    connection.receive_data(message(text))
    found = pieces(connection)
    assert b"".join(found) == text
    assert max(map(len, found)) <= max(most, 126 * 1032)
    assert len(found) > 5


def test_other_payloads_of_derived_classes_are_not_cut() -> None:
    """What is not compressed comes as it arrives."""
    connection = server(Derived(max_piece_size=1))
    connection.receive_data(frame(BINARY, bytes(5_000)) + frame(BINARY, bytes(200)))
    assert [len(piece) for piece in pieces(connection)] == [5_000, 200]


@CLASSES
def test_text_is_cut_between_code_points(cls: type[PerMessageDeflate]) -> None:
    """RFC 6455 section 8.1: a piece of a text need not end where a code point ends; an event does."""
    text = "€😀é" * 2_000
    connection = server(cls(max_piece_size=1_001))
    connection.receive_data(frame(TEXT | RSV1, deflated(text.encode())))
    assert b"".join(pieces(connection)).decode() == text


@CLASSES
def test_other_frames_wait_their_turn(cls: type[PerMessageDeflate]) -> None:
    """A ping between fragments, and the next message, come after all pieces of the data before them."""
    payload = deflated(b"x" * 10_000)
    connection = server(cls(max_piece_size=2_000))
    connection.receive_data(frame(TEXT_BEGINS | RSV1, payload[:20]) + frame(PING, b"!"))
    connection.receive_data(frame(CONTINUES, payload[20:]) + frame(PING, b"?") + frame(ENDS))
    connection.receive_data(frame(TEXT, b"plain"))
    events = list(connection.events())
    pings = [index for index, event in enumerate(events) if isinstance(event, Ping)]
    texts = [event.data for event in events if isinstance(event, TextMessage)]
    assert [len(pings), "".join(texts[:-1]), texts[-1]] == [2, "x" * 10_000, "plain"]
    assert 0 < pings[0] < pings[1] < len(events) - 2
    assert len(texts) > 5 or cls is Derived
    finished = [event.message_finished for event in events if isinstance(event, TextMessage)]
    assert finished == [False] * (len(texts) - 2) + [True, True]


def test_the_context_goes_on_between_pieces_and_messages() -> None:
    """RFC 7692 section 7.2.2: the window is the stream's, however it is cut."""
    compressor = zlib.compressobj(wbits=-15)
    connection = server(PerMessageDeflate(max_piece_size=333))
    texts = [b"".join(b"%d %d;" % (number, turn) for number in range(3_000)) for turn in range(4)]
    for text in texts:
        payload = compressor.compress(text) + compressor.flush(zlib.Z_SYNC_FLUSH)
        connection.receive_data(frame(BINARY | RSV1, payload[:-4]))
        assert b"".join(pieces(connection)) == text


def test_an_iterator_that_is_dropped_leaves_the_rest() -> None:
    """A caller may stop at any piece, and go on with another iterator."""
    connection = server(PerMessageDeflate(max_piece_size=1_000))
    connection.receive_data(message(bytes(10_000)))
    lengths = []
    for _ in range(11):
        event = next(connection.events())
        assert isinstance(event, BytesMessage)
        lengths.append(len(event.data))
    assert all(one >= other for one, other in pairwise(lengths))
    assert sum(lengths) == 10_000
    assert list(connection.events()) == []
