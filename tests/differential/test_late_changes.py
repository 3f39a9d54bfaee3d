"""
What is put on a `PerMessageDeflate` object, or on its class, while a connection is using it.

Upstream looks for the hooks and the streams whenever it needs them: a change takes effect with the next
frame, or with the next piece of the one in progress.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import pytest

from tests.differential.deflating import Parameters, Peer
from tests.differential.harness import Duel, Side
from tests.differential.observe import look
from tests.differential.operations import Answer, Drain, Made, Member, Receive, Send, build
from tests.differential.test_data_phase import role
from tests.differential.wire import BINARY, CLOSE, PING, TEXT, Frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOOKS = ("frame_inbound_header", "frame_inbound_payload_data", "frame_inbound_complete", "frame_outbound")


def extension_of(side: Side) -> Any:
    """Return the extension of a side's connection."""
    return side.notes["extension"]


def logged(side: Side, name: str, original: Any) -> Callable[..., Any]:
    """Return a hook that does what it did, and leaves its arguments in the log."""

    def hook(*arguments: Any) -> Any:
        side.log.append((name, *(look(each) for each in arguments if type(each).__module__ == "builtins")))
        return original(*arguments)

    return hook


@dataclass(frozen=True)
class Watch:
    """A hook of the instance, of its class or of a class that it is given, replaced by one that is logged."""

    name: str
    where: str = "instance"

    def run(self, side: Side) -> None:
        extension = extension_of(side)
        if self.where == "new class":
            extension.__class__ = type("Derived", (type(extension),), {})
        target = extension if self.where == "instance" else type(extension)
        hook = logged(side, self.name, getattr(target, self.name))
        side.notes.setdefault("put", []).append((target, self.name, target.__dict__.get(self.name)))
        setattr(target, self.name, hook)


@dataclass(frozen=True)
class Restore:
    """Everything as it was before the last change, as mocks leave it."""

    def run(self, side: Side) -> None:
        for target, name, before in reversed(side.notes.pop("put", [])):
            if before is None:
                delattr(target, name)
            else:
                setattr(target, name, before)


@dataclass(frozen=True)
class Answering:
    """A hook of the instance that gives the same answer every time."""

    name: str
    answer: Any

    def run(self, side: Side) -> None:
        answer = build(self.answer, side.package)
        setattr(extension_of(side), self.name, lambda *_: answer)


@dataclass(frozen=True)
class PutStream:
    """A `zlib` stream of the program, or none."""

    name: str
    make: Callable[[], Any]

    def run(self, side: Side) -> None:
        setattr(extension_of(side), self.name, self.make())


@dataclass(frozen=True)
class Swap:
    """A stream that is taken out, and put back after something else was there."""

    name: str
    make: Callable[[], Any]

    def run(self, side: Side) -> None:
        extension = extension_of(side)
        before = getattr(extension, self.name)
        setattr(extension, self.name, self.make())
        setattr(extension, self.name, before)


def nothing() -> None:
    """Make no stream."""


def stored() -> Any:
    """Make a compressor that leaves everything as it is, which shows."""
    return zlib.compressobj(0, wbits=-15)


def compressor() -> Any:
    """Make one as the extension does."""
    return zlib.compressobj(wbits=-15)


def decompressor() -> Any:
    """Make a decompressor."""
    return zlib.decompressobj(wbits=-15)


@dataclass(frozen=True, init=False)
class Below:
    """A method of the connection's `FrameProtocol`, or of something in it."""

    path: tuple[str, ...]

    def __init__(self, *path: str) -> None:
        """Take the attributes that lead there."""
        object.__setattr__(self, "path", path)

    def run(self, side: Side) -> Any:
        result = attrgetter(".".join(self.path))(side.subject._proto)()
        return list(result) if self.path[-1] == "received_frames" else result


@dataclass(frozen=True)
class SendBelow:
    """What a `FrameProtocol` makes of a payload."""

    name: str
    payload: bytes
    on_the_wire = True

    def run(self, side: Side) -> Any:
        return getattr(side.subject._proto, self.name)(self.payload)


REASON = Member("CloseReason", "POLICY_VIOLATION")

CHANGES: dict[str, list[Any]] = {
    **{f"{name} of the instance": [Watch(name)] for name in HOOKS},
    **{f"{name} of the class": [Watch(name, "class")] for name in HOOKS},
    **{f"{name} of another class": [Watch(name, "new class")] for name in HOOKS},
    "all of the instance": [Watch(name) for name in HOOKS],
    "all of the class": [Watch(name, "class") for name in HOOKS],
    "there and back, instance": [*[Watch(name) for name in HOOKS], Restore()],
    "there and back, class": [*[Watch(name, "class") for name in HOOKS], Restore()],
    **{f"{name} that refuses": [Answering(name, REASON)] for name in HOOKS[:3]},
    "another compressor": [PutStream("_compressor", compressor)],
    "a compressor that stores": [PutStream("_compressor", stored)],
    "no compressor": [PutStream("_compressor", nothing)],
    "another decompressor": [PutStream("_decompressor", decompressor)],
    "no decompressor": [PutStream("_decompressor", nothing)],
    "a compressor, there and back": [Swap("_compressor", stored)],
    "a decompressor, there and back": [Swap("_decompressor", decompressor)],
}

