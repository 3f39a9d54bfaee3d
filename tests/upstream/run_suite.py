"""
Run upstream's suite, as it lies in its sdist, and write down what became of each test.

    python -I run_suite.py SDIST REPORT [FOLDER]

Isolated mode keeps the checkout and the environment off `sys.path`: `import wsproto` finds what is installed,
or what lies in FOLDER if one is given. REPORT is JSON: where the package lay, whether it is native, and the
outcomes.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import sys
from pathlib import Path

import pytest


class Recorder:
    """A pytest plugin: the outcome of every test that was collected, and the number deselected."""

    def __init__(self) -> None:
        """Start with nothing recorded."""
        self.outcomes: dict[str, str] = {}
        self.deselected = 0

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note every test, so that one which never reports is seen."""
        self.outcomes = {item.nodeid: "not run" for item in session.items}

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Count what was left out."""
        self.deselected += len(items)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the outcome of the test itself, or of a set-up or tear-down that did not pass."""
        if report.when == "call" or report.outcome != "passed":
            outcome = "xfailed" if hasattr(report, "wasxfail") else report.outcome
            self.outcomes[report.nodeid] = outcome


def main(sdist: str, report: str, folder: str | None = None) -> int:
    """Run the suite in this process."""
    sys.dont_write_bytecode = True
    if folder is not None:
        sys.path.insert(0, folder)
    import wsproto

    recorder = Recorder()
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", "--tb=short", "--color=no"]
    # Up to 1.2.0 the names were others.
    tests = next(path for name in ("tests", "test") if (path := Path(sdist, name)).is_dir())
    settings = next(file for name in ("pyproject.toml", "setup.cfg") if (file := Path(sdist, name)).is_file())
    where = ["--rootdir", sdist, "-c", str(settings), "--confcutdir", sdist, str(tests)]
    with contextlib.chdir(sdist) if hasattr(contextlib, "chdir") else contextlib.nullcontext():
        exit_code = pytest.main([*options, *where], plugins=[recorder])
    assert wsproto.__file__ is not None
    result = {
        "package": wsproto.__file__,
        "native": importlib.util.find_spec("wsproto._wsproto") is not None,
        "exit_code": int(exit_code),
        "deselected": recorder.deselected,
        "outcomes": recorder.outcomes,
    }
    Path(report).write_text(json.dumps(result), encoding="utf-8")
    return int(exit_code)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
