"""`help()` has something to say about every public class, method, property and function, native or not."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from tests.oracle import pair
from tests.typing.interface import CLASSES, FUNCTIONS, METHODS, MODULES, find

#: Fields of events are described by the docstrings of their classes.
PROPERTIES = [
    f"{name}.{each}"
    for name in CLASSES
    if not name.startswith("events.")
    for each, value in inspect.getmembers(find(pair().ours, name), inspect.isgetsetdescriptor)
    if not each.startswith("_") and value.__objclass__.__module__.startswith("wsproto")
]


@pytest.mark.parametrize("name", [*MODULES, *CLASSES, *FUNCTIONS, *METHODS, *PROPERTIES])
def test_docstring(name: str) -> None:
    """There is one, of a sentence at least."""
    text = inspect.getdoc(find(pair().ours, name))
    assert text is not None
    assert len(text.split()) > 2
    assert text.endswith((".", "``"))


@pytest.mark.parametrize("name", [name for name in CLASSES if name.startswith("events.")])
def test_docstrings_of_events_describe_the_fields(name: str) -> None:
    event: Any = find(pair().ours, name)
    # Those of the two kinds of messages refer to `Message`.
    own = event.__annotations__
    assert [field for field in own if f"`{field}` (" not in event.__doc__] == []