changes = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
takeover = pytest.mark.parametrize("takeover", [True, False], ids=["takeover", "no takeover"])


@pytest.fixture(autouse=True)
def classes() -> Iterator[None]:
    """Leave the classes as they were."""
    SIDES.clear()
    yield
    for side in SIDES:
        Restore().run(side)


#: The sides of the comparison in progress.
SIDES: list[Side] = []


class Exchange:
    """A duel, and a peer that compresses in one context."""

    def __init__(self, role: str, *, takeover: bool = True) -> None:
        """Make both."""
        parameters = Parameters(not takeover, None, not takeover, None)

        def make(side: Side) -> Any:
            SIDES.append(side)
            side.notes["extension"] = parameters.enabled(side)
            kind = build(Member("ConnectionType", role), side.package)
            return side.package.connection.Connection(kind, [side.notes["extension"]])

        self.duel = Duel(make, deflation=parameters.sent_by(role))
        self.peer = Peer(parameters.sent_by("CLIENT" if role == "SERVER" else "SERVER"))
        self.mask = b"abcd" if role == "SERVER" else None

    def compressed(self, data: bytes) -> bytes:
        """Return the payload of a message of the peer's."""
        return self.peer.compress(data, -1, zlib.Z_DEFAULT_STRATEGY)

    def frame(self, opcode: int, payload: bytes, *, fin: bool = True, rsv: int = 0) -> bytes:
        """Return a frame of the peer's."""
        return Frame(opcode, payload, fin, rsv, self.mask).build()

    def exchange(self, word: bytes) -> None:
        """Receive a message of the peer's, and send one."""
        self.run(Receive(self.frame(TEXT, self.compressed(word * 9), rsv=4)), Drain())
        self.run(Receive(self.frame(BINARY, word)), Drain())
        self.run(Send(Made("TextMessage", (word.decode() * 9,))), Send(Made("Ping", (word,))))

    def finish(self) -> None:
        """Receive a ping and a close frame, and answer them."""
        self.run(Receive(self.frame(PING, b"ping")), Drain(), Answer())
        self.run(Receive(self.frame(CLOSE, b"\x03\xe8")), Drain(), Answer())

    def run(self, *operations: Any) -> None:
        """Do something on both sides."""
        self.duel.run(operations)


@role
@takeover
@changes
def test_before_anything_else(role: str, change: list[Any], *, takeover: bool) -> None:
    """The connection has been made, and that is all."""
    duel = Exchange(role, takeover=takeover)
    duel.run(*change)
    duel.exchange(b"once")
    duel.exchange(b"twice")
    duel.finish()


@role
@takeover
@changes
def test_between_messages(role: str, change: list[Any], *, takeover: bool) -> None:
    """Both streams are in use."""
    duel = Exchange(role, takeover=takeover)
    duel.exchange(b"before")
    duel.run(*change)
    duel.exchange(b"after")
    duel.exchange(b"before")
    duel.finish()


@role
@takeover
@changes
@pytest.mark.parametrize("fin", [True, False], ids=["of a frame", "of a message"])
def test_in_the_middle_of_what_is_received(
    role: str, change: list[Any], *, takeover: bool, fin: bool
) -> None:
    """Half of it has been inflated."""
    duel = Exchange(role, takeover=takeover)
    duel.exchange(b"before")
    payload = duel.compressed(b"something that is new, and somewhat longer")
    half = len(payload) // 2
    if fin:
        frame = duel.frame(TEXT, payload, rsv=4)
        first, second = frame[:-half], frame[-half:]
    else:
        first = duel.frame(TEXT, payload[:half], fin=False, rsv=4)
        second = duel.frame(0, payload[half:])
    duel.run(Receive(first), Drain(), *change, Receive(second), Drain())
    duel.exchange(b"after")
    duel.finish()


@role
@takeover
@changes
def test_in_the_middle_of_what_is_sent(role: str, change: list[Any], *, takeover: bool) -> None:
    """The first fragment of a message has been compressed."""
    duel = Exchange(role, takeover=takeover)
    duel.exchange(b"before")
    duel.run(Send(Made("BytesMessage", (b"first", True, False))))
    duel.run(*change)
    duel.run(Send(Made("BytesMessage", (b"second",))))
    duel.exchange(b"after")
    duel.finish()


@role
@pytest.mark.parametrize("name", HOOKS)
@pytest.mark.parametrize("where", ["instance", "class"])
def test_in_the_layer_below(role: str, name: str, where: str) -> None:
    """`Connection._proto`, a `FrameProtocol`, and its decoder call the same hooks."""
    duel = Exchange(role)
    duel.exchange(b"before")
    duel.run(Watch(name, where))
    first, second = (duel.frame(TEXT, duel.compressed(word * 9), rsv=4) for word in (b"one", b"two"))
    duel.run(Receive(first + second), Below("_frame_decoder", "process_buffer"), Below("received_frames"))
    duel.run(SendBelow("ping", b"ping"), SendBelow("send_data", b"data" * 9), Restore())
    duel.exchange(b"after")
