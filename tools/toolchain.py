"""What the tools ask of the Rust compiler."""

from __future__ import annotations

import subprocess


def host() -> str:
    """Return the platform of this machine, as cargo's `--target` takes it."""
    return subprocess.check_output(["rustc", "--print", "host-tuple"], text=True).strip()
