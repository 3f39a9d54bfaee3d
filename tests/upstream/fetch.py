"""
Fetch upstream's releases from PyPI, by hash, into `.cache/upstream/`; nothing of them is ever committed.

`python -m tests.upstream.fetch` fetches everything. Whatever is there already is left alone, so that
calling this at the start of every test run costs nothing.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from contextlib import suppress
from enum import Enum
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / ".cache" / "upstream"

#: What the sdists are built with when pip asks them for their metadata; not run by any test.
WANTED = {"wheel": ["--only-binary", ":all:"], "sdist": ["--no-binary", "wsproto"]}


class Release(Enum):
    """A file of a release, by the name of its folder in the cache."""

    WHEEL = ("1.3.2", "wheel")
    SDIST = ("1.3.2", "sdist")
    OLD_SDIST = ("1.2.0", "sdist")


@cache
def fetch(release: Release) -> Path:
    """Return the folder that the release is unpacked in, after fetching it if need be."""
    return _fetch(*release.value)


@cache
def fetch_sdist(version: str) -> Path:
    """Return the folder of the sdist of any version; only those of `Release` are known by their hash."""
    return _fetch(version, "sdist")


def _fetch(version: str, kind: str) -> Path:
    folder = CACHE / version / kind
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetch-") as name:
            workplace = Path(name)
            unpacked = _unpack(_download(version, kind, workplace), workplace / "unpacked")
            # A rename is atomic: a folder that exists is complete. Another process may have been faster.
            with suppress(OSError):
                unpacked.rename(folder)
    return folder


def _download(version: str, kind: str, target: Path) -> Path:
    requirements = HERE / f"requirements-{version}.txt"
    known = ["--require-hashes", "--requirement", str(requirements)]
    what = known if requirements.exists() else [f"wsproto=={version}"]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += [*WANTED[kind], *what, "--dest", str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        msg = f"cannot fetch the {kind} of wsproto {version}:\n{done.stdout}{done.stderr}"
        raise RuntimeError(msg)
    (archive,) = target.glob("wsproto-*")
    return archive


def _unpack(archive: Path, target: Path) -> Path:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(target)  # noqa: S202 (known by its hash)
        return target
    with tarfile.open(archive) as sdist:
        # Newer interpreters ask for the filter to be named.
        if hasattr(tarfile, "data_filter"):
            sdist.extractall(target, filter="data")
        else:
            sdist.extractall(target)  # noqa: S202 (known by its hash)
    (top,) = target.iterdir()
    return top


if __name__ == "__main__":
    if sys.argv[1:] == ["--again"]:
        shutil.rmtree(CACHE, ignore_errors=True)
    for each in Release:
        print(fetch(each))
