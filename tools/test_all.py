"""
Run the test suite on every supported CPython found on this machine, and print a table.

    python -m tools.test_all [--only MINOR ...] [-- PYTEST_ARGUMENTS ...]

Interpreters are looked for on the search path (`python3`, `python3.13`, `python3.14t` ...) and among pyenv's
versions; of each minor version, the newest is taken. Each gets an environment of its own, `.venv-MINOR`, with
a checked build: assertions and overflow checks are on.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
OLDEST = (3, 10)
IDENTIFY = """\
import platform, sys, sysconfig
free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
print(platform.python_implementation(), platform.python_version() + ("t" if free_threaded else ""))
"""
NAME = re.compile(r"python3(\.\d+t?)?")


class Interpreter(NamedTuple):
    """One CPython: its full version, with a final "t" if it is free-threaded, and its executable."""

    version: str
    path: Path

    @property
    def release(self) -> tuple[int, ...]:
        """The version as numbers."""
        return tuple(int(number) for number in re.findall(r"\d+", self.version))

    @property
    def minor(self) -> str:
        """The version without its last part: "3.14", or "3.14t"."""
        major, minor, *_ = self.release
        return f"{major}.{minor}{'t' if self.version.endswith('t') else ''}"


def candidates() -> list[Path]:
    """List executables that look like interpreters."""
    folders = [Path(folder) for folder in os.get_exec_path()]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    folders += sorted(pyenv.glob("*/bin"))
    found = []
    for folder in folders:
        if folder.name != "shims" and folder.is_dir() and not folder.is_relative_to(ROOT):
            found += [path for path in sorted(folder.iterdir()) if NAME.fullmatch(path.name)]
    return found


def identify(path: Path) -> Interpreter | None:
    """Ask an executable for its version; `None` if it is no CPython that is supported."""
    try:
        output = subprocess.check_output([path, "-I", "-c", IDENTIFY], text=True, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return None
    implementation, version = output.split()
    interpreter = Interpreter(version, path)
    return interpreter if implementation == "CPython" and interpreter.release[:2] >= OLDEST else None


def interpreters() -> list[Interpreter]:
    """Find the newest interpreter of each minor version, oldest first."""
    found: dict[str, Interpreter] = {}
    for path in {path.resolve(): path for path in candidates()}.values():
        interpreter = identify(path)
        if interpreter is not None:
            rival = found.get(interpreter.minor)
            if rival is None or rival.release < interpreter.release:
                found[interpreter.minor] = interpreter
    return sorted(found.values(), key=lambda interpreter: (interpreter.release, interpreter.version))


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
    parser.add_argument("--only", nargs="+", metavar="MINOR", help="minor versions: 3.12 3.14t")
    parser.add_argument(
        "pytest", nargs="*", metavar="PYTEST_ARGUMENTS", help="arguments for pytest, after --"
    )
    options = parser.parse_args()
    chosen = [each for each in interpreters() if not options.only or each.minor in options.only]
    if not chosen:
        print("no interpreter found")
        return 1
    rows = []
    for interpreter in chosen:
        print(f"== CPython {interpreter.version}: {interpreter.path}", flush=True)
        begun = time.monotonic()
        rows.append((interpreter, run_suite(interpreter, options.pytest), time.monotonic() - begun))
    print()
    for interpreter, outcome, seconds in rows:
        print(f"{interpreter.version:10}{seconds:6.0f} s  {outcome}")
    return 1 if any(outcome.startswith("FAILED") for _, outcome, _ in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
