"""
Each difference in what the objects are and keep, by an example on both sides.

`examples.py` has those in what is read and sent, and says how an example is written.
"""

from __future__ import annotations

import copy
import pickle
import tracemalloc
from typing import TYPE_CHECKING, Any, Generic

from tests.differential.examples import deflated, deflating, error, example, request, server
from tests.differential.wire import BINARY, TEXT, Frame
from tests.events.test_copying import Elsewhere
from tests.oracle import upstream

if TYPE_CHECKING:
    from types import ModuleType

MIB = 1 << 20

#: The public names of upstream's `FrameDecoder` that have no counterpart.
KEPT_BETWEEN_FRAMES = [
    "effective_opcode",
    "extension_processing",
    "header",
    "masker",
    "parse_extended_payload_length",
    "parse_header",
    "payload_consumed",
    "payload_required",
]


@example(
    "Events are plain classes",
    theirs={
        "class of Event": "ABCMeta",
        "Generic is a base": True,
        "subscribed": "typing",
        "attribute of Event()": "no error",
        "attribute of Ping()": "no error",
        "attribute beside slots": "no error",
        "fields beside slots": {"payload": b"", "anything": 1},
        "written through vars()": b"changed",
        "written through vars() of a subclass": b"changed",
        "both Ping and Pong": "no error",
        "both Ping and Exception": "no error",
        "pickles of upstream": ["loaded"] * (pickle.HIGHEST_PROTOCOL + 1),
    },
    expected={
        "class of Event": "type",
        "Generic is a base": False,
        "subscribed": "types",
        "attribute of Event()": "builtins.AttributeError",
        "attribute of Ping()": "builtins.AttributeError",
        "attribute beside slots": "builtins.AttributeError",
        "fields beside slots": {"payload": b""},
        "written through vars()": b"",
        "written through vars() of a subclass": b"",
        "both Ping and Pong": "builtins.TypeError",
        "both Ping and Exception": "builtins.TypeError",
        "pickles of upstream": ["refused"] * 2 + ["loaded"] * (pickle.HIGHEST_PROTOCOL - 1),
    },
)
def _(package: ModuleType) -> dict[str, Any]:
    events = package.events
    bare, ping = events.Event(), events.Ping()
    slotted = type("Slotted", (events.Ping,), {"__slots__": ("extra",)})()
    derived = type("Derived", (events.Ping,), {})()
    for event in (ping, derived):
        vars(event)["payload"] = b"changed"
    return {
        "class of Event": type(events.Event).__name__,
        "Generic is a base": Generic in events.Message.__mro__,
        "subscribed": type(events.Message[str]).__module__,
        "attribute of Event()": error(lambda: setattr(bare, "anything", 1)),
        "attribute of Ping()": error(lambda: object.__setattr__(events.Ping(), "anything", 1)),
        "attribute beside slots": error(lambda: object.__setattr__(slotted, "anything", 1)),
        "fields beside slots": dict(vars(slotted)),
        "written through vars()": ping.payload,
        "written through vars() of a subclass": derived.payload,
        "both Ping and Pong": error(lambda: type("Both", (events.Ping, events.Pong), {})),
        "both Ping and Exception": error(lambda: type("Both", (events.Ping, Exception), {})),
        "pickles of upstream": [loaded(package, protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)],
    }


def loaded(package: ModuleType, protocol: int) -> str:
    """Return whether the package loads an event that upstream has pickled."""
    data = pickle.dumps(upstream().events.Ping(b"beat"), protocol)
    try:
        event = Elsewhere(data, package).load()
    except TypeError:
        return "refused"
    return "loaded" if event == package.events.Ping(b"beat") else "garbled"


@example(
    "What FrameDecoder keeps between two frames is private",
    theirs=(KEPT_BETWEEN_FRAMES, "the buffer itself", b"\x82"),
    expected=([], "a copy", b"\x82"),
)
def _(package: ModuleType) -> Any:
    decoder = package.frame_protocol.FrameDecoder(True)
    decoder.receive_bytes(b"\x82")
    first, second = decoder.buffer, decoder.buffer
    return (
        [name for name in KEPT_BETWEEN_FRAMES if hasattr(decoder, name)],
        "the buffer itself" if first is second else "a copy",
        bytes(second.consume_exactly(1)),
    )


