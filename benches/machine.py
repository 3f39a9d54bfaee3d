"""The machine and the interpreter of the measurements."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path


def describe() -> dict[str, str]:
    """Return the machine and the interpreter, for people to read."""
    interpreter = f"{platform.python_implementation()} {platform.python_version()}"
    return {
        "processor": f"{_processor()}, {os.cpu_count()} logical",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": f"{interpreter}, {platform.python_compiler()}",
        "gil": "on" if getattr(sys, "_is_gil_enabled", lambda: True)() else "off",
    }


def _processor() -> str:
    """Return the model of the processor, where Linux tells it."""
    try:
        information = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    for line in information.splitlines():
        if line.startswith(("model name", "Model")):
            return line.split(":", 1)[1].strip()
    return platform.machine()
