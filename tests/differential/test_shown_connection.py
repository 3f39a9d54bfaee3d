"""
The object of `WSConnection.connection`, read at any moment and then modified.

Ours is made on first use, upstream's at the end of the handshake. No difference may be visible, neither in
what happens afterwards nor in the object, which is the same at every read.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.connection.wire import CLOSE, PING, TEXT, TEXT_BEGINS, frame
from tests.differential.harness import same
from tests.differential.observe import attempt, look
from tests.differential.test_replaced_methods import answer, ask
from tests.handshake.messages import request

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from tests.differential.observe import View

#: The ways in which the object can be asked for.
WAYS: dict[str, Callable[[Any], Any]] = {
    "connection": lambda subject: subject.connection,
    "connection of the handshake": lambda subject: subject.handshake.connection,
    "private one of the handshake": lambda subject: subject.handshake._connection,
}


class Course:
    """A connection, and one iterator over its events that lives as long as it does."""

    def __init__(self, package: ModuleType, role: str) -> None:
        self.package = package
        self.masked = role == "SERVER"
        self.subject = package.WSConnection(package.ConnectionType[role])
        self.events: Any = None
        self.steps: list[Callable[[], Any]] = [
            self.shake_hands,
            self.begin_to_iterate,
            partial(self.receive, frame(TEXT, b"one", masked=self.masked)),
            self.go_on,
            self.send,
            partial(self.receive, frame(PING, b"two", masked=self.masked)),
            self.go_on,
            lambda: self.subject.state,
            partial(self.receive, frame(TEXT_BEGINS, b"half", masked=self.masked)),
            self.iterate_anew,
            partial(self.receive, frame(CLOSE, b"\x03\xe8bye", masked=self.masked)),
            self.go_on,
            self.send,
            self.close,
            # What is undecoded at the end of the transport is a declared difference.
            self.iterate_anew,
            partial(self.receive, None),
            self.iterate_anew,
            lambda: self.subject.state,
        ]

    def shake_hands(self) -> Any:
        """Open the connection, with a frame after the last head received, where there can be one."""
        events = self.package.events
        if self.masked:
            self.subject.receive_data(request())
            accepted = self.subject.send(events.AcceptConnection())
            return [accepted, list(self.subject.events())]
        ask(self.subject, self.package)
        early = frame(TEXT, b"early", masked=False)
        self.subject.receive_data(answer(self.subject, self.package) + early)
        return None

    def begin_to_iterate(self) -> None:
        self.events = self.subject.events()

    def go_on(self) -> Any:
        return next(self.events, "the end")

    def iterate_anew(self) -> Any:
        return list(self.subject.events())

    def receive(self, data: bytes | None) -> Any:
        return self.subject.receive_data(data)

    def send(self) -> int:
        """Return the length of what is sent: a client's frames are masked at random."""
        return len(self.subject.send(self.package.events.TextMessage("three")))

    def close(self) -> int:
        return len(self.subject.send(self.package.events.CloseConnection(code=1000)))


#: How many steps there are in either role.
STEPS = 18

roles = pytest.mark.parametrize("role", ["SERVER", "CLIENT"])
ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


def tried(action: Callable[[], Any]) -> View:
    """Return what comes of it; of an exception its name and text, for upstream's may be h11's."""
    return attempt(action)[:3]


def taken(role: str, meddle: Callable[[Course], View]) -> None:
    """Hold both packages to the same course, with `meddle` before each of its steps in turn."""

    def run(package: ModuleType, before: int) -> View:
        course = Course(package, role)
        assert len(course.steps) == STEPS
        seen: list[View] = [tried(step) for step in course.steps[:before]]
        seen.append(tried(partial(meddle, course)))
        seen += [tried(step) for step in course.steps[before:]]
        ran.append(package)
        return seen

    ran: list[ModuleType] = []
    for before in range(STEPS + 1):
        same(partial(run, before=before))
    assert len(ran) == 2 * (STEPS + 1)


