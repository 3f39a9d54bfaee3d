"""docs/differences.md says what the differential tests allow, no less and no more."""

from __future__ import annotations

from pathlib import Path

from tests.differential.render_differences import render

DOCUMENT = Path(__file__).parents[1] / "docs" / "differences.md"


def test_the_document_is_that_of_the_declared_differences() -> None:
    """If not: `python -m tests.differential.render_differences > docs/differences.md`."""
    assert DOCUMENT.read_text(encoding="utf-8") == render()
