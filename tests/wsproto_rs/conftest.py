"""Environments to install into: with and without upstream."""

from __future__ import annotations

import subprocess
import sys
import venv
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.wsproto_rs.environment import Environment

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the wheel of `wsproto` that `make` has installed, and that of `wsproto-rs` made out of it."""
    (wheel,) = Path(sys.prefix, "wheels").glob("wsproto-*.whl")
    folder = tmp_path_factory.mktemp("wsproto-rs")
    code = "import sys, backend; from pathlib import Path; print(backend.repack(*map(Path, sys.argv[1:])))"
    done = subprocess.run(
        [sys.executable, "-c", code, wheel, folder],
        cwd=ROOT / "companions" / "wsproto_rs",
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return wheel, Path(done.stdout.strip())


@pytest.fixture
def make_environment(tmp_path: Path, wheels: tuple[Path, Path]) -> Callable[..., Environment]:
    """Return a function that makes an environment with these distributions in it."""
    return partial(create, tmp_path / "venv", wheels)


@pytest.fixture(scope="module")
def beside_upstream(tmp_path_factory: pytest.TempPathFactory, wheels: tuple[Path, Path]) -> Environment:
    """Return an environment in which `wsproto-rs` lies beside upstream, not enabled."""
    return create(tmp_path_factory.mktemp("beside-upstream"), wheels, "wsproto==1.3.2", "wsproto-rs")


def create(folder: Path, wheels: tuple[Path, Path], *requirements: str) -> Environment:
    """Make an environment with these distributions in it."""
    venv.create(folder, with_pip=True)
    environment = Environment(folder, *wheels)
    environment.install(*requirements)
    return environment
