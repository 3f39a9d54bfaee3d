"""
Installing beside real dependents: pip takes this package for wsproto 1.3.2, and for nothing less.

hypercorn and simple-websocket bring upstream's wsproto with them; ours then replaces it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PIP_LIMIT = 300.0

LIST = ("-m", "pip", "list", "--format", "json")

LOOK = """
import importlib, importlib.metadata, importlib.resources, json, wsproto, hypercorn.protocol, simple_websocket
print(json.dumps({
    "distribution": importlib.metadata.version("wsproto"),
    "module": wsproto.__version__,
    "requires": importlib.metadata.requires("wsproto") or [],
    "native": importlib.import_module("wsproto._wsproto").__file__,
    "typed": importlib.resources.files("wsproto").joinpath("py.typed").is_file(),
    "used": importlib.import_module("hypercorn.protocol.ws_stream").Connection is wsproto.Connection,
}))
"""


def run(*command: str | Path) -> str:
    """Run the command and return what it printed."""
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=PIP_LIMIT, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel that `make` installed from, or build one where there is none."""
    built = list(Path(sys.prefix, "wheels").glob("wsproto-*.whl"))
    if not built:
        folder = tmp_path_factory.mktemp("wheels")
        run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT)
        built = list(folder.glob("wsproto-*.whl"))
    (wheel,) = built
    return wheel


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """Return the Python of a fresh environment: the dependents first, ours over the upstream they brought."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    run(python, "-m", "pip", "install", "--quiet", "hypercorn", "simple-websocket")
    (brought,) = [one for one in json.loads(run(python, *LIST)) if one["name"] == "wsproto"]
    assert "+" not in brought["version"]
    run(python, "-m", "pip", "install", "--quiet", wheel)
    return python


def test_ours_takes_the_place_of_upstream(environment: Path) -> None:
    """The distribution has a version of its own; the module says what programs parse."""
    seen = json.loads(run(environment, "-c", LOOK))
    native = Path(seen.pop("native"))
    assert environment.parents[1] in native.parents
    assert seen == {
        "distribution": "1.3.2+rs1",
        "module": "1.3.2",
        "requires": [],
        "typed": True,
        "used": True,
    }


def test_every_requirement_stays_satisfied(environment: Path) -> None:
    """PEP 440: a local version satisfies what its public version satisfies."""
    assert run(environment, "-m", "pip", "check") == "No broken requirements found.\n"


@pytest.mark.parametrize(
    "requirement", ["wsproto==1.3.2", "wsproto<=1.3.2", "wsproto>=0.14.0", "wsproto~=1.3"]
)
def test_pip_sees_no_reason_to_replace_it(environment: Path, requirement: str) -> None:
    """Installing another dependent later does not bring upstream back."""
    run(environment, "-m", "pip", "install", "--quiet", "--no-index", requirement)
    assert "1.3.2+rs1" in run(environment, "-m", "pip", "show", "wsproto")


def test_no_file_of_upstream_is_left(environment: Path) -> None:
    """Replacing removes what upstream had installed; every file in the package is one of ours."""
    listed = run(environment, "-m", "pip", "show", "--files", "wsproto").partition("Files:")[2].split()
    site = next(environment.parents[1].rglob("site-packages"))
    present = [
        path.relative_to(site).as_posix()
        for path in (site / "wsproto").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    ]
    assert set(present) <= set(listed)
