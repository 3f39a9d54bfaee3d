"""Environments to install into: with and without upstream."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.wsproto_rs.environment import Environment

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
PIP_LIMIT = 300.0


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

    def make(*requirements: str) -> Environment:
        venv.create(tmp_path / "venv", with_pip=True)
        environment = Environment(tmp_path / "venv", *wheels)
        environment.install(*requirements)
        return environment

    return make


@pytest.fixture(scope="module")
def beside_upstream(tmp_path_factory: pytest.TempPathFactory, wheels: tuple[Path, Path]) -> Environment:
    """Return an environment in which `wsproto-rs` lies beside upstream, not enabled."""
    folder = tmp_path_factory.mktemp("beside-upstream")
    venv.create(folder, with_pip=True)
    environment = Environment(folder, *wheels)
    environment.install("wsproto==1.3.2", "wsproto-rs")
    return environment
