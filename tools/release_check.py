"""
Rehearse a release: build it, install it in every way that is documented, and print what it consists of.

    python -m tools.release_check --python PYTHON [--only MINOR ...] [--tag TAG]
    python -m tools.release_check --files

Nothing is published. PYTHON is an interpreter with the requirements of the tests, which run the recipes of
`docs/moving.md` on the archives built. With `--tag`, the tag has to be that of the version, and the changelog
may have nothing under "Unreleased". `--files` only writes what is published beside the archives in dist/: the
checksums, the static index and the notes.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tools import index, wheels
from tools.interpreters import add_only, choose
from tools.wheels import DIST, ROOT, digest, run

if TYPE_CHECKING:
    from tools.interpreters import Interpreter

SIMPLE = DIST / "simple"
SERVER = ROOT / "tools" / "rehearse_server.py"
RECIPES = ("tests/docs/test_recipes.py", "tests/docs/release_recipes.py", "tests/test_versions.py")


def sections(changelog: str) -> dict[str, str]:
    """Return the sections of the changelog by their headings, newest first."""
    _, *parts = re.split(r"^## (.+)$", changelog, flags=re.MULTILINE)
    return {heading: text.strip() for heading, text in zip(parts[::2], parts[1::2], strict=True)}


def version() -> str:
    """Return the version of the distribution."""
    found = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert found is not None
    return found[1]


def check_tag(tag: str, changelog: dict[str, str]) -> None:
    """Exit if this is not the tag of the version, or if the changelog is not closed."""
    if tag != f"v{version()}":
        sys.exit(f"the tag {tag} is not v{version()}")
    if changelog.get("Unreleased"):
        sys.exit("CHANGELOG.md has entries under Unreleased: give them the heading of the version")
    if version() not in changelog:
        sys.exit(f"CHANGELOG.md has no section {version()}")


def without_rust() -> str:
    """Return the search path without the folders in which cargo or rustc is."""
    folders = os.environ["PATH"].split(os.pathsep)
    kept = [each for each in folders if not any(shutil.which(name, path=each) for name in ("cargo", "rustc"))]
    return os.pathsep.join(kept)


class Rehearsal(NamedTuple):
    """How a distribution is tried in a fresh environment."""

    server: str
    """The server that runs on it."""
    beside: tuple[str, ...] = ()
    """What is installed from the public index before."""
    on: tuple[str, ...] = ()
    """What is installed from the index of the release with it."""
    switch: tuple[str, ...] = ()
    """The arguments of Python that switch it on."""


DISTRIBUTIONS = {
    f"wsproto=={version()}": Rehearsal("uvicorn"),
    "wsproto-rs": Rehearsal("uvicorn", beside=("wsproto==1.3.2",), switch=("-m", "wsproto_rs")),
    "wspy": Rehearsal("wspy", on=(f"wsproto=={version()}",)),
}


def rehearse(interpreter: Interpreter, distribution: str, *, from_source: bool) -> str:
    """Install from the index into a fresh environment and run a server; the result in a line."""
    rehearsal = DISTRIBUTIONS[distribution]
    search_path = os.environ["PATH"] if from_source else without_rust()
    with tempfile.TemporaryDirectory() as folder:
        python = wheels.environment(interpreter, Path(folder, "venv"))
        pip: list[str | Path] = [python, "-m", "pip", "install", "--quiet"]
        run(*pip, "uvicorn", "websockets", *rehearsal.beside)
        if from_source:
            # The build's own requirements come from where pip always looks.
            found = ["--no-binary", distribution.partition("==")[0]]
            for page in sorted(SIMPLE.glob("*/index.html")):
                found += ["--find-links", str(page)]
        else:
            found = ["--index-url", SIMPLE.as_uri() + "/"]
        run(*pip, "--no-deps", *found, distribution, *rehearsal.on, PATH=search_path)
        serve: list[str | Path] = [*rehearsal.switch, SERVER, rehearsal.server]
        printed = run(python, *serve, PATH=search_path, cwd=Path(folder)).strip()
        run(python, "-m", "pip", "check")
    kind = "sdist, with Rust" if from_source else "wheel, without Rust"
    return f"{distribution} from the {kind}, CPython {interpreter.version}: {printed}"


def write_files(notes: str) -> list[Path]:
    """Write what is published beside the archives, and return all of it."""
    index.write(DIST, SIMPLE)
    shutil.make_archive(str(DIST / "simple"), "zip", DIST, "simple")
    (DIST / "NOTES.md").write_text(notes + "\n", encoding="utf-8")
    published = [path for path in sorted(DIST.iterdir()) if path.name.endswith((".whl", ".tar.gz", ".zip"))]
    checksums = DIST / "SHA256SUMS"
    checksums.write_text("".join(f"{digest(path)}  {path.name}\n" for path in published), encoding="ascii")
    return [*published, checksums]


def main() -> None:
    """Rehearse."""
    parser = argparse.ArgumentParser(description="Rehearse a release.")
    add_only(parser)
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument("--python", type=Path, help="with the requirements of the tests")
    given.add_argument("--files", action="store_true", help="only write what goes with the archives")
    parser.add_argument("--tag", help="the tag of the release, to be checked")
    options = parser.parse_args()
    changelog = sections((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    notes = changelog.get("Unreleased") or changelog[version()]
    if options.files:
        write_files(notes)
        return
    if options.tag:
        check_tag(options.tag, changelog)
    interpreters = choose(options.only)
    made = wheels.make(interpreters)
    for interpreter, wheel in made:
        print(wheels.try_out(interpreter, wheel), flush=True)
    published = write_files(notes)
    tests = [options.python.absolute(), "-m", "pytest", "-q", "-p", "no:cacheprovider", *RECIPES]
    print(run(*tests, WSPROTO_TEST_WHEELS=str(DIST)).splitlines()[-1], flush=True)
    for interpreter in interpreters:
        for distribution in DISTRIBUTIONS:
            print(rehearse(interpreter, distribution, from_source=False), flush=True)
    for distribution in DISTRIBUTIONS:
        print(rehearse(interpreters[-1], distribution, from_source=True), flush=True)
    print(f"\nwould publish, as v{version()}:")
    for path in published:
        print(f"{path.stat().st_size:>10,} B  {path.name}")
    print(f"\nwith these notes:\n\n{notes}")


if __name__ == "__main__":
    main()
