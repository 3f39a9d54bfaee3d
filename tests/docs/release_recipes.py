"""
The recipes of `docs/moving.md` that take Poetry or an sdist, on the archives in `WSPROTO_TEST_WHEELS`.

pytest does not collect this file by itself: `make release-check` names it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.docs.recipes import HEAVY, recipe

if TYPE_CHECKING:
    from tests.docs.recipes import Project


@pytest.mark.parametrize("mark", HEAVY)
def test_a_recipe_does_what_it_is_there_for(mark: str, project: Project) -> None:
    HEAVY[mark](project, recipe(mark))
