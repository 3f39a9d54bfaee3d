"""What the measurements were taken on."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from pathlib import Path

#: Parameters of glibc's `mallopt`.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3


def keep_memory() -> None:
    """
    Have the process keep what it frees, where the C library is glibc.

    It would give back what is free at the top of the heap, and take it again page by page, whenever that has
    come to a size that depends on what has been freed before: twice the cost for a message of 16 MiB, or not.
    """
    if platform.libc_ver()[0] == "glibc":
        library = ctypes.CDLL(None)
        library.mallopt(M_TRIM_THRESHOLD, 1 << 30)
        library.mallopt(M_MMAP_THRESHOLD, 32 << 20)


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
