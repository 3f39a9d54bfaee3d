"""The figures of the server over time, and what has to be true of them."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

MEBIBYTE = 1 << 20
#: How much more memory is no growth: of what there was, and of what allocators keep.
GROWTH, SLACK = 0.05, 8 * MEBIBYTE
#: How many more objects, and blocks of memory, are caches of the interpreter. What is lost with each of
#: thousands of connections is more.
OBJECTS, BLOCKS = 50, 500
#: The most rows of the table.
ROWS = 20


class Figures(NamedTuple):
    """What the server tells of itself; what the platform does not tell, or nobody asked for, is `None`."""

    clients: int
    opened: int
    closed: int
    messages: int
    slow: int
    objects: int | None
    blocks: int | None
    memory: int | None
    descriptors: int | None
    log: list[str]


class Course(NamedTuple):
    """The figures at rest before, those during the time by its seconds, and those at rest after."""

    before: Figures
    during: list[tuple[float, Figures]]
    after: Figures

    def table(self) -> Iterator[str]:
        """Yield the lines of a table."""
        yield "| | clients | messages so far | memory, MiB | descriptors | objects | blocks |"
        yield "|---|---:|---:|---:|---:|---:|---:|"
        yield _row("at rest", self.before)
        step = max(1, len(self.during) // ROWS)
        for seconds, figures in self.during[step - 1 :: step]:
            yield _row(f"{seconds:.0f} s", figures)
        yield _row("at rest again", self.after)

    def faults(self) -> Iterator[str]:
        """Yield what is not as it has to be."""
        before, after = self.before, self.after
        for what, allowed in (("objects", OBJECTS), ("blocks", BLOCKS), ("descriptors", 0)):
            first, last = getattr(before, what), getattr(after, what)
            if first is not None and last > first + allowed:
                yield f"{last - first} more {what} at rest than before"
        if after.opened != after.closed + after.clients:
            yield f"{after.opened} clients were opened, {after.closed} closed, and {after.clients} are left"
        if before.memory is not None and after.memory is not None:
            yield from _growth("at rest", before.memory, after.memory)
        memory = [figures.memory for _, figures in self.during if figures.memory is not None]
        quarter = len(memory) // 4
        if quarter:
            yield from _growth("under load", median(memory[:quarter]), median(memory[-quarter:]))
        if not after.slow:
            yield "no client was ever slow"
        for line in after.log:
            yield f"in the log: {line}"


def _growth(when: str, first: float, last: float) -> Iterator[str]:
    if last > first * (1 + GROWTH) + SLACK:
        yield f"memory {when} has grown from {first / MEBIBYTE:.1f} to {last / MEBIBYTE:.1f} MiB"


def _row(name: str, figures: Figures) -> str:
    memory = "" if figures.memory is None else f"{figures.memory / MEBIBYTE:.1f}"
    counts = [figures.descriptors, figures.objects, figures.blocks]
    cells = [f"{figures.clients:,}", f"{figures.messages:,}", memory]
    cells += ["" if count is None else f"{count:,}" for count in counts]
    return f"| {name} | {' | '.join(cells)} |"
