"""
What is put on the classes `Connection` and `H11Handshake`, as mocks do, is called as upstream calls it.

Upstream looks every method up when it calls it, so a replacement works from the next call on, on objects that
were made before it as well, and is gone when the mock is.
"""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from tests.connection.wire import PING, TEXT, frame
from tests.differential.harness import same
from tests.differential.observe import attempt, look
from tests.differential.test_generators import opened
from tests.handshake.messages import HEADERS, head, request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from tests.differential.observe import View

    #: Something that is done with a `WSConnection`.
    Step = Callable[[Any, ModuleType], Any]

MESSAGES = frame(TEXT, b"one") + frame(PING, b"two")


def used(subject: Any, package: ModuleType) -> View:
    """Return what comes of sending, receiving and iterating."""
    subject.receive_data(MESSAGES)
    return [look(list(subject.events())), look(subject.send(package.events.Ping(b"three")))]


@pytest.mark.parametrize("name", ["send", "receive_data", "events"])
@pytest.mark.parametrize("used_before", [True, False], ids=["used before", "not used before"])
def test_a_method_of_the_class(name: str, *, used_before: bool) -> None:
    """It is looked for at each call, and gone when the mock is."""

    def run(package: ModuleType) -> View:
        connection = package.connection.Connection
        original = getattr(connection, name)
        called: list[str] = []

        def replaced(self: Any, *arguments: Any) -> Any:
            called.append(name)
            return original(self, *arguments)

        subject = opened(package)
        seen = [used(subject, package)] if used_before else []
        with mock.patch.object(connection, name, replaced):
            seen.append(used(subject, package))
        seen.append(used(subject, package))
        return [seen, called]

    same(run)


class Watched:
    """A class with one of its attributes replaced by one that does the same and keeps a log."""

    def __init__(self, class_: type, name: str) -> None:
        self.log: list[View] = []
        original = getattr(class_, name)

        def replaced(instance: Any, *arguments: Any, **named: Any) -> Any:
            self.log.append((name, look(arguments), look(named)))
            return original(instance, *arguments, **named)

        def read(instance: Any) -> Any:
            self.log.append((name,))
            return original.__get__(instance)

        self.patch = mock.patch.object(class_, name, replaced if callable(original) else property(read))


def answer(subject: Any, package: ModuleType) -> bytes:
    """Return what a server agrees with to the request that was sent."""
    key = subject.asked.partition(b"Key: ")[2].partition(b"\r\n")[0]
    token = package.utilities.generate_accept_token(key)
    fields = [(b"Upgrade", b"websocket"), (b"Connection", b"Upgrade"), (b"Sec-WebSocket-Accept", token)]
    return head(b"HTTP/1.1 101 Switching Protocols", *fields)


def ask(subject: Any, package: ModuleType) -> None:
    """Send a request, and keep it: the key is another one each time."""
    subject.asked = subject.send(package.events.Request(host="example.com", target="/chat"))


def receive_request(subject: Any, _: ModuleType) -> None:
    subject.receive_data(request())


def be_given_request(subject: Any, _: ModuleType) -> None:
    subject.initiate_upgrade_connection(HEADERS, "/chat")


def receive_answer(subject: Any, package: ModuleType) -> None:
    subject.receive_data(answer(subject, package))


def receive_answer_and_more(subject: Any, package: ModuleType) -> None:
    subject.receive_data(answer(subject, package) + frame(TEXT, b"early", masked=False))


