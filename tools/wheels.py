"""
Build what a release consists of into dist/, and try each wheel in a fresh environment of its interpreter.

    python -m tools.wheels [--only MINOR ...] [--finish | --try]

dist/ then has, for every CPython that is found, a wheel of `wsproto` for Linux with glibc 2.17 or newer and
one of `wsproto-rs`, the sdists of both, and wheel and sdist of `wspy`, which is pure Python. Each wheel of
`wsproto` runs upstream's own suite and the demonstration's conversation; `auditwheel` and `twine check` look
at all of them. The first wheel is built twice, from the checkout and from the sdist, in different folders:
both builds must have the same bytes, as must all else that is built twice.

Where another program has built the wheels of `wsproto` into dist/, `--finish` does to them what is done to
those built here, and `--try` only tries what is in dist/.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tests.upstream.fetch import Release, fetch
from tools.companion import backend
from tools.interpreters import add_only, choose
from tools.sbom import settle_wheel

if TYPE_CHECKING:
    from tools.interpreters import Interpreter

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
#: The oldest C library that the wheels run on is that of this policy.
POLICY = "manylinux2014"
RUNNER = ROOT / "tests" / "upstream" / "run_suite.py"


def run(*command: str | Path, cwd: Path = ROOT, **environment: str) -> str:
    """Run a command, and return what it printed; what it printed is shown if it fails."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    if done.returncode != 0:
        print(done.stdout)
        sys.exit(f"failed: {' '.join(map(str, command))}")
    return done.stdout


def build(interpreter: Interpreter, out: Path, target: Path, source: Path = ROOT) -> Path:
    """Build the wheel of `wsproto` for one interpreter into `out`."""
    command = [sys.executable, "-m", "maturin", "build", "--quiet", "--release", "--locked"]
    if sys.platform == "linux":
        command += ["--zig", "--compatibility", POLICY]
    command += ["--interpreter", str(interpreter.path), "--out", str(out), "--target-dir", str(target)]
    # maturin finds zig by the search path; no path of this machine is to be in the library.
    run(
        *command,
        cwd=source,
        PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        CARGO_ENCODED_RUSTFLAGS=without_folders(source, target),
        PYO3_PYTHON=str(interpreter.path),
    )
    (wheel,) = built(interpreter, out)
    finish(wheel)
    return wheel


def finish(wheel: Path) -> Path:
    """Have a wheel depend on nothing but the commit, and make that of `wsproto-rs` out of it."""
    settle_wheel(wheel, time_of_commit())
    return backend.repack(wheel, wheel.parent)


def built(interpreter: Interpreter, folder: Path) -> list[Path]:
    """Return the wheels of `wsproto` in a folder that are for this interpreter: one, if any."""
    python = f"cp{interpreter.minor.replace('.', '').removesuffix('t')}"
    abi = f"cp{interpreter.minor.replace('.', '')}"
    return list(folder.glob(f"wsproto-*-{python}-{abi}-*.whl"))


def without_folders(source: Path, target: Path) -> str:
    """Return the compiler's flags that keep this machine's folders out of what is built."""
    home = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    folders = {source: "/wsproto", target: "/target", home: "/cargo"}
    return "\x1f".join(f"--remap-path-prefix={folder}={name}" for folder, name in folders.items())


