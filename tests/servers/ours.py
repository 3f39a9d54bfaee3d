"""Proof that what ran is this package, not an upstream wsproto that happened to be installed."""

from __future__ import annotations

import importlib
import os
import time
from importlib.machinery import EXTENSION_SUFFIXES
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT = 60.0
"""How many seconds anything may take that a test waits for."""

TRACED = os.environ | {"PYTHONPROFILEIMPORTTIME": "1"}
"""The environment of a process whose standard error then tells what it imported."""


def assert_ours_here() -> None:
    """Check this process: wsproto's native module is there and is native."""
    assert_native(importlib.import_module("wsproto._wsproto").__file__)


def assert_native(file: str | None) -> None:
    """Check the file of wsproto's native module, in whatever process it was found."""
    assert file is not None
    assert file.endswith(tuple(EXTENSION_SUFFIXES))


def assert_imported_ours(stderr: str) -> None:
    """Check a process that was started with `TRACED`, by what it wrote to standard error."""
    imported = {line.rpartition("|")[2].strip() for line in stderr.splitlines() if "import time:" in line}
    assert "wsproto" in imported
    assert "wsproto._wsproto" in imported


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread or process is about to do."""
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)
