"""`make endurance`, for a few seconds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.ours import LIMIT
from tools.endurance.figures import BLOCKS, MEBIBYTE, OBJECTS, SLACK, Course, Figures

ROOT = Path(__file__).parents[2]
REST = Figures(1, 10, 9, 100, 3, 1_000, 5_000, 50 * MEBIBYTE, 12, [])


@pytest.mark.skipif("ASAN_OPTIONS" in os.environ, reason="AddressSanitizer keeps what is freed")
def test_the_server_endures() -> None:
    """Everything that clients do has happened by then, but for what takes long."""
    command = [
        sys.executable,
        "-m",
        "tools.endurance",
        "--seconds",
        "4",
        "--connections",
        "50",
        "--seed",
        "7",
    ]
    done = subprocess.run(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=2 * LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    for what in ("echoes", "slow reads", "rules broken", "reset by the client", "closed by the client"):
        assert f" {what}\n" in done.stdout
    assert done.stdout.endswith("\nnothing was wrong\n")


def test_what_comes_back_to_where_it_was_is_no_fault() -> None:
    load = [(float(second), REST._replace(memory=99 * MEBIBYTE)) for second in range(8)]
    assert list(Course(REST, load, REST._replace(opened=50, closed=49)).faults()) == []


@pytest.mark.parametrize(
    ("after", "fault"),
    [
        (REST._replace(objects=1_001 + OBJECTS), "more objects at rest"),
        (REST._replace(blocks=5_001 + BLOCKS), "more blocks at rest"),
        (REST._replace(descriptors=13), "1 more descriptors at rest"),
        (REST._replace(opened=11), "11 clients were opened, 9 closed, and 1 are left"),
        (REST._replace(memory=53 * MEBIBYTE + SLACK), "memory at rest has grown from 50.0 to 61.0 MiB"),
        (REST._replace(slow=0), "no client was ever slow"),
        (REST._replace(log=["a handler has raised"]), "in the log: a handler has raised"),
    ],
)
def test_what_is_left_is_a_fault(after: Figures, fault: str) -> None:
    (found,) = Course(REST, [], after).faults()
    assert fault in found


def test_memory_that_grows_under_load_is_a_fault() -> None:
    load = [(float(second), REST._replace(memory=(50 + 10 * second) * MEBIBYTE)) for second in range(8)]
    assert list(Course(REST, load, REST).faults()) == ["memory under load has grown from 55.0 to 115.0 MiB"]
