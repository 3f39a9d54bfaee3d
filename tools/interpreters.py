"""
The CPythons of this machine.

They are looked for on the search path (`python3`, `python3.13`, `python3.14t` ...) and among pyenv's
versions; of each minor version, the newest is taken.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import argparse
    from collections.abc import Collection

ROOT = Path(__file__).parents[1]
OLDEST = (3, 10)
IDENTIFY = """\
import platform, sys, sysconfig
free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
print(platform.python_implementation(), platform.python_version() + ("t" if free_threaded else ""))
"""
#: On Windows each version has a folder of its own, and the same name in it.
NAME = re.compile(r"python3(\.\d+t?)?" if sys.platform != "win32" else r"python(3(\.\d+t?)?)?\.exe")


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


def add_only(parser: argparse.ArgumentParser) -> None:
    """Add the option that `choose` takes."""
    parser.add_argument("--only", nargs="+", metavar="MINOR", help="minor versions: 3.12 3.14t")


def choose(only: Collection[str] | None) -> list[Interpreter]:
    """Find the interpreters of these minor versions, or all; exit if one that is named is not found."""
    found = interpreters()
    missing = set(only or ()) - {each.minor for each in found}
    if missing or not found:
        sys.exit(f"no interpreter found: {', '.join(sorted(missing)) or 'none at all'}")
    return [each for each in found if not only or each.minor in only]
