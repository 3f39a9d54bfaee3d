"""The mocks of `unittest.mock.create_autospec`, with which other projects test their use of this one."""

from __future__ import annotations

import inspect
from typing import Any
from unittest import mock

import pytest

from tests.oracle import pair
from tests.typing.interface import METHODS, find

MOCKED = (
    "WSConnection",
    "connection.Connection",
    "handshake.H11Handshake",
    "extensions.PerMessageDeflate",
    "frame_protocol.FrameProtocol",
)


@pytest.fixture(params=MOCKED)
def classes(request: pytest.FixtureRequest) -> tuple[type[Any], type[Any]]:
    """Our class and upstream's."""
    ours, theirs = (find(package, request.param) for package in pair())
    return ours, theirs


def test_a_mocked_class_is_called_as_the_class_is(classes: tuple[type[Any], type[Any]]) -> None:
    def outcome(class_: type[Any], count: int) -> str:
        try:
            mock.create_autospec(class_)(*range(count))
        except TypeError as error:
            return str(error)
        return "fine"

    for count in range(7):
        assert outcome(classes[0], count) == outcome(classes[1], count)


def test_a_mocked_class_makes_mocked_instances(classes: tuple[type[Any], type[Any]]) -> None:
    class_ = classes[0]
    mocked = mock.create_autospec(class_)
    made = mocked(True, []) if class_.__name__ == "FrameProtocol" else mocked(1)
    assert isinstance(made, class_)
    assert not hasattr(made, "unknown")


def test_a_mocked_instance_has_what_upstreams_has(classes: tuple[type[Any], type[Any]]) -> None:
    ours, theirs = (mock.create_autospec(each, instance=True) for each in classes)
    assert isinstance(ours, classes[0])
    public = [name for name in dir(theirs) if not name.startswith("_")]
    assert [name for name in public if not hasattr(ours, name)] == []
    assert not hasattr(ours, "unknown")
    with pytest.raises(TypeError):
        ours()


@pytest.mark.parametrize("name", [name for name in METHODS if name.rpartition(".")[0] in MOCKED])
def test_a_mocked_method_records_its_calls(name: str) -> None:
    """That a mocked native method takes other arguments too is what `unittest.mock` makes of it."""
    class_, _, method = name.rpartition(".")
    upstreams = find(pair().theirs, name)
    arguments = {each: object() for each in list(inspect.signature(upstreams).parameters)[1:]}
    instance = mock.create_autospec(find(pair().ours, class_), instance=True)
    called = getattr(instance, method)
    called.return_value = b"returned"
    assert called(*arguments.values()) == b"returned"
    called.assert_called_once_with(*arguments.values())
    called.side_effect = pair().ours.utilities.ProtocolError
    with pytest.raises(pair().ours.utilities.ProtocolError):
        called(**arguments)


def test_a_mocked_method_of_a_class_can_be_patched_in() -> None:
    """`autospec=True` in a patch of the class, and the unpatched class afterwards."""
    ours = pair().ours
    conn = ours.connection.Connection(ours.ConnectionType.CLIENT)
    with mock.patch.object(ours.connection.Connection, "send", autospec=True, return_value=b"patched"):
        assert conn.send(ours.events.Ping()) == b"patched"
    assert conn.send(ours.events.Ping())[:1] == b"\x89"


def test_a_patched_constructor_is_called() -> None:
    """The class calls its native constructor directly, unless the constructor was replaced."""
    ours = pair().ours
    native = (ours.connection.Connection, ours.handshake.H11Handshake, ours.extensions.PerMessageDeflate)
    for class_ in (ours.WSConnection, *native):
        with mock.patch.object(class_, "__init__", return_value=None) as patched:
            class_("argument")
        patched.assert_called_once_with("argument")
        assert class_(ours.ConnectionType.CLIENT) is not None
