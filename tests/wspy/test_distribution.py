"""The distribution `wspy`: what it imports, and what its README promises."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

import wspy
from tests.wspy.programs import started

FOLDER = Path(wspy.__file__).parent
README = (FOLDER.parent / "README.md").read_text(encoding="utf-8")
TESTS = Path(__file__).parent

#: What is imported if it is there, and what only type checkers import.
OPTIONAL = {"uvloop", "typing_extensions"}


@pytest.mark.parametrize("module", [path.name for path in FOLDER.glob("*.py")])
def test_only_the_public_interface_of_wsproto_is_used(module: str) -> None:
    imported = set()
    for node in ast.walk(ast.parse((FOLDER / module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            imported |= {f"{node.module}.{alias.name}" for alias in node.names}
    roots = {name.partition(".")[0] for name in imported}
    assert roots <= sys.stdlib_module_names | {"wsproto"} | OPTIONAL
    assert not [name for name in imported if name.startswith("wsproto") and "._" in name]


def test_wsproto_is_the_only_requirement() -> None:
    declared = (FOLDER.parent / "pyproject.toml").read_text(encoding="utf-8")
    assert re.findall(r"(?m)^dependencies = (.*)$", declared) == ['["wsproto"]']


def test_the_package_says_that_it_is_typed() -> None:
    assert (FOLDER / "py.typed").exists()


def test_every_name_of_the_package_exists() -> None:
    assert sorted(wspy.__all__, key=str.lower) == sorted(set(wspy.__all__), key=str.lower)
    assert all(hasattr(wspy, name) for name in wspy.__all__)


@pytest.mark.parametrize("promise", re.findall(r"`(test_\w+\.py::\w+)`", README))
def test_every_feature_of_the_readme_has_its_test(promise: str) -> None:
    file, _, name = promise.partition("::")
    assert f"\ndef {name}(" in (TESTS / file).read_text(encoding="utf-8")


def test_the_server_of_the_readme_echoes() -> None:
    (source,) = re.findall(r"(?s)```python\n(.*?)```", README)
    with (
        started(source) as program,
        wspy.Connection(program.connect(extensions=[wspy.DeflateFrame()])) as client,
    ):
        client.send(wspy.TextMessage("Hello, World!"))
        assert client.recv() == wspy.TextMessage("Hello, World!")
