"""The named tuples are as `typing.NamedTuple` makes them, without its import."""

from __future__ import annotations

import copy
import inspect
import pickle
import typing
from typing import Any

import pytest

from tests.oracle import pair


@pytest.fixture(params=["RsvBits", "Header", "Frame"])
def classes(request: pytest.FixtureRequest) -> tuple[Any, Any]:
    """Our class and upstream's."""
    ours, theirs = (getattr(package.frame_protocol, request.param) for package in pair())
    return ours, theirs


def test_fields(classes: tuple[Any, Any]) -> None:
    ours, theirs = classes
    assert ours._fields == theirs._fields == ours.__match_args__
    assert ours._field_defaults == theirs._field_defaults == {}
    assert issubclass(ours, tuple)


def test_types_of_fields(classes: tuple[Any, Any]) -> None:
    """`typing.get_type_hints` resolves them; unresolved they are text; upstream has `ForwardRef`s."""
    ours, theirs = classes
    hints = [{name: str(hint) for name, hint in typing.get_type_hints(each).items()} for each in classes]
    assert hints[0] == {name: hint.replace("upstream_wsproto", "wsproto") for name, hint in hints[1].items()}
    unresolved = {name: hint.__forward_arg__ for name, hint in theirs.__annotations__.items()}
    assert ours.__annotations__ == ours.__new__.__annotations__ == unresolved


def test_signature(classes: tuple[Any, Any]) -> None:
    signatures = [list(inspect.signature(each).parameters.values()) for each in classes]
    bare = [[(each.name, each.kind, each.default) for each in signature] for signature in signatures]
    assert bare[0] == bare[1]


def test_instances(classes: tuple[Any, Any]) -> None:
    values = range(len(classes[1]._fields))
    ours, theirs = (each(*values) for each in classes)
    assert ours == tuple(values) == theirs
    assert repr(ours) == repr(theirs)
    assert ours._asdict() == theirs._asdict()
    first = ours._fields[0]
    assert ours._replace(**{first: 7}) == theirs._replace(**{first: 7})
    assert type(ours)._make(values) == ours
    assert copy.deepcopy(ours) == pickle.loads(pickle.dumps(ours)) == ours  # noqa: S301
    with pytest.raises(AttributeError):
        setattr(ours, first, 1)
    with pytest.raises(AttributeError):
        ours.unknown = 1


def test_wrong_arguments(classes: tuple[Any, Any]) -> None:
    for arguments in ((), range(9)):
        texts = []
        for each in classes:
            with pytest.raises(TypeError) as raised:
                each(*arguments)
            texts.append(str(raised.value))
        assert texts[0] == texts[1]
