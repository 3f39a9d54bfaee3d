"""The build backend of `wsproto-rs`, which lies in a folder of its own."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "companions" / "wsproto_rs"))

import backend  # noqa: E402 (found by the line above)

__all__ = ["backend"]
