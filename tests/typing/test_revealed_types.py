"""mypy sees the same types, and refuses the same in the same words, in our package and in upstream."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.oracle import STANDS_IN
from tests.typing.interface import ADDED
from tests.upstream.fetch import Release, fetch

ROOT = Path(__file__).parents[2]
SAMPLE = "tests/typing/sample.py"


def seen(*path: Path) -> list[str]:
    """Return what mypy says about the sample with a package found here, or else with the installed one."""
    # Without a cache, and with one seed, it names the members of a union in the same order every time.
    options = ["--strict", "--config-file=", "--cache-dir", os.devnull]
    command = [sys.executable, "-m", "mypy", *options, SAMPLE]
    environment = {**os.environ, "MYPYPATH": os.pathsep.join(map(str, path)), "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    # 1: it has found errors, as it should; 2: it has not come so far.
    assert done.returncode == 1, done.stdout + done.stderr
    # A method that users inherit may be that of the native base of the class that they know.
    text = re.sub(r'(supertype ")wsproto\.\w+(\.\w+")', r"\1wsproto\2", done.stdout)
    return [line for line in as_upstream_would(text) if line.startswith(SAMPLE)]


def as_upstream_would(text: str) -> list[str]:
    """Return the lines without what our further, keyword-only parameters make them say."""
    further = "|".join(each for added in ADDED.values() for each in added)
    lines = re.sub(rf", \*(, ({further}): [^,)]+ =)+", "", text).splitlines()
    crowded = {line.partition(" ")[0] for line in lines if "Too many positional arguments" in line}
    return [
        line.replace("Too many positional arguments", "Too many arguments")
        for line in lines
        if line.partition(" ")[0] not in crowded or "Too many" in line
    ]


@pytest.fixture(scope="module")
def ours() -> list[str]:
    """Return what mypy says with the package under test."""
    return seen(fetch(Release.WHEEL)) if STANDS_IN else seen()


def test_what_is_revealed_and_what_is_refused(ours: list[str]) -> None:
    """Line by line."""
    assert ours == seen(fetch(Release.WHEEL))


def test_every_line_meant_for_mypy_is_seen(ours: list[str]) -> None:
    """A sample that mypy had not analysed would be the same for any two packages."""
    numbered = list(enumerate((ROOT / SAMPLE).read_text(encoding="utf-8").splitlines(), 1))
    revealing = {number for number, line in numbered if "reveal_type(" in line}
    refused = set[int]()
    inside = False
    for number, line in numbered:
        if line and not line.startswith(" "):
            inside = line.startswith("def ") and "_refused(" in line
        elif inside and line:
            refused.add(number)
    about = {
        number: [line for line in ours if line.startswith(f"{SAMPLE}:{number}:")] for number, _ in numbered
    }
    assert [each for each in revealing if not any("Revealed" in line for line in about[each])] == []
    assert [each for each in refused if not any("error:" in line for line in about[each])] == []


def test_nothing_is_of_unknown_type(ours: list[str]) -> None:
    """`Any` stands where upstream has it, and nowhere by a module that is not found."""
    assert [line for line in ours if re.search(r"import-|type is \"Any\"", line)] == []
