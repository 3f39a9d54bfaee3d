"""Each recipe of `docs/moving.md` does what it is there for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.docs.recipes import HEAVY, QUICK, recipes

if TYPE_CHECKING:
    from tests.docs.recipes import Project, Recipe


def known(each: Recipe) -> list[str]:
    """Return the marks of a recipe."""
    return [mark for mark in QUICK | HEAVY if each.text.startswith(mark) or f"\n{mark}" in each.text]


@pytest.mark.parametrize("each", recipes(), ids=lambda each: each.name)
def test_every_recipe_is_run_by_something(each: Recipe) -> None:
    assert len(known(each)) == 1


def test_what_runs_recipes_has_one() -> None:
    assert sorted(mark for each in recipes() for mark in known(each)) == sorted(QUICK | HEAVY)


@pytest.mark.parametrize(
    "each", [each for each in recipes() if known(each)[0] in QUICK], ids=lambda each: each.name
)
def test_a_recipe_does_what_it_is_there_for(each: Recipe, project: Project) -> None:
    QUICK[known(each)[0]](project, each.text)
