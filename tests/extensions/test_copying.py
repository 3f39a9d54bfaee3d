"""Copies and pickles of `PerMessageDeflate`, and of events that carry one."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from wsproto.connection import SERVER, Connection
from wsproto.events import AcceptConnection, Request, TextMessage
from wsproto.extensions import PerMessageDeflate

if TYPE_CHECKING:
    from collections.abc import Callable

COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),  # noqa: S301 (our own)
}


class Named(PerMessageDeflate):
    """A subclass with an attribute of its own."""

    label = "class"


def extension(kind: type[PerMessageDeflate] = PerMessageDeflate) -> PerMessageDeflate:
    return kind(
        client_no_context_takeover=True,
        client_max_window_bits=10,
        server_max_window_bits=12,
        compression_level=3,
        memory_level=7,
        min_size=5,
        max_piece_size=6,
    )


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_has_everything_that_was_set(name: str) -> None:
    original = extension()
    original._enabled = True
    copied = COPIES[name](original)
    assert copied is not original
    assert repr(copied) == repr(original)
    for attribute in ("compression_level", "memory_level", "min_size", "max_piece_size", "_enabled"):
        assert getattr(copied, attribute) == getattr(original, attribute)


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_of_a_subclass_has_its_attributes(name: str) -> None:
    original: Any = extension(Named)
    original.label = "instance"
    copied = COPIES[name](original)
    assert (type(copied), copied.label) == (Named, "instance")


@pytest.mark.parametrize("name", COPIES)
def test_what_is_in_use_cannot_be_copied(name: str) -> None:
    original = extension()
    original._enabled = True
    Connection(SERVER, [original]).send(TextMessage("hello", message_finished=False))
    with pytest.raises(TypeError, match="in use"):
        COPIES[name](original)


@pytest.mark.parametrize("name", COPIES)
def test_events_that_carry_one_can_be_copied(name: str) -> None:
    for event in (Request("host", "/", extensions=[extension()]), AcceptConnection(extensions=[extension()])):
        copied = COPIES[name](event)
        assert repr(copied.extensions) == repr(event.extensions)
        assert repr(dataclasses.astuple(event)) == repr(tuple(dataclasses.asdict(event).values()))
