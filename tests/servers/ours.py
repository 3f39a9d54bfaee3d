"""Proof that what ran is this package, not an upstream wsproto that happened to be installed."""

from __future__ import annotations

import importlib
import os
from importlib.machinery import EXTENSION_SUFFIXES

LIMIT = 60.0
"""How many seconds anything may take that a test waits for."""

TRACED = os.environ | {"PYTHONPROFILEIMPORTTIME": "1"}
"""The environment of a process whose standard error then tells what it imported."""


def assert_ours_here() -> None:
    """Check this process: wsproto's native module is there and is native."""
    file = importlib.import_module("wsproto._wsproto").__file__
    assert file is not None
    assert file.endswith(tuple(EXTENSION_SUFFIXES))


def assert_imported_ours(stderr: str) -> None:
    """Check a process that was started with `TRACED`, by what it wrote to standard error."""
    imported = {line.rpartition("|")[2].strip() for line in stderr.splitlines() if "import time:" in line}
    assert "wsproto" in imported
    assert "wsproto._wsproto" in imported
