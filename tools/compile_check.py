"""
Compile the extension for every CPython it claims to support, installed or not.

    python -m tools.compile_check [VERSION ...]

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
VERSIONS = ("3.10", "3.11", "3.12", "3.13", "3.14", "3.14t", "3.15", "3.15t")
COMMAND = ("cargo", "check", "--locked", "--quiet", "--lib", "--features", "python")


def describe(version: str) -> str:
    """Describe an interpreter in PyO3's terms; a final "t" means free-threaded."""
    free_threaded = version.endswith("t")
    fields = {
        "implementation": "CPython",
        "version": version.removesuffix("t"),
        "shared": "true",
        "lib_name": f"python{version}",
        "pointer_width": "64",
        "build_flags": "Py_GIL_DISABLED" if free_threaded else "",
        "suppress_build_script_link_lines": "true",
    }
    return "".join(f"{name}={value}\n" for name, value in fields.items())


def check(version: str) -> bool:
    """Compile for this version, and tell whether there was neither an error nor a warning."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    config = FOLDER / f"cpython-{version}.txt"
    config.write_text(describe(version), encoding="ascii")
    environment = {
        **os.environ,
        "CARGO_TARGET_DIR": str(FOLDER),
        "PYO3_CONFIG_FILE": str(config),
        "RUSTFLAGS": "-D warnings",
    }
    environment.pop("PYO3_PYTHON", None)
    return subprocess.run(COMMAND, cwd=ROOT, env=environment, check=False).returncode == 0


def main(versions: list[str]) -> int:
    """Check these versions, or all that are supported, and print a line for each."""
    failed = []
    for version in versions or VERSIONS:
        begun = time.monotonic()
        passed = check(version)
        print(
            f"CPython {version:6}{'compiles' if passed else 'FAILS'} ({time.monotonic() - begun:.1f} s)",
            flush=True,
        )
        if not passed:
            failed.append(version)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
