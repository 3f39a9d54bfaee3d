"""
Upstream's own test suite, unmodified, on this package.

It runs in a process of its own, against the installed `wsproto`, and once more against upstream itself: what
that run collects is what ours must collect, and all of it must pass.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.oracle import STANDS_IN
from tests.upstream.fetch import Release, fetch

if TYPE_CHECKING:
    from collections.abc import Callable

RUNNER = Path(__file__).with_name("run_suite.py")

#: The files of the suite that hold tests; the eighth holds what they share.
FILES = (
    "test_client.py",
    "test_connection.py",
    "test_extensions.py",
    "test_frame_protocol.py",
    "test_handshake.py",
    "test_permessage_deflate.py",
    "test_server.py",
)


class Run(NamedTuple):
    """What one run of the suite came to."""

    package: str
    native: bool
    exit_code: int
    deselected: int
    outcomes: dict[str, str]
    output: str


def run_suite(workplace: Path, folder: Path | None = None) -> Run:
    """Run the suite against what is installed, or against the package in `folder`."""
    report = workplace / "report.json"
    command = [sys.executable, "-I", str(RUNNER), str(fetch(Release.SDIST)), str(report)]
    command += [] if folder is None else [str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=workplace, timeout=300)
    output = done.stdout + done.stderr
    assert report.exists(), output
    return Run(**json.loads(report.read_text(encoding="utf-8")), output=output)


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return the suite's run against upstream."""
    return run_suite(tmp_path_factory.mktemp("theirs"), fetch(Release.WHEEL))


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory, summary: Callable[[str], None]) -> Run:
    """Return the suite's run against the package under test."""
    folder = fetch(Release.WHEEL) if STANDS_IN else None
    run = run_suite(tmp_path_factory.mktemp("ours"), folder)
    passed = sum(outcome == "passed" for outcome in run.outcomes.values())
    summary(f"upstream's own suite: {passed} of {len(run.outcomes)} passed")
    return run


def test_the_suite_ran_on_the_package_under_test(ours: Run) -> None:
    """Neither upstream's sources nor the checkout stood in for it."""
    assert ours.native is not STANDS_IN, f"tested {ours.package}"


def test_the_oracle_passes_its_own_suite(theirs: Run) -> None:
    """Otherwise nothing would follow from ours passing."""
    assert not theirs.native
    assert theirs.exit_code == 0, theirs.output
    assert set(theirs.outcomes.values()) == {"passed"}


def test_nothing_is_left_out(ours: Run, theirs: Run) -> None:
    """The same tests are collected for both, in the same order, and none is deselected."""
    assert ours.deselected == 0
    assert list(ours.outcomes) == list(theirs.outcomes)


def test_every_file_is_known() -> None:
    """The list above is the suite's, so that no file is forgotten."""
    found = sorted(path.name for path in (fetch(Release.SDIST) / "tests").glob("*.py"))
    assert found == sorted(("__init__.py", "helpers.py", *FILES))


@pytest.mark.parametrize("file", FILES)
def test_every_test_of_the_file_passes(file: str, ours: Run) -> None:
    """Each test of each file passes; a skip or an expected failure is not a pass."""
    outcomes = {
        name: outcome for name, outcome in ours.outcomes.items() if name.startswith(f"tests/{file}::")
    }
    assert outcomes
    assert {name: outcome for name, outcome in outcomes.items() if outcome != "passed"} == {}, ours.output
