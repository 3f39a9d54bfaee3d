"""
The harness: one object of each package is given the same operations and observed after every one of them.

An operation is a small frozen dataclass with `run(side)`, so that a failing example prints as the program
that led to it. What an operation returns or raises, and the state that it leaves, must be the same on both
sides, unless `differences.py` declares the difference; a declared one ends the comparison, as the two have
then parted ways.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import hypothesis

from tests.differential import differences
from tests.differential.observe import attempt, look, scrub
from tests.differential.wire import Deflation, Reader
from tests.oracle import pair

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from types import ModuleType

    from tests.differential.observe import View

#: How many operations have been compared, and which declared differences came up.
COMPARED: Counter[str] = Counter()


class Operation(Protocol):
    """Something done to one side."""

    def run(self, side: Side) -> Any:
        """Do it, and return what the package returned."""


@dataclass
class Side:
    """One package in a duel: the object under test, and what is needed to go on with it."""

    package: ModuleType
    reader: Reader = field(default_factory=Reader)
    subject: Any = None
    #: Iterators over events that were begun and not given up.
    iterators: list[Generator[Any, None, None]] = field(default_factory=list)
    #: Events that want an answer, the oldest first.
    unanswered: deque[Any] = field(default_factory=deque)
    #: What the hooks of extensions written in Python saw, to be compared after each operation.
    log: list[View] = field(default_factory=list)
    #: Whatever else a family of tests must keep for its side.
    notes: dict[str, Any] = field(default_factory=dict)

    def note(self, event: Any) -> Any:
        """Remember the event if it wants an answer."""
        if hasattr(event, "response"):
            self.unanswered.append(event)
        return event


def state_of(subject: Any) -> View:
    """Return the state of a connection or handshake, and everything else that it shows of itself."""
    seen: list[View] = [str(subject.state), subject.client]
    if hasattr(subject, "handshake"):
        seen += [
            scrub(repr(subject.handshake)),
            subject.connection is None,
            subject.handshake.connection is None,
        ]
    return tuple(seen)


class Duel:
    """The two sides, and what has been done to them."""

    def __init__(
        self,
        make: Callable[[Side], Any],
        *,
        state: Callable[[Any], View] = state_of,
        deflation: Deflation | None = None,
        traits: Iterable[str] = (),
    ) -> None:
        """Make the object on both sides. The traits tell `differences.py` what is special about the input."""
        packages = pair()
        self.ours = Side(packages.ours, Reader(deflation))
        self.theirs = Side(packages.theirs, Reader(deflation))
        self.state = state
        self.traits = frozenset(traits)
        self.history: list[Operation] = []
        self.over = False
        #: Whether errors that the interpreter words itself need not be the same word for word.
        self.loose = False
        #: Whether the last operation raised, on our side.
        self.raised = False
        self.do(_Make(make))

    def run(self, operations: Iterable[Operation]) -> bool:
        """Do the operations in turn; return whether the sides are still together."""
        return all(self.do(operation) for operation in operations)

    def do(self, operation: Operation) -> bool:
        """Do one operation on both sides, and compare; return whether the sides are still together."""
        if self.over:
            return False
        self.history.append(operation)
        ours = self._observe(self.ours, operation)
        # A client's key is random, and travels: upstream is given the one that ours drew, if it drew one.
        handshake = self.theirs.package.handshake
        handshake.generate_nonce = self.theirs.package.utilities.generate_nonce
        nonce = self.ours.reader.nonce
        if nonce and not self.theirs.reader.nonce:
            handshake.generate_nonce = lambda: nonce
        theirs = self._observe(self.theirs, operation)
        COMPARED["operations"] += 1
        self.raised = ours.outcome[0] == "raised"
        if ours != theirs:
            self._judge(differences.Mismatch(operation, self.history, ours, theirs, self.traits))
        return not self.over

    def _observe(self, side: Side, operation: Operation) -> differences.Observed:
        def action() -> Any:
            result = operation.run(side)
            if getattr(operation, "on_the_wire", False) and isinstance(result, (bytes, bytearray)):
                return side.reader.read(result)
            return result

        outcome = loosen(attempt(action)) if self.loose else attempt(action)
        state = None if side.subject is None else attempt(lambda: self.state(side.subject))
        log, side.log = tuple(side.log), []
        return differences.Observed(outcome, state, log)

    def _judge(self, mismatch: differences.Mismatch) -> None:
        declared = differences.explain(mismatch)
        if declared is None:
            raise AssertionError(str(mismatch))
        self.over = declared.parts
        COMPARED[declared.name] += 1
        if hypothesis.currently_in_test_context():
            hypothesis.event(f"declared difference: {declared.name}")


@dataclass(frozen=True)
class _Make:
    make: Callable[[Side], Any]

    def run(self, side: Side) -> Any:
        side.subject = self.make(side)


def loosen(outcome: View) -> View:
    """Return the outcome, but a `TypeError` or `AttributeError` over a wrong type only as that."""
    wrong_type = outcome[0] == "raised" and outcome[1] in ("TypeError", "AttributeError")
    return ("raised", "an error over a type", "") if wrong_type else outcome


def same(action: Callable[[ModuleType], Any], *, traits: Iterable[str] = (), loose: bool = False) -> None:
    """Do one thing with each package, and compare what it returns or raises."""
    outcomes = [attempt(partial(action, package)) for package in pair()]
    ours, theirs = (differences.Observed(loosen(each) if loose else each) for each in outcomes)
    COMPARED["operations"] += 1
    if ours == theirs:
        return
    mismatch = differences.Mismatch(action, [action], ours, theirs, frozenset(traits))
    declared = differences.explain(mismatch)
    if declared is None:
        raise AssertionError(str(mismatch))
    COMPARED[declared.name] += 1


__all__ = ["COMPARED", "Duel", "Operation", "Side", "look", "same", "state_of"]
