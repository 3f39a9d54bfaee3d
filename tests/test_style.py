"""What CONTRIBUTING.md says of files and lines, where no formatter looks."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RUST = [*ROOT.glob("src/**/*.rs"), *ROOT.glob("fuzz/src/**/*.rs"), *ROOT.glob("fuzz/fuzz_targets/*.rs")]
PACKAGES = [*ROOT.glob("python/**/*.py"), *ROOT.glob("companions/**/*.py")]
WIDTH = 100
LENGTH = 400


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", RUST + PACKAGES, ids=named)
def test_a_file_is_read_in_one_sitting(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= LENGTH


@pytest.mark.parametrize("path", RUST, ids=named)
def test_lines_keep_to_the_width_of_the_formatter(path: Path) -> None:
    """It leaves comments and strings alone."""
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if len(line) > WIDTH] == []
