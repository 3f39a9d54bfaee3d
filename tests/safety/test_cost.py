"""
Eight times the input costs about eight times as much: nothing is quadratic in what a peer or a caller gives.

Costs are the thread's processor time. What is quadratic would take 64 times as long; the bound lies between,
and the cheapest of several attempts counts, so that a busy machine does not matter.
"""

from __future__ import annotations

import contextlib
import time
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.safety.prelude import REQUEST, Hook, enabled, frame
from wsproto import ConnectionType, WSConnection
from wsproto.connection import Connection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Message,
    Ping,
    RejectConnection,
    RejectData,
    Request,
    TextMessage,
)
from wsproto.extensions import PerMessageDeflate
from wsproto.frame_protocol import Buffer, FrameDecoder, FrameProtocol, MessageDecoder
from wsproto.handshake import H11Handshake, server_extensions_handshake
from wsproto.utilities import LocalProtocolError, RemoteProtocolError, normed_header_dict, split_comma_header

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsproto.extensions import Extension

CLIENT, SERVER = ConnectionType.CLIENT, ConnectionType.SERVER
#: How many times more the larger input is, and the most that it may cost more.
FACTOR, BOUND = 8, 30


def received(
    data: bytes, *extensions: Callable[[], Extension], piece: int | None = None
) -> Callable[[], object]:
    """Receive data, at once or piece by piece, and all events."""

    def run() -> None:
        connection = Connection(SERVER, [extension() for extension in extensions])
        for start in range(0, len(data), piece or len(data)):
            connection.receive_data(data[start : start + (piece or len(data))])
            for _ in connection.events():
                pass

    return run


def fed(data: bytes) -> Callable[[], object]:
    """Feed data byte by byte, and take the events at the end."""

    def run() -> None:
        connection = Connection(SERVER)
        for start in range(len(data)):
            connection.receive_data(data[start : start + 1])
        for _ in connection.events():
            pass

    return run


def one_event_an_iterator(data: bytes) -> Callable[[], object]:
    def run() -> None:
        connection = Connection(SERVER)
        connection.receive_data(data)
        while next(connection.events(), None) is not None:
            pass

    return run


def handshake(role: ConnectionType, head: bytes, piece: int) -> Callable[[], object]:
    def run() -> None:
        ws = WSConnection(role)
        if role is CLIENT:
            ws.send(Request(host="h", target="/"))
        try:
            for start in range(0, len(head), piece):
                ws.receive_data(head[start : start + piece])
                for _ in ws.events():
                    pass
        except RemoteProtocolError:
            pass

    return run


def sent(event: Event, *extensions: Callable[[], Extension]) -> Callable[[], object]:
    return lambda: Connection(CLIENT, [extension() for extension in extensions]).send(event)


def buffer(count: int) -> None:
    waiting = Buffer(b"")
    for _ in range(count):
        waiting.feed(b"x")
    for _ in range(count):
        waiting.consume_exactly(1)
        waiting.commit()


def frames(count: int) -> None:
    decoder = FrameDecoder(False)
    decoder.receive_bytes(frame(2, b"x") * count)
    messages = MessageDecoder()
    while (piece := decoder.process_buffer()) is not None:
        messages.process_frame(piece)


def rejection(count: int) -> None:
    ws = WSConnection(SERVER)
    ws.receive_data(REQUEST + b"\r\n")
    list(ws.events())
    ws.send(RejectConnection(headers=[(b"a", b"b")] * min(count, 100), has_body=True))
    for _ in range(count):
        ws.send(RejectData(b"x", body_finished=False))


def queued(count: int) -> None:
    """Begin iterators and abandon them."""
    shake = H11Handshake(SERVER)
    shake.receive_data(REQUEST + b"\r\n")
    for _ in range(count):
        for _ in shake.events():
            break


def accepted(count: int) -> None:
    ws = WSConnection(SERVER)
    ws.receive_data(REQUEST + b"\r\n")
    list(ws.events())
    ws.send(AcceptConnection(extra_headers=[(b"a", b"b")] * count))


def requested(count: int) -> None:
    WSConnection(CLIENT).send(Request("h", "/", [], [(b"a", b"b")] * count, ["p"] * count))


