"""Each difference from upstream, by its example: what is said of either side is so."""

from __future__ import annotations

import pytest

from tests.differential import examples_of_objects
from tests.differential.differences import DIFFERENCES
from tests.differential.examples import EXAMPLES
from tests.oracle import STANDS_IN, ours, upstream

assert examples_of_objects.__doc__  # its examples are registered by the import


@pytest.mark.parametrize("name", EXAMPLES)
def test_upstream(name: str) -> None:
    """What is said of upstream is so."""
    action, theirs, _expected = EXAMPLES[name]
    assert action(upstream()) == theirs


@pytest.mark.parametrize("name", EXAMPLES)
def test_ours(name: str) -> None:
    """What is said of ours is so."""
    action, theirs, expected = EXAMPLES[name]
    assert action(ours()) == (theirs if STANDS_IN and ours() is not upstream() else expected)


def test_each_difference_has_its_example() -> None:
    """And nothing else has one."""
    assert sorted(EXAMPLES) == sorted(each.name for each in DIFFERENCES)
