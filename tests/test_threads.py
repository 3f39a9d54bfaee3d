"""
Objects in the hands of threads that do not take turns: no crash, no panic, only errors that can be expected.

What comes of it otherwise means nothing. On a free-threaded build (PEP 703) this has most to find.
"""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

import pytest

from tests.connection.wire import TEXT, frame
from tests.handshake.messages import request
from wsproto import ConnectionType, WSConnection
from wsproto.connection import Connection
from wsproto.events import AcceptConnection, CloseConnection, Request, TextMessage
from wsproto.extensions import PerMessageDeflate
from wsproto.frame_protocol import FrameProtocol, Opcode, RsvBits
from wsproto.utilities import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable

THREADS, ROUNDS, EACH = 6, 200, 25

REQUEST = request((b"Sec-WebSocket-Extensions", b"permessage-deflate"))
HELLO = frame(TEXT, b"hello")
CLEAR = RsvBits(rsv1=False, rsv2=False, rsv3=False)

#: What another thread has made impossible meanwhile: there is no request yet, or no key; a generator runs, or
#: has ended; a queue has been emptied, which upstream does not expect either.
EXPECTED = (ProtocolError, ValueError, AssertionError, KeyError, IndexError, StopIteration)


def handshake() -> list[Callable[[], object]]:
    """Return what can be done with a connection from its beginning on."""
    ws = WSConnection(random.choice(list(ConnectionType)))  # noqa: S311 (of no secret)
    return [
        lambda: ws.receive_data(REQUEST),
        lambda: list(ws.events()),
        lambda: ws.send(AcceptConnection(extensions=[PerMessageDeflate()])),
        lambda: ws.send(Request(host="example.com", target="/")),
        lambda: ws.send(TextMessage("hello")),
        lambda: ws.receive_data(HELLO),
        lambda: (ws.state, ws.handshake.connection, repr(ws.handshake)),
    ]


def open_connection() -> list[Callable[[], object]]:
    """Return what can be done with a connection that is open, and with one iterator over its events."""
    connection = Connection(random.choice(list(ConnectionType)))  # noqa: S311
    events = connection.events()
    return [
        lambda: connection.receive_data(HELLO),
        lambda: connection.receive_data(frame(TEXT, b"hello", masked=False)),
        lambda: list(connection.events()),
        lambda: next(events, None),
        lambda: events.send(None),
        lambda: events.throw(ValueError),
        events.close,
        lambda: connection.send(TextMessage("hello", message_finished=False)),
        lambda: connection.send(CloseConnection(code=1000)),
    ]


def frames() -> list[Callable[[], object]]:
    """Return what can be done with the layer below, and an extension."""
    extension = PerMessageDeflate()
    protocol = FrameProtocol(client=False, extensions=[extension])
    return [
        lambda: protocol.receive_bytes(HELLO),
        lambda: list(protocol.received_frames()),
        lambda: protocol.send_data("hello", fin=True),
        lambda: extension.accept("permessage-deflate; client_no_context_takeover"),
        lambda: extension.finalize("permessage-deflate"),
        lambda: extension.frame_outbound(protocol, Opcode.TEXT, CLEAR, b"hello" * 9, fin=True),
        lambda: (repr(extension), extension.enabled()),
    ]


def event() -> list[Callable[[], object]]:
    """Return what can be done with an event whose lists have not been made."""
    made = Request(host="example.com", target="/")
    return [
        lambda: len(made.extensions),
        lambda: len(made.extra_headers),
        lambda: object.__setattr__(made, "extensions", []),
        lambda: (repr(made), made == Request(host="example.com", target="/")),
    ]


@pytest.mark.parametrize("make", [handshake, open_connection, frames, event])
def test_threads_in_each_other_s_way(make: Callable[[], list[Callable[[], object]]]) -> None:
    """Each does one thing after the other with the same objects, at random."""
    unexpected: list[BaseException] = []
    turns = [make() for _ in range(ROUNDS)]
    start = threading.Barrier(THREADS)

    def work() -> None:
        for actions in turns:
            start.wait(60)
            for _ in range(EACH):
                attempt(random.choice(actions))  # noqa: S311

    def attempt(action: Callable[[], object]) -> None:
        try:
            action()
        except EXPECTED:
            pass
        except BaseException as error:  # noqa: BLE001 (a panic is one)
            unexpected.append(error)

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert unexpected == []
