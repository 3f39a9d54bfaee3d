"""Node and its packages, which npm installs into a cache at their first use."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

JAVASCRIPT = Path(__file__).parents[1] / "javascript"
CACHE = JAVASCRIPT.parents[2] / ".cache" / "node"
NPM_LIMIT = 300.0


def node() -> str:
    """Return the path of Node."""
    found = shutil.which("node")
    assert found is not None
    return found


@cache
def environment() -> dict[str, str]:
    """Return the environment in which Node finds the packages."""
    return {**os.environ, "NODE_PATH": str(modules())}


@cache
def modules(described_in: Path = JAVASCRIPT) -> Path:
    """Return the folder that the packages of a `package.json` are in, after installing them if need be."""
    description = [described_in / "package.json", described_in / "package-lock.json"]
    folder = CACHE / hashlib.sha256(b"".join(map(Path.read_bytes, description))).hexdigest()[:16]
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE, prefix=".install-") as name:
            workplace = Path(name, "installed")
            workplace.mkdir()
            for file in description:
                shutil.copy(file, workplace)
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            done = subprocess.run(
                command, cwd=workplace, capture_output=True, text=True, timeout=NPM_LIMIT, check=False
            )
            if done.returncode != 0:
                msg = f"npm cannot install what {described_in} asks for:\n{done.stdout}{done.stderr}"
                raise RuntimeError(msg)
            # A rename is atomic: a folder that exists is complete. Another process may have been faster.
            with suppress(OSError):
                workplace.rename(folder)
    return folder / "node_modules"
