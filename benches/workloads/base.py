"""A row of the table: what is done, who does it, how it is checked, and the bar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benches.contestants.base import Contestant
    from benches.tasks import Task

#: The unit of most costs; anything else is named.
SECONDS = "s"
BYTES = "B"


@dataclass(frozen=True)
class Bar:
    """How many times as fast as a rival the package under test has to be, at least."""

    rival: str
    times: float

    def __str__(self) -> str:
        """Return it as the table has it."""
        return f"{self.rival} ≥ {self.times:.3g}×"


def ahead_of(rival: str, times: float = 1) -> Bar:
    """Return the bar "at least so many times as fast"."""
    return Bar(rival, times)


def within(times: float, rival: str) -> Bar:
    """Return the bar "takes at most so many times as long"."""
    return Bar(rival, 1 / times)


@dataclass(frozen=True)
class Point:
    """Where a row lies in the plot."""

    line: str
    size: int


@dataclass(frozen=True)
class Workload:
    """One row."""

    name: str
    #: Gives a contestant's part, if it takes part.
    task: Callable[[Contestant], Task | None]
    #: Fails unless what the task returned once is what it should be.
    check: Callable[[object], None]
    bars: tuple[Bar, ...]
    #: How much of what is counted one operation does.
    per: int = 1
    unit: str = SECONDS
    point: Point | None = None
    #: Shown in short tables.
    headline: bool = False
    #: Further parts, under names of their own.
    further: Callable[[Mapping[str, Contestant]], dict[str, Task]] | None = None
    #: Measured in no more rounds than this, for what takes long and varies little.
    rounds: int | None = None
    #: Whether the peers must be outrun too.
    peers: bool = True
