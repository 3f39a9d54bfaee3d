"""
Rounds in which every contestant does a slice of every workload, and the ratios within a round.

A machine is never quiet: the clock rate changes, and others use the caches. What happens to one contestant in
a round happens to the others too, a moment earlier or later, and the ratio of the two hardly feels it; so
ratios are taken within a round, and what is reported is their median over the rounds. The order rotates from
round to round.
"""

from __future__ import annotations

import ctypes
import gc
import platform
import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from benches.workloads.base import Bar, Workload, ahead_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from benches.contestants.base import Contestant
    from benches.tasks import Task

OURS = "ours"

#: Parameters of glibc's `mallopt`.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3


def keep_memory() -> None:
    """
    Have the process keep what it frees, where the C library is glibc.

    It would give back what is free at the top of the heap, and take it again page by page, whenever that has
    come to a size that depends on what has been freed before: twice the cost for a message of 16 MiB, or not.
    """
    if platform.libc_ver()[0] == "glibc":
        library = ctypes.CDLL(None)
        library.mallopt(M_TRIM_THRESHOLD, 1 << 30)
        library.mallopt(M_MMAP_THRESHOLD, 32 << 20)


class Spread(NamedTuple):
    """A median, and the quartiles around it."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Return the spread of some values."""
        if len(values) == 1:
            return cls(values[0], values[0], values[0])
        low, median, high = statistics.quantiles(values, method="inclusive")
        return cls(median, low, high)


@dataclass
class Result:
    """The cost of a workload for each contestant and round."""

    workload: Workload
    #: The cost of one of what is counted, by contestant and round.
    costs: dict[str, list[float]]
    #: The contestants that ours has to be ahead of.
    peers: list[str]

    def cost(self, name: str) -> Spread:
        """Return what it cost a contestant."""
        return Spread.of(self.costs[name])

    def ratio(self, rival: str) -> Spread:
        """Return how many times as fast as the rival ours was, within a round."""
        pairs = zip(self.costs[rival], self.costs[OURS], strict=True)
        return Spread.of([theirs / ours for theirs, ours in pairs])

    def misses(self) -> list[tuple[Bar, float]]:
        """Return the bars that are not met, with what was reached."""
        bars = [*self.workload.bars]
        if self.workload.peers:
            bars += [ahead_of(peer) for peer in self.peers]
        reached = [(bar, self.ratio(bar.rival).median) for bar in bars if bar.rival in self.costs]
        return [(bar, ratio) for bar, ratio in reached if ratio < bar.times]


@dataclass
class _Part:
    """A contestant's part of a workload, with what was measured of it."""

    task: Task
    times: int
    costs: list[float] = field(default_factory=list)


def measure(
    workloads: Sequence[Workload],
    contestants: Mapping[str, Contestant],
    *,
    rounds: int,
    seconds: float,
    progress: Callable[[str], None],
) -> list[Result]:
    """Measure everyone in slices of so many seconds."""
    plan: list[tuple[Workload, dict[str, _Part]]] = []
    for workload in workloads:
        progress(f"checking: {workload.name}")
        parts = _parts(workload, contestants, seconds)
        if OURS in parts:
            plan.append((workload, parts))
    # What lives by now stays, and the collector need not look at it over and over.
    gc.collect()
    gc.freeze()
    for number in range(rounds):
        for workload, parts in plan:
            if workload.rounds is None or number < workload.rounds:
                progress(f"round {number + 1} of {rounds}: {workload.name}")
                _round(parts, number)
    peers = [contestant.name for contestant in contestants.values() if contestant.peer]
    return [
        Result(
            workload,
            {name: [cost / workload.per for cost in part.costs] for name, part in parts.items()},
            [name for name in peers if name in parts],
        )
        for workload, parts in plan
    ]


def _parts(workload: Workload, contestants: Mapping[str, Contestant], seconds: float) -> dict[str, _Part]:
    """Return who takes part in a workload, each checked."""
    tasks = {name: workload.task(contestant) for name, contestant in contestants.items()}
    tasks |= workload.further(contestants) if workload.further else {}
    parts: dict[str, _Part] = {}
    for name, task in tasks.items():
        if task is None:
            continue
        try:
            workload.check(task.once())
        except Exception as error:
            msg = f"{name} does not do what it should in '{workload.name}'"
            raise RuntimeError(msg) from error
        parts[name] = _Part(task, 1 if task.single else _enough(task, seconds))
    return parts


def _enough(task: Task, seconds: float) -> int:
    """Return how many times a task is done in a slice."""
    times = 1
    while (cost := task.cost(times)) < seconds / 4:
        times *= 2
    return max(1, round(times * seconds / cost))


def _round(parts: dict[str, _Part], number: int) -> None:
    """Give everyone a slice, beginning with another one each time."""
    order = [*parts.values()]
    first = number % len(order)
    for part in order[first:] + order[:first]:
        if part.times > 1:
            # What the one before has thrown out of the caches comes back untimed.
            part.task.cost(max(1, part.times // 50))
        part.costs.append(part.task.cost(part.times) / part.times)
