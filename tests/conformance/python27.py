"""Finds a Python 2.7, which is what the suite is written in, and installs the suite beside it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

REQUIREMENTS = Path(__file__).with_name("requirements.txt")

HOW_TO_GET_IT = """\
The suite did not run: it needs Python 2.7, and none was found. Looked for: what PYTHON27 names; if it names
nothing, python2.7 on the PATH, and the versions of pyenv.

    pyenv install 2.7.18                        builds one, where there is pyenv
    make conformance PYTHON27=/path/python2.7   names one that lies elsewhere
"""


class NotFoundError(Exception):
    """There is no Python 2.7."""


def find() -> Path:
    """Return the first candidate that runs and is what it says."""
    for candidate in _candidates():
        if _is_python27(candidate):
            return candidate
    raise NotFoundError(HOW_TO_GET_IT)


def _candidates() -> Iterator[Path]:
    named = os.environ.get("PYTHON27")
    if named:
        yield Path(named)
        return  # a named interpreter has no fallback
    on_path = shutil.which("python2.7")
    if on_path:
        yield Path(on_path)  # under pyenv a shim, which may refuse
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    yield from sorted(versions.glob("2.7*/bin/python2.7"), reverse=True)


def _is_python27(candidate: Path) -> bool:
    try:
        asked = subprocess.run(
            [candidate, "-c", "import sys; print(sys.version_info[:2] == (2, 7))"],
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    except OSError:
        return False
    return asked.stdout == "True\n"


def install(interpreter: Path, folder: Path) -> Path:
    """Make an environment in the folder, unless it is as the requirements say; return its Python."""
    python = folder / "bin" / "python"
    installed = folder / "installed.txt"
    if not installed.is_file() or installed.read_bytes() != REQUIREMENTS.read_bytes():
        _run(sys.executable, "-m", "virtualenv", "--quiet", "--clear", "--python", interpreter, folder)
        _run(python, "-m", "pip", "install", "--quiet", "--no-deps", "--requirement", REQUIREMENTS)
        shutil.copyfile(REQUIREMENTS, installed)
    return python


def _run(*command: str | Path) -> None:
    # Bytecode of the one version is of no use to the other, and warnings about its age are known.
    subprocess.run(command, env=os.environ | {"PYTHONWARNINGS": "ignore"}, check=True)


def suite() -> str:
    """Return the suite's name and version, as the requirements have it."""
    (line,) = [line for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines() if "testsuite" in line]
    return line.replace("==", " ")
