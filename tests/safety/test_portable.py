"""The portable ways around CPython's insides give the same results, only slower."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.safety.isolated import run
from wsproto import _wsproto

ROOT = Path(__file__).parents[2]

#: The tests that see a difference if there is one.
TESTS = [
    "tests/connection",
    "tests/events",
    "tests/handshake",
    "tests/extensions",
    "tests/differential/test_data_phase.py",
    "tests/differential/test_generators.py",
    "tests/differential/test_late_changes.py",
    "tests/differential/test_replaced_methods.py",
    "tests/differential/test_shown_connection.py",
]

#: The versions that the suite was run on with the fast ways.
TESTED = {(3, 10), (3, 11), (3, 12), (3, 13)}


def test_the_fast_ways_are_for_the_versions_they_were_tested_on() -> None:
    expected = sys.version_info[:2] in TESTED and not os.environ.get("WSPROTO_PORTABLE")
    assert set(_wsproto.guarded_paths.values()) == {expected}


def test_the_variable_forces_the_portable_ways() -> None:
    code = (
        "os.environ['WSPROTO_PORTABLE'] = '1'; import wsproto._wsproto; print(wsproto._wsproto.guarded_paths)"
    )
    assert "True" not in run(code, imports=False)


def test_the_suite_passes_on_the_portable_ways() -> None:
    """The same tests, in another process."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *TESTS],
        cwd=ROOT,
        env={**os.environ, "WSPROTO_PORTABLE": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
