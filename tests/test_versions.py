"""The places that state a version agree."""

from __future__ import annotations

import importlib.metadata
import re
import sys
from pathlib import Path

import wsproto

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # which pytest brings

ROOT = Path(__file__).parents[1]
VERSION = importlib.metadata.version("wsproto")


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def test_the_package_has_the_version_of_the_release_that_it_behaves_as() -> None:
    assert re.fullmatch(re.escape(wsproto.__version__) + r"\+rs[1-9]\d*", VERSION)


def test_the_manifests_have_the_version_of_the_distribution() -> None:
    assert tomllib.loads(read("pyproject.toml"))["project"]["version"] == VERSION
    assert tomllib.loads(read("Cargo.toml"))["package"]["version"] == VERSION


def test_the_newest_release_of_the_changelog_is_this_one() -> None:
    headings = re.findall(r"^## (\S+)", read("CHANGELOG.md"), re.MULTILINE)
    assert next(heading for heading in headings if heading != "Unreleased") == VERSION


def test_the_companion_has_the_same_release_and_build() -> None:
    """1.3.2.1 is what 1.3.2+rs1 is called where local versions are not taken."""
    companion = read("companions/wsproto_rs/wsproto_rs/__init__.py")
    assert f'\n__version__ = "{VERSION.replace("+rs", ".")}"\n' in companion