@roles
@ways
def test_to_ask_for_it_changes_nothing(role: str, way: Callable[[Any], Any]) -> None:
    """It has the state of the connection, and is one and the same object from then on."""

    def meddle(course: Course) -> View:
        shown = way(course.subject)
        alike = [other(course.subject) is shown for other in WAYS.values()]
        return [alike, look(getattr(shown, "state", None)), getattr(shown, "client", None)]

    taken(role, meddle)


@roles
@ways
@pytest.mark.parametrize("name", ["send", "receive_data", "events"])
def test_methods_of_its_own(role: str, way: Callable[[Any], Any], name: str) -> None:
    """What is put on the object is called from then on."""

    def meddle(course: Course) -> View:
        called: list[View] = []

        def method(*arguments: Any) -> Any:
            called.append(look(arguments))
            return iter(called) if name == "events" else b"replaced"

        return tried(lambda: setattr(way(course.subject), name, method))

    taken(role, meddle)


@roles
def test_another_one_in_its_place(role: str) -> None:
    """It goes on beside the one that has taken its place."""

    def meddle(course: Course) -> View:
        first = course.subject.connection
        kind = course.package.ConnectionType[role]
        course.subject.connection = course.package.connection.Connection(kind)
        data = frame(TEXT, b"to the first", masked=course.masked)
        return [tried(lambda: first.receive_data(data)), tried(lambda: list(first.events()))]

    taken(role, meddle)


@roles
def test_none_in_its_place(role: str) -> None:
    """The handshake has it still, and gives it back when there is something to be sent or received."""

    def meddle(course: Course) -> View:
        course.subject.connection = None
        seen = [look(course.subject.state), tried(course.iterate_anew)]
        kept = course.subject.handshake.connection
        if kept is not None:
            kept.events = lambda: iter([b"replaced"])
        seen += [tried(course.send), course.subject.connection is kept]
        return seen

    taken(role, meddle)


@roles
def test_the_handshake_forgets_it(role: str) -> None:
    """It is the connection's all the same."""

    def meddle(course: Course) -> View:
        course.subject.handshake._connection = None
        return [course.subject.handshake.connection, course.subject.connection is course.subject.connection]

    taken(role, meddle)


@roles
@pytest.mark.parametrize("asked_for", [True, False], ids=["asked for", "not asked for"])
def test_to_begin_anew(role: str, *, asked_for: bool) -> None:
    """`__init__` makes a new connection of it; objects and iterators of the old one show that one still."""

    def meddle(course: Course) -> View:
        subject = course.subject
        old = subject.connection if asked_for else None
        subject.__init__(course.package.ConnectionType[role])
        seen = [look(subject.state), look(subject.connection)]
        seen += [tried(course.shake_hands), subject.connection is old, tried(course.iterate_anew)]
        course.receive(frame(TEXT, b"to the second", masked=course.masked))
        if old is not None:
            old.receive_data(frame(TEXT, b"to the first", masked=course.masked))
            seen += [look(old.state), tried(lambda: list(old.events()))]
        return [*seen, tried(course.iterate_anew)]

    taken(role, meddle)


@roles
@pytest.mark.parametrize("back", [True, False], ids=["and back", "for good"])
def test_the_handshake_of_another_connection(role: str, *, back: bool) -> None:
    """Two connections that have one handshake are led to the same connection by it."""

    def meddle(course: Course) -> View:
        first, second = course.subject, course.package.WSConnection(course.package.ConnectionType[role])
        second.handshake = first.handshake
        course.subject = second
        seen = [look(first.state), look(second.state), tried(course.shake_hands)]
        seen += [look(first.state), look(second.state), tried(course.iterate_anew)]
        shown = [second.connection, second.handshake.connection, first.handshake.connection]
        seen += [each is shown[0] for each in shown]
        if back:
            course.subject = first
        return [*seen, tried(course.send), look(first.state), look(second.state)]

    taken(role, meddle)
