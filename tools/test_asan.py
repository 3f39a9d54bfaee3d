"""
Run the test suite on a build with AddressSanitizer, debug assertions and overflow checks.

    python -m tools.test_asan [PYTEST_ARGUMENTS ...]

The stable compiler builds it (`RUSTC_BOOTSTRAP` allows `-Zsanitizer`). The interpreter is an ordinary one:
the sanitizer's runtime, which comes with gcc, is preloaded, and `PYTHONMALLOC=malloc` shows it every object.
The interpreter does not free everything when it ends, so that leaks are not looked for.

The build goes into an environment of its own that borrows all other packages from the one that runs this.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import sysconfig
from pathlib import Path

from tools.toolchain import host

ROOT = Path(__file__).parents[1]
VENV = ROOT / "build" / "asan"
PYTHON = VENV / "bin" / "python"
STACK = 1 << 30


def run(*command: str | Path, **variables: str) -> int:
    """Run a command with these environment variables, and give its status."""
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **variables}, check=False).returncode


def output(*command: str) -> str:
    """Give what a command prints."""
    return subprocess.check_output(command, cwd=ROOT, text=True).strip()


def build() -> int:
    """Build the package and install it into the environment."""
    status = run(sys.executable, "-m", "venv", "--clear", "--without-pip", VENV)
    site_packages = VENV / Path(sysconfig.get_path("purelib")).relative_to(sys.prefix)
    # Beside the build, and after it on the path: the tools.
    (site_packages / "tools.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    wheels = VENV / "wheels"
    maturin = [sys.executable, "-m", "maturin", "build", "--quiet", "--profile", "checked", "--locked"]
    # Naming the platform keeps the flags from build scripts and macros.
    platform = ["--target", host(), "--target-dir", "target/asan"]
    status = status or run(
        *maturin,
        *platform,
        *("--interpreter", PYTHON, "--out", wheels),
        RUSTC_BOOTSTRAP="1",
        RUSTFLAGS="-Zsanitizer=address",
        PYO3_PYTHON=str(PYTHON),
    )
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    return status or run(*pip, "--target", site_packages, *sorted(wheels.glob("*.whl")))


def main(arguments: list[str]) -> int:
    """Build, and run the suite."""
    status = build()
    # The sanitizer's frames are several times as large, and the tests of depth go as deep as without it.
    _, most = resource.getrlimit(resource.RLIMIT_STACK)
    resource.setrlimit(resource.RLIMIT_STACK, (STACK if most == resource.RLIM_INFINITY else most, most))
    return status or run(
        PYTHON,
        *("-m", "pytest", "-q", "-p", "no:cacheprovider"),
        *arguments,
        LD_PRELOAD=output("gcc", "-print-file-name=libasan.so"),
        ASAN_OPTIONS="detect_leaks=0:allocator_may_return_null=1",
        PYTHONMALLOC="malloc",
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