def receive_refusal(subject: Any, _: ModuleType) -> None:
    subject.receive_data(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")


def accept(subject: Any, package: ModuleType) -> Any:
    return subject.send(package.events.AcceptConnection())


def refuse(subject: Any, package: ModuleType) -> Any:
    return subject.send(package.events.RejectConnection(headers=[(b"Content-Length", b"2")], has_body=True))


def refuse_in_full(subject: Any, package: ModuleType) -> Any:
    return subject.send(package.events.RejectData(b"no"))


def iterate(subject: Any, _: ModuleType) -> Any:
    return list(subject.events())


def look_at_state(subject: Any, _: ModuleType) -> Any:
    return subject.state


def receive_messages(subject: Any, _: ModuleType) -> None:
    subject.receive_data(frame(PING, b"", masked=not subject.client))


def send_message(subject: Any, package: ModuleType) -> int:
    """Return how long the frame is: a client's is masked at random."""
    return len(subject.send(package.events.Ping(b"three")))


IN_USE: list[Step] = [iterate, look_at_state, receive_messages, iterate, send_message]

#: The role, and what is done one after the other.
HANDSHAKES: dict[str, tuple[str, list[Step]]] = {
    "server": ("SERVER", [receive_request, iterate, accept, *IN_USE]),
    "server that is given the request": ("SERVER", [be_given_request, iterate, accept, *IN_USE]),
    "server that refuses": ("SERVER", [receive_request, iterate, refuse, refuse_in_full]),
    "client": ("CLIENT", [ask, receive_answer, *IN_USE]),
    "client that receives more": ("CLIENT", [ask, receive_answer_and_more, *IN_USE]),
    "client that is refused": ("CLIENT", [ask, receive_refusal, iterate, look_at_state]),
}

handshakes = pytest.mark.parametrize(("role", "steps"), HANDSHAKES.values(), ids=HANDSHAKES)


def stretches(steps: int) -> Iterator[range]:
    """Yield the steps during which a replacement is there; the connection is made in the first one, 0."""
    for begin in range(steps):
        yield range(begin, steps)
        yield range(begin, begin + 1)


#: The attributes of the classes that upstream looks up, but for the private ones.
LOOKED_UP = {
    "H11Handshake": [
        "__init__",
        "connection",
        "events",
        "initiate_upgrade_connection",
        "receive_data",
        "send",
        "state",
    ],
    "Connection": ["__init__", "events", "receive_data", "send"],
}


@handshakes
@pytest.mark.parametrize(
    ("class_", "name"), [(class_, name) for class_, names in LOOKED_UP.items() for name in names]
)
def test_in_the_course_of_a_handshake(class_: str, name: str, role: str, steps: list[Step]) -> None:
    """An attribute of the class is another one during some steps, and then the old one again."""

    def run(package: ModuleType, there: range) -> View:
        watched = Watched(getattr(package.handshake, class_), name)
        seen: list[View] = []
        with ExitStack() as stack:
            for number in range(len(steps) + 1):
                if number == there.start:
                    stack.enter_context(watched.patch)
                if number == there.stop:
                    stack.close()
                if number == 0:
                    subject = package.WSConnection(package.ConnectionType[role])
                else:
                    seen.append(attempt(partial(steps[number - 1], subject, package)))
                seen.append([each[:1] if role == "CLIENT" else each for each in watched.log])
        return seen

    for there in stretches(len(steps) + 1):
        same(partial(run, there=there))


def test_a_mock() -> None:
    """It is no function, so that it is not given the object it is called on."""

    def run(package: ModuleType) -> View:
        subject = package.WSConnection(package.ConnectionType.SERVER)
        receive_request(subject, package)
        class_ = package.handshake.H11Handshake
        with mock.patch.object(class_, "send", return_value=b"mocked") as mocked:
            sent = accept(subject, package)
        return [look(sent), look(mocked.call_args.args), look(subject.state), look(accept(subject, package))]

    same(run)


def test_a_handshake_of_a_subclass() -> None:
    """The constructor of a subclass of `WSConnection` makes one too."""

    def run(package: ModuleType) -> View:
        watched = Watched(package.handshake.H11Handshake, "__init__")
        with watched.patch:
            subject = type("Derived", (package.WSConnection,), {})(package.ConnectionType.CLIENT)
        return [watched.log, look(repr(subject.handshake))]

    same(run)


@pytest.mark.parametrize("class_", ["H11Handshake", "Connection"])
@pytest.mark.parametrize("seen_before", [True, False], ids=["object seen", "object not seen"])
def test_in_the_course_of_an_iteration(class_: str, *, seen_before: bool) -> None:
    """An iterator stays with the `events` that it has called, of the handshake or of the connection."""

    def run(package: ModuleType, steps: int) -> View:
        subject = package.WSConnection(package.ConnectionType.CLIENT)
        ask(subject, package)
        receive_answer_and_more(subject, package)
        if seen_before:
            assert subject.handshake is not None
        watched = Watched(getattr(package.handshake, class_), "events")
        events = subject.events()
        seen = [look(next(events)) for _ in range(steps)]
        with watched.patch:
            seen += [look(list(events)), watched.log]
        return seen

    for steps in range(3):
        same(partial(run, steps=steps))


@pytest.mark.parametrize("state", ["CONNECTING", "OPEN", "REJECTING", "CLOSED"])
@pytest.mark.parametrize("alone", [True, False], ids=["alone", "of a connection"])
def test_a_state_of_the_handshake(state: str, *, alone: bool) -> None:
    """A replaced `state` decides about refusals."""

    def run(package: ModuleType) -> View:
        class_ = package.handshake.H11Handshake
        subject = (class_ if alone else package.WSConnection)(package.ConnectionType.SERVER)
        subject.receive_data(request())
        said = property(lambda _: package.connection.ConnectionState[state])
        seen = []
        for step in (refuse, refuse_in_full):
            with mock.patch.object(class_, "state", said):
                seen += [look(subject.state), look(repr(subject if alone else subject.handshake))]
                seen.append(attempt(partial(step, subject, package)))
            if subject.state is package.connection.ConnectionState.CONNECTING:
                refuse(subject, package)
        return seen

    same(run)


#: How a `Connection` is made, of a class and a role.
CONSTRUCTED: dict[str, Callable[[Any, Any], Any]] = {
    "without": lambda class_, role: class_(role),
    "without, by name": lambda class_, role: class_(connection_type=role),
    "without, with extensions": lambda class_, role: class_(role, []),
    "with": lambda class_, role: class_(role, None, MESSAGES),
    "with, by name": lambda class_, role: class_(role, trailing_data=MESSAGES),
    "with none": lambda class_, role: class_(role, [], b""),
    "with the end": lambda class_, role: class_(role, [], None),
}


@pytest.mark.parametrize("construct", CONSTRUCTED.values(), ids=CONSTRUCTED)
@pytest.mark.parametrize("where", ["class", "subclass"])
def test_trailing_data(construct: Callable[[Any, Any], Any], where: str) -> None:
    """A `Connection` receives them by its `receive_data`, even if there are none."""

    def run(package: ModuleType) -> View:
        class_ = package.connection.Connection
        if where == "subclass":
            class_ = type("Derived", (class_,), {"receive_data": class_.receive_data})
        watched = Watched(class_, "receive_data")
        with watched.patch:
            subject = construct(class_, package.ConnectionType.SERVER)
        return [watched.log, look(list(subject.events())), look(subject.state)]

    same(run)


def test_trailing_data_that_are_refused() -> None:
    """What the method raises is raised by the handshake, which is where it was."""

    def run(package: ModuleType) -> View:
        subject = package.WSConnection(package.ConnectionType.SERVER)
        receive_request(subject, package)
        with mock.patch.object(package.connection.Connection, "receive_data", side_effect=LookupError):
            refused = attempt(partial(accept, subject, package))
        return [refused, look(subject.state), look(accept(subject, package)), look(subject.state)]

    same(run)


@handshakes
@pytest.mark.parametrize("names", [["handshake"], ["connection"], ["handshake", "connection"]])
def test_attributes_of_a_subclass(names: list[str], role: str, steps: list[Step]) -> None:
    """A subclass of `WSConnection` keeps its handshake or its connection in properties of its own."""

    def kept(name: str, log: list[View]) -> property:
        def read(instance: Any) -> Any:
            log.append(name)
            return instance.kept[name]

        def assign(instance: Any, value: Any) -> None:
            log.append((name, value is None))
            instance.kept[name] = value

        return property(read, assign)

    def run(package: ModuleType) -> View:
        log: list[View] = []
        properties: dict[str, Any] = {name: kept(name, log) for name in names}
        subject = type("Derived", (package.WSConnection,), {"kept": {}, **properties})(
            package.ConnectionType[role]
        )
        return [log, [attempt(partial(step, subject, package)) for step in steps]]

    same(run)


def test_a_class_attribute_of_a_subclass() -> None:
    """It is hidden by the attribute that the constructor sets on the instance."""

    def run(package: ModuleType) -> View:
        derived = type("Derived", (package.WSConnection,), {"connection": 5})
        return look(derived(package.ConnectionType.SERVER).connection)

    same(run)
