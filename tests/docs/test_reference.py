"""Everything public has a docstring, and a place in the reference."""

from __future__ import annotations

import importlib
import re
import runpy
from pathlib import Path
from types import GetSetDescriptorType

import pytest

DOCS = Path(__file__).parents[2] / "docs"
REFERENCE = DOCS / "api"
MODULES = ("connection", "events", "extensions", "frame_protocol", "handshake", "utilities")

#: The classes and functions that any module of the package has in its `__all__`, each of them once.
PUBLIC = {
    value: name
    for module in map(importlib.import_module, ("wsproto", *(f"wsproto.{name}" for name in MODULES)))
    for name in module.__all__
    if callable(value := getattr(module, name))
}


@pytest.fixture(params=list(PUBLIC), ids=list(PUBLIC.values()))
def member(request: pytest.FixtureRequest) -> object:
    """Return each of them."""
    return request.param


def test_nothing_is_overlooked() -> None:
    """Or the next tests would be about less than they say."""
    assert len(PUBLIC) >= 39


def test_it_has_a_docstring(member: object) -> None:
    """Its own, and so have its public methods and properties."""
    assert member.__doc__
    for attribute, value in vars(member).items() if isinstance(member, type) else ():
        if not attribute.startswith("_") and (callable(value) or isinstance(value, property)):
            assert value.__doc__, attribute


def test_it_is_in_the_reference(member: object) -> None:
    """Once, on the page of the module that it is of."""
    pages = [page.read_text(encoding="utf-8") for page in REFERENCE.glob("*.md")]
    directive = rf"^\.\. auto(?:class|function|exception):: {PUBLIC[member]}$"
    assert sum(len(re.findall(directive, page, re.MULTILINE)) for page in pages) == 1


def test_attributes_have_a_type() -> None:
    """`docs/conf.py` finds the type of each native attribute in the stub."""
    types = runpy.run_path(str(DOCS / "conf.py"))["attribute_types"]()
    assert types["WSConnection", "state"] == ":class:`~wsproto.connection.ConnectionState`"
    for member, name in PUBLIC.items():
        native = getattr(member, "__base__", None)
        if isinstance(native, type) and native.__module__ == "wsproto._wsproto":
            shown = {
                attribute
                for attribute, value in vars(native).items()
                if isinstance(value, GetSetDescriptorType) and not attribute.startswith("_")
            }
            assert shown <= {attribute for owner, attribute in types if owner == name}
