"""
The iterators of `events()` and `received_frames()` behave as generators.

Upstream has generators there (PEP 342 and PEP 380 say what those do), so each of their methods is compared
wherever a generator can stand: begun or not, at its last `yield`, exhausted, closed, or running.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.connection.wire import BINARY, PING, TEXT, frame
from tests.differential.harness import same
from tests.differential.observe import look
from tests.handshake.messages import request

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from types import ModuleType

    from tests.differential.observe import View

    Make = Callable[[ModuleType], Generator[Any, Any, None]]
    Act = Callable[[Any, ModuleType], Any]

#: RFC 6455 section 5.2: the reserved bit is a mistake, the last thing that is reported.
STREAM = frame(TEXT, b"one") + frame(PING, b"two") + frame(BINARY | 0x20, b"broken")


def connection(package: ModuleType) -> Any:
    """Return the iterator of a server that has received a text, a ping and a mistake."""
    return package.connection.Connection(package.ConnectionType.SERVER, None, STREAM).events()


def waiting(package: ModuleType) -> Any:
    """Return an iterator over events put into the queue, and no others."""
    subject = package.connection.Connection(package.ConnectionType.SERVER)
    subject._events.extend([package.events.Ping(b"1"), package.events.Ping(b"2")])
    return subject.events()


def opened(package: ModuleType) -> Any:
    """Return a server after its handshake."""
    subject = package.WSConnection(package.ConnectionType.SERVER)
    subject.receive_data(request())
    list(subject.events())
    subject.send(package.events.AcceptConnection())
    return subject


def ws_connection(package: ModuleType) -> Any:
    """Return the iterator of an open `WSConnection` with the same events."""
    subject = opened(package)
    subject.receive_data(STREAM)
    return subject.events()


def ws_connection_opened_late(package: ModuleType) -> Any:
    """Return one that was made before there was a connection."""
    subject = package.WSConnection(package.ConnectionType.SERVER)
    subject.receive_data(request())
    list(subject.events())
    events = subject.events()
    subject.send(package.events.AcceptConnection())
    subject.receive_data(STREAM)
    return events


def ws_connection_with_handshake(package: ModuleType) -> Any:
    """Return one over an event of the handshake, and no others."""
    subject = package.WSConnection(package.ConnectionType.SERVER)
    subject.receive_data(request())
    return subject.events()


class Foreign:
    """A foreign connection or handshake, whose events are given to its constructor."""

    connection = None

    def __init__(self, events: Callable[[], Iterator[Any]]) -> None:
        self.events = events


def stubborn() -> Iterator[Any]:
    """Yield what was sent and thrown."""
    said: Any = "begun"
    while said != "enough":
        try:
            said = yield said
        except (KeyError, StopIteration) as error:  # noqa: PERF203 (that is what it is for)
            said = repr(error)


class Unwilling:
    """An iterator without `send` that yields what is thrown, and raises something else when it is closed."""

    def __init__(self) -> None:
        self.rest = iter([1, 2])

    def __iter__(self) -> Iterator[Any]:  # noqa: D105 (an iterator)
        return self

    def __next__(self) -> Any:  # noqa: D105 (an iterator)
        return next(self.rest)

    def throw(self, *arguments: Any) -> Any:
        return [repr(argument) for argument in arguments[:2]]

    def close(self) -> None:
        msg = "not closed"
        raise LookupError(msg)


def giving_up() -> Iterator[Any]:
    """Yield, and return when something is thrown."""
    try:
        yield 1
        yield 2
    except LookupError:
        return


FOREIGN: list[Callable[[], Iterator[Any]]] = [
    stubborn,
    Unwilling,
    giving_up,
    lambda: iter([1, 2]),
]


def foreign_connection(events: Callable[[], Iterator[Any]]) -> Make:
    """Return a factory of iterators over the events of a foreign connection."""

    def make(package: ModuleType) -> Any:
        subject = package.WSConnection(package.ConnectionType.SERVER)
        subject.connection = Foreign(events)
        return subject.events()

    return make


def foreign_handshake(events: Callable[[], Iterator[Any]]) -> Make:
    """Return a factory of iterators over the events of a foreign handshake, and then of a connection."""

    def make(package: ModuleType) -> Any:
        subject = package.WSConnection(package.ConnectionType.SERVER)
        subject.handshake = Foreign(events)
        subject.connection = package.connection.Connection(package.ConnectionType.SERVER, None, STREAM)
        return subject.events()

    return make


def received_frames(package: ModuleType) -> Any:
    """Return the iterator of a `FrameProtocol`."""
    subject = package.frame_protocol.FrameProtocol(False, [])
    subject.receive_bytes(STREAM)
    return subject.received_frames()


def handshake(package: ModuleType) -> Any:
    """Return the iterator of an `H11Handshake`."""
    subject = package.handshake.H11Handshake(package.ConnectionType.SERVER)
    subject.receive_data(request())
    return subject.events()


MAKERS: dict[str, Make] = {
    make.__name__: make
    for make in (
        connection,
        waiting,
        ws_connection,
        ws_connection_opened_late,
        ws_connection_with_handshake,
        received_frames,
        handshake,
    )
}
for _number, _events in enumerate(FOREIGN):
    MAKERS[f"foreign_connection-{_number}"] = foreign_connection(_events)
    MAKERS[f"foreign_handshake-{_number}"] = foreign_handshake(_events)


class RefusedError(Exception):
    """An exception that cannot be made."""

    def __init__(self) -> None:
        msg = "cannot be made"
        raise ArithmeticError(msg)


class NoInstanceError(Exception):
    """A class whose instances are something else."""

    def __new__(cls) -> Any:
        return 5


def traceback() -> Any:
    """Return a traceback."""
    try:
        next(iter(()))
    except StopIteration as error:
        return error.__traceback__


ACTS: dict[str, Act] = {
    "next": lambda events, _: next(events),
    "send None": lambda events, _: events.send(None),
    "send a value": lambda events, _: events.send(5),
    "close": lambda events, _: events.close(),
    "throw a class": lambda events, _: events.throw(KeyError),
    "throw an instance": lambda events, _: events.throw(KeyError("mine")),
    "throw a class with a value": lambda events, _: events.throw(KeyError, "mine"),
    "throw a class with several values": lambda events, _: events.throw(KeyError, ("a", "b")),
    "throw a class with an instance": lambda events, _: events.throw(KeyError, KeyError("mine")),
    "throw a class with one of a subclass": lambda events, _: events.throw(LookupError, KeyError("mine")),
    "throw a class with one of another": lambda events, _: events.throw(KeyError, OSError("other")),
    "throw a class with None": lambda events, _: events.throw(KeyError, None, None),
    "throw a class with a traceback": lambda events, _: events.throw(KeyError, "mine", traceback()),
    "throw an instance with a traceback": lambda events, _: events.throw(KeyError(1), None, traceback()),
    "throw an instance with a value": lambda events, _: events.throw(KeyError("mine"), "value"),
    "throw with what is no traceback": lambda events, _: events.throw(KeyError, "mine", "there"),
    "throw a class that cannot be made": lambda events, _: events.throw(RefusedError),
    "throw a class that makes no exception": lambda events, _: events.throw(NoInstanceError),
    "throw another class": lambda events, _: events.throw(int),
    "throw a number": lambda events, _: events.throw(5),
    "throw a text": lambda events, _: events.throw("text"),
    "throw None": lambda events, _: events.throw(None),
    "throw GeneratorExit": lambda events, _: events.throw(GeneratorExit),
    "throw a GeneratorExit": lambda events, _: events.throw(GeneratorExit("mine")),
    "throw StopIteration": lambda events, _: events.throw(StopIteration),
    "throw a StopIteration": lambda events, _: events.throw(StopIteration(7)),
    "throw a StopAsyncIteration": lambda events, _: events.throw(StopAsyncIteration(7)),
    "throw a KeyboardInterrupt": lambda events, _: events.throw(KeyboardInterrupt("mine")),
    "throw a ParseFailed": lambda events, package: events.throw(package.frame_protocol.ParseFailed("mine")),
    "throw a ParseFailed with a code": lambda events, package: events.throw(
        package.frame_protocol.ParseFailed("mine", package.frame_protocol.CloseReason.GOING_AWAY)
    ),
    "throw a RemoteProtocolError": lambda events, package: events.throw(
        package.utilities.RemoteProtocolError("mine")
    ),
}


def told(error: BaseException | None) -> View:
    """Return what can be seen of an exception, and of those that it comes of."""
    if error is None:
        return None
    value = look(error.value) if isinstance(error, StopIteration) else None
    return (look(error), value, told(error.__cause__), error.__suppress_context__)


def outcome(act: Act, events: Any, package: ModuleType) -> View:
    """Return what comes of an act: any exception is compared."""
    try:
        return look(act(events, package))
    except BaseException as error:  # noqa: BLE001 (GeneratorExit and KeyboardInterrupt are thrown)
        return told(error)


makers = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
acts = pytest.mark.parametrize("act", ACTS)


def course(make: Make, *names: str) -> None:
    """Compare what comes of one act after another, the last of which is to close."""
    same(partial(run, make=make, names=[*names, "close"]))


def run(package: ModuleType, make: Make, names: list[str]) -> View:
    """Return what comes of these acts."""
    events = make(package)
    return [outcome(ACTS[name], events, package) for name in names]


@makers
@acts
def test_wherever_it_stands(make: Make, act: str) -> None:
    """Fresh, in the middle, at the last event, or after it; and how it continues."""
    for steps in range(5):
        course(make, *["next"] * steps, act, "next", act, "next")


@makers
@acts
def test_after_it_was_ended(make: Make, act: str) -> None:
    """By `close`, by an exception, or not at all, because what was to be thrown is none."""
    for before in ("close", "throw an instance", "throw a StopIteration", "throw a number"):
        course(make, before, act, "next")
        course(make, "next", before, act, "next")


def with_hook(package: ModuleType, kind: str, hook: str, does: Callable[[], Any]) -> Any:
    """Return the iterator of an object of the kind, with an extension whose hook does something first."""

    class Meddling(package.extensions.Extension):  # type: ignore[misc, name-defined]
        name = "x-meddling"

        def enabled(self) -> bool:
            return True

        def offer(self) -> bool:
            return True

    def meddle(self: Any, *arguments: Any) -> Any:
        does()
        return getattr(super(Meddling, self), hook)(*arguments)

    setattr(Meddling, hook, meddle)
    if kind == "FrameProtocol":
        protocol = package.frame_protocol.FrameProtocol(False, [Meddling()])
        protocol.receive_bytes(STREAM)
        return protocol.received_frames()
    below = package.connection.Connection(package.ConnectionType.SERVER, [Meddling()])
    below.receive_data(STREAM)
    if kind == "Connection":
        return below.events()
    subject = opened(package)
    subject.connection = below
    return subject.events()


kinds = pytest.mark.parametrize("kind", ["Connection", "WSConnection", "FrameProtocol"])
hooks = pytest.mark.parametrize("hook", ["frame_inbound_header", "frame_inbound_payload_data"])


@kinds
@hooks
@acts
def test_while_it_is_running(kind: str, hook: str, act: str) -> None:
    """A hook of an extension has a go at the very iterator that calls it, which goes on all the same."""

    def run(package: ModuleType) -> View:
        seen: list[View] = []
        events = with_hook(package, kind, hook, lambda: seen.append(outcome(ACTS[act], events, package)))
        return [[outcome(ACTS["next"], events, package) for _ in range(4)], seen]

    same(run)


@kinds
@hooks
def test_a_stop_iteration_of_a_hook(kind: str, hook: str) -> None:
    """PEP 479: it is not the end, but a mistake."""

    def run(package: ModuleType) -> View:
        events = with_hook(package, kind, hook, lambda: next(iter(())))
        return [outcome(ACTS["next"], events, package) for _ in range(2)]

    same(run)


@makers
@pytest.mark.parametrize(
    ("name", "arguments"),
    [("send", 0), ("send", 2), ("throw", 0), ("throw", 4), ("close", 1)],
)
def test_the_wrong_number_of_arguments(make: Make, name: str, arguments: int) -> None:
    """`send` takes one, `throw` one to three, `close` none."""
    same(lambda package: getattr(make(package), name)(*[KeyError] * arguments), loose=True)
