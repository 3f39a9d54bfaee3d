"""Arguments of odd types, where a caller can pass any, and names that are there or not."""

from __future__ import annotations

import array
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.examples_of_objects import KEPT_BETWEEN_FRAMES
from tests.differential.handshaking import Initiate, duel
from tests.differential.harness import Duel, Side, same
from tests.differential.operations import Drain, Made, Member, Receive, Send, build
from tests.differential.strategies import chunked, streams
from tests.differential.test_data_phase import duel as connections
from tests.differential.test_data_phase import role
from tests.oracle import STANDS_IN, pair


@dataclass(frozen=True)
class Anything:
    """A value by name, so that it prints as itself."""

    name: str

    def build(self, package: Any) -> Any:
        values: dict[str, Any] = {
            "array": array.array("B", b"\x81\x02hi"),
            "wide array": array.array("H", [0x0281, 0x6968]),
            "strided view": memoryview(b"\x81.\x02.h.i.")[::2],
            "cast view": memoryview(b"\x81\x02hi").cast("H"),
            "object": object,
            "generator": (number for number in b"\x81\x02hi"),
            "list of bytes": list(b"\x81\x02hi"),
            "package": type(package),
        }
        return values[self.name]


odd_data = st.one_of(
    st.sampled_from(
        [0, 1, -1, 3.5, "text", "", True, False, [], [256], [-1], ["a"], (1, 2), {1: 2}, range(3)]
    ),
    st.sampled_from([bytearray(b"\x81\x02hi"), memoryview(b"\x81\x02hi"), bytearray(), memoryview(b"")]),
    st.sampled_from(
        ["array", "wide array", "strided view", "cast view", "object", "generator", "list of bytes"]
    ).map(Anything),
)


@dataclass(frozen=True)
class ReceiveBuilt:
    """Data that are built anew for each side."""

    data: Any

    def run(self, side: Side) -> Any:
        return side.subject.receive_data(build(self.data, side.package))


@role
@given(data=st.lists(odd_data, min_size=1, max_size=4))
def test_receive_data(role: str, data: list[Any]) -> None:
    """Whatever a bytearray can be extended by is data; the rest raises and is forgotten."""
    pair_ = connections(role)
    for each in data:
        pair_.run([ReceiveBuilt(each), Drain()])


@role
@given(data=odd_data)
def test_receive_data_in_the_handshake(role: str, data: Any) -> None:
    """The same before the handshake is done; what is false is the end of the stream."""
    duel(role).run([ReceiveBuilt(data), Drain(), Receive(b"more"), Drain()])


@role
@given(data=st.data())
def test_buffers_that_change(role: str, data: st.DataObject) -> None:
    """A bytearray may be reused by its owner as soon as it has been received."""
    pair_ = connections(role)
    for chunk in data.draw(streams(server=role == "SERVER")):
        for part in data.draw(chunked(chunk)):
            pair_.run([_Reuse(part), Drain()])


@dataclass(frozen=True)
class _Reuse:
    data: bytes

    def run(self, side: Side) -> Any:
        owned = bytearray(self.data)
        result = side.subject.receive_data(owned)
        owned[:] = b"\xff" * len(owned)
        owned.clear()
        return result


TYPES: tuple[Any, ...] = (
    Member("ConnectionType", "CLIENT"),
    Member("ConnectionType", "SERVER"),
    None,
    1,
    "CLIENT",
    True,
)


def shown(maker: Any, arguments: tuple[Any, ...]) -> Any:
    """Return what a new object shows; how many arguments were too many, each language counts its own way."""
    try:
        made = maker(*arguments)
    except TypeError:
        return "TypeError"
    return (made.client, made.state)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("name", ["WSConnection", "Connection", "H11Handshake"])
def test_connection_types(kind: Any, name: str) -> None:
    """Whatever is not the client is a server."""

    def make(package: Any) -> Any:
        maker = {
            "WSConnection": package.WSConnection,
            "Connection": package.connection.Connection,
            "H11Handshake": package.handshake.H11Handshake,
        }[name]
        for arguments in ((), (kind,), (kind, None), (kind, None, b""), (kind, None, b"", None)):
            yield shown(maker, build(arguments, package))

    same(lambda package: list(make(package)))
    same(lambda package: package.WSConnection(connection_type=build(kind, package)).client)


