"""`wsproto-rs` for a whole environment: `enable`, `disable` and `status`."""

from __future__ import annotations

import platform
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.wsproto_rs.environment import WHOSE
from wsproto._wsproto import guarded_paths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.wsproto_rs.environment import Environment


@pytest.fixture
def enabled(beside_upstream: Environment) -> Iterator[Environment]:
    """Return an environment with upstream in which ours is enabled, for one test."""
    beside_upstream.switch("enable")
    yield beside_upstream
    beside_upstream.switch("disable")


def test_enabling_switches_every_program(enabled: Environment) -> None:
    assert enabled.whose() == "ours"


def test_isolated_mode_is_switched_too(enabled: Environment) -> None:
    assert enabled.whose("-I") == "ours"


def test_without_site_nothing_is_switched(enabled: Environment) -> None:
    """`-S` leaves out all of `site-packages`, and with it upstream."""
    assert enabled.whose("-S") == "nobody's"


def test_programs_started_by_programs_are_switched(enabled: Environment) -> None:
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {WHOSE!r}], check=True)"
    assert enabled.run("-c", code) == "ours"


def test_zipapps_are_switched(enabled: Environment, tmp_path: Path) -> None:
    archive = tmp_path / "program.pyz"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("__main__.py", WHOSE)
    assert enabled.run(archive) == "ours"


def test_both_ways_are_idempotent(beside_upstream: Environment) -> None:
    before = sorted(beside_upstream.site_packages().iterdir())
    assert beside_upstream.switch("enable").startswith("enabled, by ")
    assert beside_upstream.switch("enable").startswith("enabled already, by ")
    assert beside_upstream.switch("disable").startswith("disabled: ")
    assert beside_upstream.switch("disable") == "not enabled"
    assert beside_upstream.whose() == "upstream's"
    assert sorted(beside_upstream.site_packages().iterdir()) == before


def test_status_says_what_is_found(enabled: Environment) -> None:
    status = enabled.switch("status")
    assert "enabled in this environment" in status
    assert "distribution wsproto: 1.3.2\n" in status
    assert "wsproto_rs/site/wsproto/__init__.py" in status.replace("\\", "/")
    lines = dict(line.partition(": ")[::2] for line in status.splitlines())
    assert {name.rpartition(" ")[0] for name in lines["guarded paths"].split(", ")} == set(guarded_paths)
    assert lines["Python"].startswith(f"CPython {platform.python_version()} ")
    assert lines["processor"].startswith(platform.machine())


def test_status_says_that_upstream_is_found(beside_upstream: Environment) -> None:
    status = beside_upstream.switch("status")
    assert "not enabled in this environment" in status
    assert "the Rust core is not there: No module named 'wsproto._wsproto'" in status


def test_status_says_that_nothing_is_found(make_environment: Callable[..., Environment]) -> None:
    status = make_environment("wsproto-rs").switch("status")
    assert "distribution wsproto: not installed" in status
    assert "import wsproto: nothing: No module named 'wsproto'" in status


@pytest.mark.parametrize("first", ["wsproto", "wsproto-rs"])
def test_uninstalling_is_safe_in_any_order(make_environment: Callable[..., Environment], first: str) -> None:
    environment = make_environment("wsproto==1.3.2", "wsproto-rs")
    environment.switch("enable")
    environment.uninstall(first)
    assert environment.whose() == ("ours" if first == "wsproto" else "upstream's")
    environment.uninstall("wsproto-rs" if first == "wsproto" else "wsproto")
    assert environment.whose() == "nobody's"