@example(
    "The parameters of PerMessageDeflate are values",
    theirs=("yes", [], 5, "client_max_window_bits=10; server_max_window_bits=15"),
    expected=(True, False, True, "client_max_window_bits=15; server_max_window_bits=15"),
)
def _(package: ModuleType) -> Any:
    deflate = package.extensions.PerMessageDeflate("yes", None, [])
    given = (deflate.client_no_context_takeover, deflate.server_no_context_takeover)
    deflate.client_no_context_takeover = 5
    bits = property(lambda _: 10, lambda _self, _bits: None)
    overridden = type("Other", (package.extensions.PerMessageDeflate,), {"client_max_window_bits": bits})
    return (*given, deflate.client_no_context_takeover, overridden().offer())


@example("Nothing is buffered after a parse failure", theirs=1_000_000, expected=0)
def _(package: ModuleType) -> Any:
    connection = package.connection.Connection(package.ConnectionType.SERVER)
    connection.receive_data(Frame(TEXT, b"not masked").build())
    (failure,) = connection.events()
    assert failure.code == 1002
    before = len(connection._proto._frame_decoder.buffer)
    for _ in range(10):
        connection.receive_data(bytes(100_000))
        assert list(connection.events()) == []
    return len(connection._proto._frame_decoder.buffer) - before


@example(
    "Inflation comes in pieces",
    theirs=([(4 * MIB, True, True)], 4 * MIB, "more than the message", 4 * MIB, True),
    expected=([(MIB, False, False)] * 4 + [(0, True, True)], 4 * MIB, "one piece", 4 * MIB, False),
)
def _(package: ModuleType) -> Any:
    frame = Frame(BINARY, deflated(bytes(4 * MIB)), rsv=4).build()
    connection = deflating(package)
    connection.receive_data(frame)
    pieces, zeros = [], 0
    tracemalloc.start()
    for event in connection.events():
        pieces.append((len(event.data), event.frame_finished, event.message_finished))
        zeros += event.data.count(0)
        del event  # so that no two pieces are there at once
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    bounds = {MIB + 100_000: "one piece", 4 * MIB: "less than the message"}
    most = next((said for bound, said in bounds.items() if peak < bound), "more than the message")
    beside_another = beside(package)
    beside_another.receive_data(frame)
    sizes = [len(event.data) for event in beside_another.events()]
    return (pieces, zeros, most, sum(sizes), max(sizes) > MIB)


@example("Limits and tuning", theirs=["builtins.TypeError"] * 5, expected=["no error"] * 5)
def _(package: ModuleType) -> Any:
    server, deflate = package.ConnectionType.SERVER, package.extensions.PerMessageDeflate
    return [
        error(lambda: package.connection.Connection(server, max_message_size=1000)),
        error(lambda: deflate(compression_level=1)),
        error(lambda: deflate(memory_level=1)),
        error(lambda: deflate(min_size=1000)),
        error(lambda: deflate(max_piece_size=1000)),
    ]


def beside(package: ModuleType) -> Any:
    """Return a client that has permessage-deflate on, and a second extension that does nothing."""
    deflate = package.extensions.PerMessageDeflate()
    deflate.finalize("permessage-deflate")
    methods = {"enabled": lambda _: True, "offer": lambda _: True}
    nothing = type("Nothing", (package.extensions.Extension,), methods)()
    return package.connection.Connection(package.ConnectionType.CLIENT, [deflate, nothing])


@example(
    "Once open, the handshake forgets",
    theirs=(["Request"] * 2, True),
    expected=(["Request", "NoneType"], False),
)
def _(package: ModuleType) -> Any:
    ws = server(package, request())
    handshake = ws.handshake
    kept = [type(handshake._initiating_request).__name__]
    ws.send(package.events.AcceptConnection())
    kept.append(type(handshake._initiating_request).__name__)
    return (kept, hasattr(handshake, "_h11_connection"))


@example("A PerMessageDeflate in use cannot be copied", theirs="no error", expected="builtins.TypeError")
def _(package: ModuleType) -> str:
    deflate = package.extensions.PerMessageDeflate()
    deflate._enabled = True
    connection = package.connection.Connection(package.ConnectionType.SERVER, [deflate])
    connection.send(package.events.TextMessage("hello"))
    return error(lambda: copy.copy(deflate))
