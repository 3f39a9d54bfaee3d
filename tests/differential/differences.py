"""
What may differ from upstream 1.3.2, each difference once; the names are headings of docs/differences.md.

A difference says when it applies and what ours must then do, so that it excuses nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.differential.observe import View


class Observed(NamedTuple):
    """What was seen on one side after an operation."""

    outcome: View
    state: View = None
    log: View = ()

    def raised(self, name: str, text: str | None = None) -> bool:
        """Return whether the operation raised this exception."""
        same = self.outcome[0] == "raised" and self.outcome[1] == name
        return same and (text is None or self.outcome[2] == text)


class Mismatch(NamedTuple):
    """Two observations that are not the same."""

    operation: Any
    history: list[Any]
    ours: Observed
    theirs: Observed
    traits: frozenset[str]

    def __str__(self) -> str:
        steps = "\n".join(f"    {operation!r}" for operation in self.history)
        lines = [f"after\n{steps}", f"with the traits {sorted(self.traits)}"]
        for name, ours, theirs in zip(Observed._fields, self.ours, self.theirs, strict=True):
            if ours != theirs:
                lines += [f"{name}:", f"    ours     {ours!r}", f"    upstream {theirs!r}"]
        return "\n".join(lines)


@dataclass(frozen=True)
class Difference:
    """A difference that is meant."""

    name: str
    #: What upstream does, what ours does, and why nobody can want the former.
    reason: str
    #: Whether a mismatch is this difference, and ours does what it should.
    applies: Callable[[Mismatch], bool]


DIFFERENCES: list[Difference] = []


def explain(mismatch: Mismatch) -> Difference | None:
    """Return the difference that the mismatch is, or None."""
    return next((each for each in DIFFERENCES if each.applies(mismatch)), None)
