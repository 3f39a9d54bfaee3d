"""Rows measured in separate processes: the cost of the import, and memory."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benches.contestants.base import Contestant
from benches.tasks import Sample
from benches.workloads.base import BYTES, Workload, ahead_of
from tests import oracle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benches.tasks import Task

CHILD = Path(__file__).parents[1] / "memory.py"

IDLE = 20_000
COMPRESSING = 500


def workloads(*, quick: bool) -> Iterator[Workload]:
    """Return the rows."""
    yield Workload("import", _import, _fine, (ahead_of("upstream", 2),), rounds=15, headline=True)
    idle = IDLE // 10 if quick else IDLE
    yield Workload(
        "memory of an idle connection",
        partial(_memory, kind="idle", count=idle),
        _fine,
        (ahead_of("upstream", 6),),
        unit=BYTES,
        rounds=1 if quick else 3,
        headline=True,
    )
    for name, kind, bars in (
        ("memory of a connection that deflates", "compressing", (ahead_of("upstream"),)),
        ("memory of one with full contexts", "full", ()),
    ):
        yield Workload(
            name,
            partial(_memory, kind=kind, count=COMPRESSING // 5 if quick else COMPRESSING),
            _fine,
            bars,
            unit=BYTES,
            rounds=1 if quick else 3,
            peers=False,
        )


def _import(contestant: Contestant) -> Task | None:
    """Take the CPU time of an interpreter that imports it, less that of one that does not."""
    if contestant.imports is None:
        return None
    # Upstream takes the place of ours on the path; every path is of the same length.
    theirs = contestant.name == "upstream" or (contestant.name == "ours" and oracle.STANDS_IN)
    first = Path(oracle.upstream().__path__[0]).parent if theirs else os.devnull
    program = f"import sys; sys.path.insert(0, {str(first)!r})"

    def measure() -> float:
        return _cpu(f"{program}; {contestant.imports}") - _cpu(program)

    return Sample(measure, measure)


def _cpu(program: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", program], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def _memory(contestant: Contestant, kind: str, count: int) -> Task | None:
    """Take the growth of the resident set of a process that makes so many connections, for each."""
    method = f"{kind}_connection"
    if sys.platform != "linux" or getattr(type(contestant), method) is getattr(Contestant, method):
        return None
    command = [sys.executable, str(CHILD), contestant.name, kind, str(count)]

    def measure() -> float:
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    return Sample(measure, measure)


def _fine(result: object) -> None:
    assert isinstance(result, float)
    assert result > 0