def request_event(count: int) -> Request:
    return Request("h", "/", [], [(b"a", b"b")] * count, ["p"] * count)


def compressed(count: int) -> bytes:
    return bytes(Connection(CLIENT, [enabled()]).send(BytesMessage(bytes(range(256)) * count)))


def deflated_messages(count: int) -> None:
    connection = Connection(CLIENT, [enabled()])
    for number in range(count):
        connection.send(TextMessage(f"message {number}"))


def refused(count: int) -> None:
    connection = Connection(CLIENT)
    for _ in range(count):
        with contextlib.suppress(LocalProtocolError):
            connection.send(CloseConnection(1000, "x"))


CHUNKED = b"HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n"
EMPTY_BLOCK = b"\x00\x00\x00\xff\xff"

#: What makes an operation of a size, and the smaller size.
OPERATIONS: dict[str, tuple[Callable[[int], Callable[[], object]], int]] = {
    "a large message received": (lambda n: received(frame(2, b"x" * n)), 300_000),
    "a large text received in pieces": (lambda n: received(frame(1, b"x" * n), piece=100), 100_000),
    "text whose characters are cut": (lambda n: received(frame(1, "\u20ac".encode() * n), piece=2), 5_000),
    "a message byte by byte": (lambda n: received(frame(2, b"x" * n), piece=1), 5_000),
    "bytes fed without looking": (lambda n: fed(frame(2, b"x" * n)), 20_000),
    "a large control frame byte by byte": (
        lambda n: received(frame(9, b"x" * 125) * (n // 100), piece=1),
        5_000,
    ),
    "many frames at once": (lambda n: received(frame(2, b"x") * n), 10_000),
    "an iterator for each event": (lambda n: one_event_an_iterator(frame(2, b"x") * n), 5_000),
    "many fragments": (lambda n: received(frame(2, b"x", fin=False) + frame(0, b"x", fin=False) * n), 10_000),
    "many empty fragments": (
        lambda n: received(frame(1, b"", fin=False) + frame(0, b"", fin=False) * n),
        10_000,
    ),
    "pings between fragments": (
        lambda n: received(frame(2, b"x", fin=False) + (frame(9, b"x") + frame(0, b"x", fin=False)) * n),
        5_000,
    ),
    "frames through hooks": (lambda n: received(frame(2, b"x") * n, Hook), 1_000),
    "a large message through hooks": (lambda n: received(frame(2, b"x" * n), Hook), 300_000),
    "a message through hooks byte by byte": (lambda n: received(frame(2, b"x" * n), Hook, piece=1), 1_000),
    "a compressed message": (lambda n: received(compressed(n), enabled), 4_000),
    "a compressed message byte by byte": (lambda n: received(compressed(n), enabled, piece=1), 300),
    "empty blocks": (lambda n: received(frame(2, EMPTY_BLOCK * n, rsv1=True), enabled), 50_000),
    "empty final blocks": (
        lambda n: received(frame(2, b"\x03\x00" * n, rsv1=True), enabled),
        50_000,
    ),
    "many compressed messages": (lambda n: received(frame(2, b"J\x04\x00", rsv1=True) * n, enabled), 2_000),
    "a large message sent": (lambda n: sent(BytesMessage(b"x" * n)), 300_000),
    "a large text sent": (lambda n: sent(TextMessage("\u20ac" * n)), 300_000),
    "a large message compressed": (lambda n: sent(BytesMessage(b"xy z" * n), enabled), 100_000),
    "a large random message compressed": (
        lambda n: sent(BytesMessage(Random(n).randbytes(n)), enabled),  # noqa: S311 - no secret
        100_000,
    ),
    "many messages compressed": (lambda n: lambda: deflated_messages(n), 500),
    "a message sent through hooks": (lambda n: sent(BytesMessage(b"x" * n), Hook), 300_000),
    "a long reason": (lambda n: sent(CloseConnection(1000, "\u20ac" * n)), 300_000),
    "what is refused": (lambda n: lambda: refused(n), 500),
    "a request byte by byte": (
        lambda n: handshake(SERVER, REQUEST + b"a: " + b"x" * n + b"\r\n\r\n", 1),
        1_500,
    ),
    "many headers": (lambda n: handshake(SERVER, REQUEST + b"a: b\r\n" * n + b"\r\n", 1 << 20), 1_000),
    "many headers byte by byte": (lambda n: handshake(SERVER, REQUEST + b"a: b\r\n" * n + b"\r\n", 1), 200),
    "many folded lines": (
        lambda n: handshake(SERVER, REQUEST + b"a: b\r\n" + b" c\r\n" * n + b"\r\n", 1 << 20),
        1_000,
    ),
    "many empty lines first": (lambda n: handshake(SERVER, b"\r\n" * n + REQUEST + b"\r\n", 1), 1_000),
    "many interim responses": (lambda n: handshake(CLIENT, b"HTTP/1.1 103 Early\r\n\r\n" * n, 1 << 20), 500),
    "many interim responses byte by byte": (
        lambda n: handshake(CLIENT, b"HTTP/1.1 103 Early\r\n\r\n" * n, 1),
        100,
    ),
    "many chunks of a rejection": (lambda n: handshake(CLIENT, CHUNKED + b"1\r\nx\r\n" * n, 1 << 20), 2_000),
    "many chunks byte by byte": (lambda n: handshake(CLIENT, CHUNKED + b"1\r\nx\r\n" * n, 1), 500),
    "a long list of extensions": (
        lambda n: handshake(
            SERVER, REQUEST + b"Sec-WebSocket-Extensions: " + b"a, " * n + b"b\r\n\r\n", 1 << 20
        ),
        800,
    ),
    "many offers": (
        lambda n: lambda: server_extensions_handshake(["permessage-deflate; x=y"] * n, [PerMessageDeflate()]),
        1_000,
    ),
    "an offer with many parameters": (
        lambda n: lambda: PerMessageDeflate().accept("permessage-deflate" + "; a=b" * n),
        100_000,
    ),
    "a header with many members": (lambda n: lambda: split_comma_header(b"a," * n), 5_000),
    "a dictionary of headers": (lambda n: lambda: normed_header_dict([(b"a", b"b")] * n), 5_000),
    "a dictionary of different headers": (
        lambda n: lambda: normed_header_dict([(str(number).encode(), b"b") for number in range(n)]),
        1_000,
    ),
    "a request with many headers": (lambda n: lambda: requested(n), 2_000),
    "an acceptance with many headers": (lambda n: lambda: accepted(n), 2_000),
    "a body in many pieces": (lambda n: lambda: rejection(n), 2_000),
    "abandoned iterators": (lambda n: lambda: queued(n), 5_000),
    "a Buffer": (lambda n: lambda: buffer(n), 5_000),
    "frames and messages by hand": (lambda n: lambda: frames(n), 2_000),
    "the repr of an event": (lambda n: lambda: repr(request_event(n)), 5_000),
    "comparing events": (lambda n: lambda: request_event(n) == request_event(n), 50_000),
    "the hash of an event": (lambda n: lambda: hash(TextMessage("x" * n)), 300_000),
    "frames of a protocol": (lambda n: lambda: FrameProtocol(True, []).send_data("x" * n), 300_000),
    "a ping": (lambda n: lambda: [Connection(CLIENT).send(Ping(b"x")) for _ in range(n)], 2_000),
    "a message of the base class": (lambda n: sent(Message("x" * n)), 300_000),
}


def cost(operation: Callable[[], object]) -> int:
    begun = time.thread_time_ns()
    operation()
    return time.thread_time_ns() - begun


@pytest.mark.parametrize("name", OPERATIONS)
def test_costs_grow_with_the_input_and_no_faster(name: str) -> None:
    make, size = OPERATIONS[name]
    small, large = make(size), make(size * FACTOR)
    small()
    large()
    # Either may be disturbed: the cheapest large one counts, beside the dearest of the cheap small ones.
    least_small, least_large = cost(small), cost(large)
    for _ in range(6):
        if least_large < BOUND * least_small:
            break
        least_large = min(least_large, cost(large))
        least_small = max(least_small, min(cost(small), cost(small)))
    assert least_large < BOUND * least_small, (
        f"{least_small} ns for {size}, {least_large} ns for {size * FACTOR}"
    )
