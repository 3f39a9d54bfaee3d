"""
`inspect.signature` gives the parameters that upstream has: names, kinds and defaults.

Behind them, some constructors have others that are keyword-only.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.oracle import STANDS_IN, pair
from tests.typing.interface import (
    ADDED,
    CLASSES,
    CONSTRUCTORS,
    ENUMERATIONS,
    FUNCTIONS,
    METHODS,
    NAMED_TUPLES,
    find,
)

if TYPE_CHECKING:
    from collections.abc import Callable


class Seen(NamedTuple):
    """A parameter, without its annotation, which native functions cannot show."""

    name: str
    kind: str
    default: str


def parameters(function: Callable[..., Any]) -> list[Seen]:
    """Return what the signature says of the parameters."""
    signature = inspect.signature(function)
    return [Seen(each.name, each.kind.name, repr(each.default)) for each in signature.parameters.values()]


def added(name: str) -> list[Seen]:
    """Return what our constructor has beyond upstream's."""
    own = {} if STANDS_IN else ADDED.get(name, {})
    return [Seen(each, "KEYWORD_ONLY", repr(default)) for each, default in own.items()]


def test_there_is_something_to_compare() -> None:
    assert {"WSConnection", "connection.Connection", "events.Ping"} < set(CONSTRUCTORS)
    assert {"utilities.generate_nonce", "handshake.client_extensions_handshake"} < set(FUNCTIONS)
    assert {"WSConnection.send", "frame_protocol.FrameProtocol.ping"} < set(METHODS)


@pytest.mark.parametrize("name", [*CONSTRUCTORS, *NAMED_TUPLES, *FUNCTIONS])
def test_what_is_called(name: str) -> None:
    ours, theirs = (find(package, name) for package in pair())
    assert parameters(ours) == parameters(theirs) + added(name)


@pytest.mark.parametrize("name", sorted({*CLASSES} - {*CONSTRUCTORS, *NAMED_TUPLES}))
def test_classes_without_a_constructor_of_their_own(name: str) -> None:
    """What `inspect` says of the enumerations and the bare exceptions depends on the version of Python."""

    def seen(package: Any) -> list[Seen] | str:
        try:
            return parameters(find(package, name))
        except ValueError as error:
            return str(error).replace("upstream_wsproto", "wsproto")

    assert seen(pair().ours) == seen(pair().theirs)


@pytest.mark.parametrize("name", CONSTRUCTORS)
def test_constructors_as_methods(name: str) -> None:
    """Subclasses call `__init__`; it has upstream's annotations too."""
    ours, theirs = (find(package, name).__init__ for package in pair())
    assert parameters(ours) == parameters(theirs) + added(name)
    annotations = inspect.get_annotations(ours)
    beyond = {each.name: annotations.pop(each.name) for each in added(name)}
    assert annotations == inspect.get_annotations(theirs)
    assert {*beyond.values()} <= {"int", "int | None"}


@pytest.mark.parametrize("name", METHODS)
def test_methods(name: str) -> None:
    """The only loss is that `self` cannot be passed by name."""
    ours, theirs = (parameters(find(package, name)) for package in pair())
    assert ours[0] in (theirs[0], theirs[0]._replace(kind="POSITIONAL_ONLY"))
    assert ours[1:] == theirs[1:]


@pytest.mark.parametrize("name", ["WSConnection.send", "connection.Connection.receive_data"])
def test_bound_methods(name: str) -> None:
    """`self` is not among the parameters of a method that is bound."""
    class_, method = name.rsplit(".", 1)
    ours, theirs = (
        getattr(find(package, class_)(package.ConnectionType.CLIENT), method) for package in pair()
    )
    assert parameters(ours) == parameters(theirs)


@pytest.mark.parametrize("name", sorted({*CONSTRUCTORS} - {*ENUMERATIONS}))
def test_subclasses_inherit_the_signature(name: str) -> None:
    ours, theirs = (type("Derived", (find(package, name),), {}) for package in pair())
    assert parameters(ours) == parameters(theirs) + added(name)
