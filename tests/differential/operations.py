"""
What a program does to a connection: receive, send, answer, and iterate in every way that people do.

Arguments that differ by package (enum members, events, extensions) are described and built on each side.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from tests.differential.observe import look

if TYPE_CHECKING:
    from types import ModuleType

    from tests.differential.harness import Side


@dataclass(frozen=True)
class Member:
    """A member of one of the package's enums."""

    enum: str
    name: str

    def build(self, package: ModuleType) -> Any:
        module = package.connection if self.enum.startswith("Connection") else package.frame_protocol
        return getattr(module, self.enum)[self.name]


@dataclass(frozen=True)
class Made:
    """An event, built on each side from the same arguments."""

    name: str
    args: tuple[Any, ...] = ()
    kwargs: tuple[tuple[str, Any], ...] = ()

    def build(self, package: ModuleType) -> Any:
        arguments = [build(argument, package) for argument in self.args]
        keywords = {name: build(value, package) for name, value in self.kwargs}
        return getattr(package.events, self.name)(*arguments, **keywords)


def build(value: Any, package: ModuleType) -> Any:
    """Return the value as the package has it."""
    if hasattr(value, "build"):
        return value.build(package)
    if type(value) in (list, tuple):
        return type(value)(build(item, package) for item in value)
    return value


@dataclass(frozen=True)
class Receive:
    """Bytes from the peer, or None for the end of them."""

    data: Any

    def run(self, side: Side) -> Any:
        return side.subject.receive_data(self.data)


@dataclass(frozen=True)
class Send:
    """An event sent."""

    event: Any
    on_the_wire = True

    def run(self, side: Side) -> Any:
        return side.subject.send(build(self.event, side.package))


@dataclass(frozen=True)
class Answer:
    """The oldest unanswered ping or close, answered."""

    on_the_wire = True

    def run(self, side: Side) -> Any:
        if not side.unanswered:
            return None
        return side.subject.send(side.unanswered.popleft().response())


@dataclass(frozen=True)
class Drain:
    """Every event that is there, or as many as will do: a hook that receives may make them without end."""

    most: int = 1000

    def run(self, side: Side) -> Any:
        return [side.note(event) for event in islice(side.subject.events(), self.most)]


@dataclass(frozen=True)
class First:
    """One event, from an iterator that is dropped at once."""

    def run(self, side: Side) -> Any:
        return side.note(next(side.subject.events(), None))


@dataclass(frozen=True)
class Begin:
    """An iterator, begun and kept; nothing happens before it is advanced."""

    def run(self, side: Side) -> Any:
        side.iterators.append(side.subject.events())
        return side.iterators[-1]


@dataclass(frozen=True)
class Advance:
    """One event from an iterator that was kept."""

    which: int = 0

    def run(self, side: Side) -> Any:
        if not side.iterators:
            return None
        return side.note(next(side.iterators[self.which % len(side.iterators)]))


@dataclass(frozen=True)
class Finish:
    """An iterator that was kept, closed; it stays, and must say that it is finished."""

    which: int = 0

    def run(self, side: Side) -> Any:
        if not side.iterators:
            return None
        return side.iterators[self.which % len(side.iterators)].close()


@dataclass(frozen=True)
class Throw:
    """An exception thrown into an iterator that was kept, as a generator takes it."""

    which: int = 0
    kind: str = "KeyError"

    def run(self, side: Side) -> Any:
        if not side.iterators:
            return None
        kinds = {
            "KeyError": KeyError,
            "StopIteration": StopIteration,
            "ParseFailed": side.package.frame_protocol.ParseFailed,
        }
        return side.note(side.iterators[self.which % len(side.iterators)].throw(kinds[self.kind]("thrown")))


@dataclass(frozen=True)
class Loop:
    """
    What programs do: send, receive and iterate anew while iterating.

    `steps` says what to do inside the loop, event by event; a loop may be left before its end.
    """

    steps: tuple[Any, ...]
    leave: bool = False

    def run(self, side: Side) -> Any:
        seen: list[Any] = []
        steps = iter(self.steps)
        for event in side.subject.events():
            seen.append(side.note(event))
            # A step that raises shall not hide the event.
            side.log.append(look(event))
            step = next(steps, None)
            if step is None:
                if self.leave:
                    break
                continue
            result = step.run(side)
            seen.append(side.reader.read(result) if isinstance(result, bytes) else result)
        return seen
