"""A virtual environment, and what `import wsproto` finds in it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = 300.0

#: Prints whose `wsproto` an interpreter finds.
WHOSE = """
import importlib.util
if importlib.util.find_spec("wsproto") is None:
    print("nobody's")
else:
    import wsproto
    print("ours" if importlib.util.find_spec("wsproto._wsproto") else "upstream's")
"""


class Environment:
    """An environment; `wsproto-rs` among the names of distributions is the wheel under test."""

    def __init__(self, folder: Path, wheel: Path, rs_wheel: Path) -> None:
        self.folder = folder
        self.wheel = wheel
        self.rs_wheel = rs_wheel
        self.python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"

    def run(self, *arguments: str | Path, cwd: Path | None = None) -> str:
        """Run the environment's interpreter, and return what it printed."""
        done = subprocess.run(
            [self.python, *arguments],
            cwd=cwd or self.folder,
            capture_output=True,
            encoding="utf-8",
            timeout=LIMIT,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert not done.stderr, done.stderr
        return done.stdout.strip()

    def install(self, *requirements: str) -> None:
        """Install distributions."""
        if requirements:
            wanted = [str(self.rs_wheel) if each == "wsproto-rs" else each for each in requirements]
            self.run("-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted)

    def uninstall(self, distribution: str) -> None:
        """Uninstall a distribution."""
        self.run("-m", "pip", "uninstall", "--quiet", "--yes", "--disable-pip-version-check", distribution)

    def whose(self, *options: str) -> str:
        """Return whose `wsproto` an interpreter with these options finds: ours, upstream's or nobody's."""
        return self.run(*options, "-c", WHOSE)

    def switch(self, *arguments: str) -> str:
        """Run `python -m wsproto_rs`."""
        return self.run("-m", "wsproto_rs", *arguments)

    def site_packages(self) -> Path:
        """Return the folder of what is installed."""
        return next(self.folder.rglob("site-packages"))