@cache
def time_of_commit() -> int:
    """Return the time that the bill of materials states, in seconds since 1970."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    return int(given or run("git", "log", "-1", "--format=%ct"))


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make(found: list[Interpreter]) -> list[tuple[Interpreter, Path]]:
    """Build everything into dist/, the first wheel and the sdists twice, and look at the archives."""
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir()
    target = ROOT / "target" / "wheels-build"
    wheels = []
    for interpreter in found:
        wheel = build(interpreter, DIST, target)
        print(f"{wheel.name}: {wheel.stat().st_size:,} B", flush=True)
        wheels.append((interpreter, wheel))
    sdists = build_sdists(DIST)
    build_wspy(DIST)
    interpreter, first = wheels[0]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(interpreter, folder, folder / "target", unpack(sdists[0], folder))
        build_sdists(folder)
        build_wspy(folder)
        for path in [*folder.glob("*.whl"), *folder.glob("*.tar.gz")]:
            if digest(path) != digest(DIST / path.name):
                sys.exit(f"not reproducible: {path.name} has other bytes when it is built again")
    print(
        f"reproducible: built again in another folder, {first.name}, the sdists and wspy have the same bytes"
    )
    check([wheel for _, wheel in wheels])
    return wheels


def build_sdists(folder: Path) -> list[Path]:
    """Make the sdists of `wsproto` and of `wsproto-rs`."""
    run(sys.executable, "-m", "maturin", "sdist", "--out", folder)
    (sdist,) = folder.glob("wsproto-*.tar.gz")
    return [sdist, backend.repack_sdist(sdist, folder)]


def build_wspy(folder: Path) -> None:
    """Build the wheel and the sdist of `wspy`."""
    source = ROOT / "companions" / "wspy"
    epoch = str(time_of_commit())
    run(sys.executable, "-m", "build", "--outdir", folder, source, SOURCE_DATE_EPOCH=epoch)


def unpack(sdist: Path, folder: Path) -> Path:
    """Unpack an sdist of our own, and return the folder that is in it."""
    with tarfile.open(sdist) as archive:
        archive.extractall(folder)  # noqa: S202 (made above)
    return folder / sdist.name.removesuffix(".tar.gz")


def check(wheels: list[Path]) -> None:
    """Look at the archives: their metadata, and which libraries of the system they need."""
    archives = sorted(DIST.iterdir())
    print(run(sys.executable, "-m", "twine", "check", "--strict", *archives), flush=True)
    if sys.platform == "linux":
        for wheel in wheels:
            shown = run(sys.executable, "-m", "auditwheel", "show", wheel)
            if "manylinux_2_17" not in shown:
                sys.exit(f"{wheel.name} does not keep to {POLICY}:\n{shown}")
        print(f"auditwheel: {len(wheels)} wheels keep to manylinux_2_17", flush=True)


def try_out(interpreter: Interpreter, wheel: Path) -> str:
    """Install a wheel for its interpreter, run upstream's suite and a conversation; the result in a line."""
    with tempfile.TemporaryDirectory() as folder:
        python = environment(interpreter, Path(folder, "venv"))
        run(python, "-m", "pip", "install", "--quiet", "--no-index", wheel)
        tools = [
            line
            for line in (ROOT / "requirements-dev.txt").read_text(encoding="utf-8").splitlines()
            if line.startswith(("h11==", "pytest==", "websockets=="))
        ]
        run(python, "-m", "pip", "install", "--quiet", *tools)
        report = Path(folder, "report.json")
        suite = run(python, "-I", RUNNER, fetch(Release.SDIST), report, cwd=Path(folder)).splitlines()[-1]
        run(python, "-m", "tools.demo")
        return f"CPython {interpreter.version}: {suite.strip('= ')}; conversation held"


def environment(interpreter: Interpreter, folder: Path) -> Path:
    """Return the Python of a fresh environment of this interpreter."""
    if interpreter.path.resolve() == Path(sys.executable).resolve():
        venv.create(folder, with_pip=True)
    else:
        run(interpreter.path, "-m", "venv", folder)
    return folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"


def main() -> None:
    """Do it."""
    parser = argparse.ArgumentParser(description="Build the wheels and sdists of a release, and try them.")
    add_only(parser)
    given = parser.add_mutually_exclusive_group()
    given.add_argument("--finish", action="store_true", help="finish the wheels that are in dist/")
    given.add_argument("--try", action="store_true", dest="only_try", help="try the wheels that are in dist/")
    options = parser.parse_args()
    if options.finish:
        for wheel in sorted(DIST.glob("wsproto-*.whl")):
            print(f"{wheel.name}: {finish(wheel).name}", flush=True)
        return
    interpreters = choose(options.only)
    if options.only_try:
        wheels = [(each, wheel) for each in interpreters for wheel in built(each, DIST)]
        if not wheels:
            sys.exit(f"no wheel in {DIST} is for an interpreter that was found")
    else:
        wheels = make(interpreters)
    for interpreter, wheel in wheels:
        print(try_out(interpreter, wheel), flush=True)


if __name__ == "__main__":
    main()
