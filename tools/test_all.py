"""
Run the test suite on every supported CPython found on this machine, and print a table.

    python -m tools.test_all [--only MINOR ...] [-- PYTEST_ARGUMENTS ...]

Each interpreter that `tools/interpreters.py` finds gets an environment of its own, `.venv-MINOR`, with a
checked build: assertions and overflow checks are on.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tools.interpreters import add_only, choose

if TYPE_CHECKING:
    from tools.interpreters import Interpreter

ROOT = Path(__file__).parents[1]


def run_suite(interpreter: Interpreter, arguments: list[str]) -> str:
    """Build for one interpreter, run the suite, and give pytest's last line, or what went wrong before it."""
    venv = f".venv-{interpreter.minor}"
    build = subprocess.run(
        ["make", "--silent", "quick", f"PYTHON={interpreter.path}", f"VENV={venv}"], cwd=ROOT, check=False
    )
    if build.returncode != 0:
        return "FAILED to build"
    python = str(ROOT / venv / "bin" / "python")
    environment = {**os.environ, "PYO3_PYTHON": python}
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    last = ""
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as suite:
        assert suite.stdout is not None
        for line in suite.stdout:
            print(line, end="", flush=True)
            last = line.strip() or last
    return last.strip("= ") if suite.returncode == 0 else f"FAILED: {last.strip('= ')}"


def main() -> int:
    """Run the suite on every interpreter, and print what became of it."""
    parser = argparse.ArgumentParser(description="Run the suite on every CPython found on this machine.")
    add_only(parser)
    parser.add_argument(
        "pytest", nargs="*", metavar="PYTEST_ARGUMENTS", help="arguments for pytest, after --"
    )
    options = parser.parse_args()
    rows = []
    for interpreter in choose(options.only):
        print(f"== CPython {interpreter.version}: {interpreter.path}", flush=True)
        begun = time.monotonic()
        rows.append((interpreter, run_suite(interpreter, options.pytest), time.monotonic() - begun))
    print()
    for interpreter, outcome, seconds in rows:
        print(f"{interpreter.version:10}{seconds:6.0f} s  {outcome}")
    return 1 if any(outcome.startswith("FAILED") for _, outcome, _ in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