@pytest.mark.parametrize("extensions", [None, [], (), {}, "", 0, 5, "ab", [None], [5]])
def test_extension_lists(extensions: Any) -> None:
    """What is false is no extensions; the rest is asked whether it is enabled."""
    same(
        lambda package: len(
            package.connection.Connection(package.ConnectionType.CLIENT, extensions)._proto.extensions
        )
    )


@given(trailing=st.one_of(odd_data, st.just(b"\x81\x02hi\x88\x00")))
def test_trailing_data(trailing: Any) -> None:
    """Data that arrived together with the handshake; None is the end of the connection, as ever."""

    def make(side: Side) -> Any:
        package = side.package
        return package.connection.Connection(package.ConnectionType.CLIENT, [], build(trailing, package))

    try:
        fight = Duel(make)
    except AttributeError:
        return
    if fight.ours.subject is not None and fight.theirs.subject is not None:
        fight.run([Drain(), Receive(b"\x89\x00"), Drain()])


@pytest.mark.parametrize(
    "name",
    [
        "Connection",
        "WSConnection",
        "H11Handshake",
        "FrameProtocol",
        "FrameDecoder",
        "MessageDecoder",
        "PerMessageDeflate",
        "Buffer",
    ],
)
def test_public_names(name: str) -> None:
    """Every public name that upstream's instances have is there, but for those declared to be private."""
    ours, theirs = (instance(package, name) for package in pair())
    missing = [each for each in dir(theirs) if not each.startswith("_") and not hasattr(ours, each)]
    assert missing == (KEPT_BETWEEN_FRAMES if name == "FrameDecoder" and not STANDS_IN else [])


def instance(package: Any, name: str) -> Any:
    """Return an instance of the class, wherever it lives."""
    client = package.ConnectionType.CLIENT
    return {
        "Connection": lambda: package.connection.Connection(client),
        "WSConnection": lambda: package.WSConnection(client),
        "H11Handshake": lambda: package.handshake.H11Handshake(client),
        "FrameProtocol": lambda: package.frame_protocol.FrameProtocol(True, []),
        "FrameDecoder": lambda: package.frame_protocol.FrameDecoder(True),
        "MessageDecoder": package.frame_protocol.MessageDecoder,
        "PerMessageDeflate": package.extensions.PerMessageDeflate,
        "Buffer": package.frame_protocol.Buffer,
    }[name]()


MODULES = ("", "connection", "events", "extensions", "frame_protocol", "handshake", "utilities")


@pytest.mark.parametrize("module", MODULES)
def test_names_of_modules(module: str) -> None:
    """Every public name that upstream defines in a module is in ours."""
    ours, theirs = (getattr(package, module) if module else package for package in pair())
    defined = {
        name
        for name, value in vars(theirs).items()
        if not name.startswith("_")
        and name != "TYPE_CHECKING"
        and (
            (name.isupper() and name not in ("ABC", "T"))
            or str(getattr(value, "__module__", "")).startswith("upstream_wsproto")
        )
    }
    assert sorted(defined - set(dir(ours))) == []


@given(
    event=st.sampled_from(
        [None, 5, "text", object, Made("Event"), Made("RejectData", (b"",)), Member("Opcode", "TEXT")]
    )
)
def test_sending_what_is_no_event(event: Any) -> None:
    """In each state the error names what was to be sent."""
    for kind in ("CLIENT", "SERVER"):
        duel(kind).run([Send(event)])
        connections(kind).run([Send(event), Receive(None), Send(event)])


@pytest.mark.parametrize(
    "headers", [None, 5, "text", [], [()], [(b"a",)], [(1, 2)], [b"ab"], {}, [("a", "b")]]
)
@pytest.mark.parametrize("path", ["/", None])
def test_initiate(headers: Any, path: Any) -> None:
    """Headers and paths of odd types."""
    for kind in ("SERVER", "CLIENT"):
        duel(kind).run([Initiate(headers, path), Drain()])
