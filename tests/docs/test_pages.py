"""Every page of the documents, and the README."""

from __future__ import annotations

import importlib.metadata
import re
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import run

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # which pytest brings

ROOT = Path(__file__).parents[2]
PAGES = [page for page in sorted(ROOT.glob("docs/**/*.md")) if "```py" in page.read_text(encoding="utf-8")]


def test_there_are_pages_with_code() -> None:
    """Or the next test would be about nothing."""
    assert {"advanced.md", "getting-started.md", "security.md"} <= {page.name for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_code_of_a_page_runs(page: Path) -> None:
    """From the top to the foot, with the output that it shows."""
    assert run(page) > 0


@pytest.mark.parametrize("page", sorted(ROOT.glob("docs/**/*.md")), ids=lambda page: page.stem)
def test_every_block_is_of_a_language_that_is_looked_at(page: Path) -> None:
    """Sphinx sees to its directives, `blocks` to Python, the next test to TOML; anything else is indented."""
    fences = re.findall(r"^```(.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(fences) <= {"python", "pycon", "toml", "{toctree}", "{eval-rst}"}


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md", "tests/differential/README.md"])
def test_every_path_exists(page: str) -> None:
    """Paths are from the root, from `src/`, or from the folder of the page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    named = set(re.findall(r"(?<![\w/.*{-])[\w.-]*\w(?:/[\w.-]+)*\.(?:rs|py|pyi|md|toml)\b(?!\*)", text))
    named |= set(re.findall(r"`((?:src|tests|python|fuzz|docs|benches)/[\w./]*/?)`", text))
    folders = (ROOT, ROOT / "src", (ROOT / page).parent)
    assert named
    # A bare name in the text is one of a path given in full.
    files = {path.name for folder in ("src", "python", "tests") for path in (ROOT / folder).rglob("*")}
    lost = {
        name
        for name in named
        if not any((folder / name).exists() for folder in folders) and not ("/" not in name and name in files)
    }
    assert not lost


def test_the_recipes_name_this_version() -> None:
    """What is to be copied into `pyproject.toml` is TOML, and asks for the package that is installed."""
    version = importlib.metadata.version("wsproto")
    recipes = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "moving.md").read_text("utf-8"), re.DOTALL)
    assert len(recipes) == 4
    for recipe in recipes:
        assert tomllib.loads(recipe)
        assert f"wsproto=={version}" in recipe or f"wsproto-{version}-" in recipe


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("```pycon\n>>> 1 + 1\n3\n\n```\n", "Expected:\n    3\nGot:\n    2"),
        ("```python\nanswer = 2\n```\n```pycon\n>>> answer\n3\n\n```\n", "Got:\n    2"),
        ("```pycon\n>>> nobody\n\n```\n", "NameError"),
        ("```python\nassert False\n```\n", ""),
        ("```python\ndef idle() -> None: ...\n```\n", "defined and never called: idle"),
        ("```python\nclass Idle:\n    def method(self) -> None: ...\n```\n", "never called: method"),
        ("```pycon\nno prompt\n```\n", "a session without a prompt"),
    ],
)
def test_what_is_wrong_is_found(tmp_path: Path, text: str, complaint: str) -> None:
    """A page that does not do what it says makes `run` raise."""
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    with pytest.raises(AssertionError) as caught:
        run(page)
    assert complaint in str(caught.value)
