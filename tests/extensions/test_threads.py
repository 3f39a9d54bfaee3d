"""
Other threads run while much is deflated or inflated, and no thread waits for an unrelated operation.

The interpreter never takes its lock from a thread here, so whatever happens in between was let in.
"""

from __future__ import annotations

import gc
import random
import sys
import threading
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.connection.wire import BINARY, frame
from tests.extensions.deflating import MIB, RSV1, Derived, agreed, deflated, server
from wsproto.events import BytesMessage, Event, TextMessage
from wsproto.extensions import PerMessageDeflate
from wsproto.frame_protocol import FrameProtocol, Opcode, RsvBits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wsproto.connection import Connection

LIMIT = 60
MUCH = 64 * MIB

#: Whether the interpreter has no lock (PEP 703).
FREE = not getattr(sys, "_is_gil_enabled", lambda: True)()

CLASSES = pytest.mark.parametrize("cls", [PerMessageDeflate, Derived])


@pytest.fixture(autouse=True)
def _no_switching() -> Iterator[None]:
    """Let a thread keep the interpreter until it waits or lets go of it."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(LIMIT)
    yield
    sys.setswitchinterval(before)


def let_in(action: Callable[[], object]) -> bool:
    """Return whether another thread, which is ready to run, does so during the action."""
    go = threading.Lock()
    go.acquire()
    ran: list[bool] = []

    def other() -> None:
        go.acquire()
        ran.append(True)

    thread = threading.Thread(target=other)
    thread.start()
    go.release()
    action()
    during = bool(ran)
    thread.join(LIMIT)
    return during


@contextmanager
def meanwhile(action: Callable[[], object]) -> Iterator[list[bool]]:
    """Do the body while another thread is busy with the action; what it gets is filled once that is done."""
    busy = threading.Lock()
    busy.acquire()
    done: list[bool] = []

    def other() -> None:
        busy.release()
        action()
        done.append(True)

    thread = threading.Thread(target=other)
    thread.start()
    # Free as soon as the other thread says so, but to run, it has to wait until that lets go.
    busy.acquire()
    assert not done, "it has not let go of the interpreter"
    yield done
    thread.join(LIMIT)
    assert done


def zeros(cls: type[PerMessageDeflate], size: int, times: int = 1) -> Connection:
    """Return a server that has received so many compressed messages of zeros."""
    connection = server(cls(max_piece_size=2 * MUCH))
    for _ in range(times):
        compressor = zlib.compressobj(wbits=-15)
        payload = compressor.compress(bytes(size)) + compressor.flush(zlib.Z_SYNC_FLUSH)
        connection.receive_data(frame(BINARY | RSV1, payload[:-4]))
    return connection


def data_of(event: Event) -> bytes:
    """Return the data of a binary message."""
    assert isinstance(event, BytesMessage)
    return bytes(event.data)


@CLASSES
def test_other_threads_run_while_much_is_deflated(cls: type[PerMessageDeflate]) -> None:
    connection = server(cls())
    event = BytesMessage(bytes(MUCH))
    assert let_in(lambda: connection.send(event))


def test_other_threads_run_while_much_is_inflated() -> None:
    """Few bytes that become many are enough."""
    events = zeros(PerMessageDeflate, MUCH).events()
    assert let_in(lambda: next(events))


def test_other_threads_run_while_a_hook_inflates_much() -> None:
    """The hook is called directly: the connection joins bytes after it, which lets other threads run too."""
    extension, protocol = agreed(Derived()), FrameProtocol(client=False, extensions=[])
    bits = RsvBits(rsv1=True, rsv2=False, rsv3=False)
    payload = deflated(bytes(MUCH))
    extension.frame_inbound_header(protocol, Opcode.BINARY, bits, len(payload))
    assert let_in(lambda: extension.frame_inbound_payload_data(protocol, payload))


@CLASSES
def test_they_do_not_while_a_little_is_deflated(cls: type[PerMessageDeflate]) -> None:
    """Releasing the interpreter would take longer than the work. Free threads need no release."""
    event = BytesMessage(random.Random(0).randbytes(2_000))  # noqa: S311
    connection = server(cls())
    assert let_in(lambda: [connection.send(event) for _ in range(1_000)]) is FREE


def test_they_do_not_while_a_little_is_inflated() -> None:
    """A derived class inflates by `zlib`, which lets them in for any length."""
    connection = zeros(PerMessageDeflate, 10_000, times=1_000)
    assert let_in(lambda: list(connection.events())) is FREE


@CLASSES
def test_a_sender_does_not_wait_for_a_receiver(cls: type[PerMessageDeflate]) -> None:
    connection = zeros(cls, MUCH)
    received: list[int] = []
    event = TextMessage("x" * 1_000)
    with meanwhile(lambda: received.append(len(data_of(next(connection.events()))))) as done:
        for _ in range(100):
            connection.send(event)
        assert not done
    assert received == [MUCH] or cls is Derived


def test_a_receiver_does_not_wait_for_a_sender() -> None:
    connection = zeros(PerMessageDeflate, 1_000)
    event = BytesMessage(bytes(MUCH))
    with meanwhile(lambda: connection.send(event)) as done:
        assert len(data_of(next(connection.events()))) == 1_000
        assert not done


def test_the_garbage_collector_does_not_wait_for_a_lock() -> None:
    """It leaves alone what is in use."""
    connection = zeros(PerMessageDeflate, MUCH)
    with meanwhile(lambda: next(connection.events())) as done:
        gc.collect()
        assert not done


def test_those_who_want_the_same_wait_for_each_other() -> None:
    """Two senders, or a thread that feeds a receiver: no deadlock, and nothing is lost."""
    connection = zeros(PerMessageDeflate, MUCH)
    with meanwhile(lambda: next(connection.events())):
        connection.receive_data(frame(BINARY, b"after"))
    assert data_of(list(connection.events())[-1]) == b"after"
    frames: list[bytes] = []
    with meanwhile(lambda: frames.append(connection.send(BytesMessage(bytes(MUCH))))):
        after = connection.send(BytesMessage(b"after"))
    inflater = zlib.decompressobj(wbits=-15)
    (first,) = frames
    header = {126: 4, 127: 10}[first[1]]
    assert len(inflater.decompress(first[header:] + b"\0\0\xff\xff")) == MUCH
    assert inflater.decompress(after[2:] + b"\0\0\xff\xff") == b"after"
