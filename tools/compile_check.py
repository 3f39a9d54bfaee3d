"""
Compile the extension for every CPython it claims to support, installed or not, and see others refused.

    python -m tools.compile_check [VERSION ...]

A version may name another implementation: `PyPy-3.11`. What is not supported must be refused by the first
line that cargo prints, with the reason.

PyO3 takes the description of an interpreter from a file (`PYO3_CONFIG_FILE`) and needs none of its headers.
Nothing is linked: `cargo check` finds what does not compile, and every warning is an error. A target
directory of its own keeps the checks from invalidating other builds.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "target" / "compile-check"
#: Interpreters that are not supported, and the reason that `build.rs` gives.
REFUSED = {
    "3.9": "wsproto on a Rust core needs CPython 3.10 or newer, and this is 3.9",
    "PyPy-3.11": "wsproto on a Rust core needs CPython, and this is PyPy: use upstream's wsproto there",
}
VERSIONS = ("3.10", "3.11", "3.12", "3.13", "3.14", "3.14t", "3.15", "3.15t", *REFUSED)
COMMAND = ("cargo", "check", "--locked", "--quiet", "--lib", "--features", "python")


def describe(name: str) -> str:
    """Describe an interpreter in PyO3's terms; a final "t" means free-threaded."""
    *implementation, version = name.split("-")
    free_threaded = version.endswith("t")
    fields = {
        "implementation": "".join(implementation) or "CPython",
        "version": version.removesuffix("t"),
        "shared": "true",
        "lib_name": f"python{version}",
        "pointer_width": "64",
        "build_flags": "Py_GIL_DISABLED" if free_threaded else "",
        "suppress_build_script_link_lines": "true",
    }
    return "".join(f"{name}={value}\n" for name, value in fields.items())


def check(version: str) -> str:
    """Compile for this version, and say what came of it: `FAILS` if that is not what has to."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    config = FOLDER / f"{version}.txt"
    config.write_text(describe(version), encoding="ascii")
    environment = {
        **os.environ,
        "CARGO_TARGET_DIR": str(FOLDER),
        "PYO3_CONFIG_FILE": str(config),
        "RUSTFLAGS": "-D warnings",
    }
    environment.pop("PYO3_PYTHON", None)
    done = subprocess.run(
        COMMAND, cwd=ROOT, env=environment, stderr=subprocess.PIPE, encoding="utf-8", check=False
    )
    if version in REFUSED:
        refused = done.returncode != 0 and REFUSED[version] in done.stderr.partition("\n")[0]
        outcome = "is refused" if refused else "FAILS to be refused"
    else:
        outcome = "compiles" if done.returncode == 0 else "FAILS"
    if outcome.startswith("FAILS"):
        print(done.stderr)
    return outcome


def main(versions: list[str]) -> int:
    """Check these versions, or all that are supported, and print a line for each."""
    failed = []
    for version in versions or VERSIONS:
        begun = time.monotonic()
        outcome = check(version)
        print(f"{version:10}{outcome} ({time.monotonic() - begun:.1f} s)", flush=True)
        if outcome.startswith("FAILS"):
            failed.append(version)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
