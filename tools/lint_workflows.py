"""
Check the workflows in `.github/workflows` with zizmor and actionlint.

    python -m tools.lint_workflows

zizmor looks for what makes a workflow insecure, actionlint for what makes it invalid. actionlint comes as
WebAssembly, which takes Node and npm; without them it is left out, and a line says so, unless
`WSPROTO_TEST_ALL_PEERS` is set, as it is in CI.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.servers.peers.registry import INSTALL, REQUIRED
from tests.servers.programs.node import modules, node

ROOT = Path(__file__).parents[1]
WORKFLOWS = ROOT / ".github" / "workflows"
PACKAGES = ROOT / "tools" / "javascript"
#: Runners that GitHub has and this version of actionlint does not know yet.
NEWER_RUNNERS = ("macos-15-intel", "windows-11-arm")


def zizmor() -> bool:
    """Run zizmor, without asking the network, and tell whether it found nothing."""
    program = Path(sysconfig.get_path("scripts")) / "zizmor"
    command: list[str | Path] = [program, "--offline", "--quiet", "--persona=pedantic", WORKFLOWS]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def actionlint() -> bool:
    """Run actionlint, and tell whether it found nothing but the names of newer runners."""
    program = modules(PACKAGES) / "@tktco" / "node-actionlint" / "bin" / "node-actionlint.js"
    done = subprocess.run(
        [node(), program, ".github/workflows/*.yml"],
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1", "FORCE_COLOR": "0"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    count = len(list(WORKFLOWS.glob("*.yml")))
    if f"Checking {count} workflow" not in done.stdout:
        sys.exit(f"actionlint did not run:\n{done.stdout}{done.stderr}")
    found = re.findall(r"^\.github/.*$", done.stdout, re.MULTILINE)
    complaints = [line for line in found if not any(f'label "{name}"' in line for name in NEWER_RUNNERS)]
    print("".join(f"{line}\n" for line in complaints), end="")
    # A failure without a complaint that was read would be one that is not understood.
    return not complaints and (done.returncode == 0 or bool(found))


def main() -> int:
    """Run both."""
    passed = zizmor()
    missing = [program for program in ("node", "npm") if shutil.which(program) is None]
    if not missing:
        passed = actionlint() and passed
    else:
        print(f"actionlint is left out: {missing[0]} is not installed; on Debian: {INSTALL[missing[0]]}")
        passed = passed and not os.environ.get(REQUIRED)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
