"""Hooks that fail, or answer what they should not, in the middle of anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tests.differential.deflating import sent, short_contents
from tests.differential.handshaking import Negotiated, Respond, SendWith
from tests.differential.handshaking import duel as handshake
from tests.differential.operations import Answer, Drain, Made, Receive, Send
from tests.differential.recording import (
    Script,
    failing_deflate,
    failing_in_handshakes,
    failing_scripts,
    scripts,
)
from tests.differential.strategies import chunked, programs, sendable, streams
from tests.differential.test_client_handshake import FRAME, GOOD, REQUEST
from tests.differential.test_data_phase import role
from tests.differential.test_extensions import duel
from tests.differential.test_server_handshake import TEXT_FRAME, with_lines
from tests.differential.wire import Deflation, Reader

if TYPE_CHECKING:
    from tests.differential.harness import Duel, Operation

written = st.lists(failing_scripts, min_size=1, max_size=3)
AFTERWARDS: list[Operation] = [
    Drain(),
    Receive(b"\x89\x80abcd"),
    Drain(),
    Answer(),
    Send(Made("TextMessage", ("after",))),
    Send(Made("CloseConnection", (1000,))),
    Receive(None),
    Drain(),
]


def failing(role: str, written: list[Script]) -> Duel:
    """Return two connections with these extensions; errors over types are the interpreter's."""
    pair = duel(role, written)
    pair.loose = True
    return pair


@role
@given(written=written, data=st.data())
def test_receiving(role: str, written: list[Script], data: st.DataObject) -> None:
    """What comes out of `events()`, and that nothing comes after it."""
    pair = failing(role, written)
    for chunk in data.draw(streams(server=role == "SERVER")):
        pair.run([Receive(chunk), Drain()])
    pair.run(AFTERWARDS)


@role
@given(written=written, events=st.lists(sendable, min_size=1, max_size=6))
def test_sending(role: str, written: list[Script], events: list[Made]) -> None:
    """What comes out of `send`, and what is sent afterwards."""
    failing(role, written).run([*(Send(event) for event in events), *AFTERWARDS])


@role
@given(written=written, data=st.data())
def test_any_program(role: str, written: list[Script], data: st.DataObject) -> None:
    """Receiving, sending and iterating in any order, with iterators nested and kept."""
    failing(role, written).run(data.draw(programs(server=role == "SERVER")))


@role
@given(
    written=st.one_of(failing_deflate.map(lambda one: [one]), st.tuples(scripts, failing_deflate).map(list)),
    data=st.data(),
)
def test_inflating(role: str, written: list[Script], data: st.DataObject) -> None:
    """Hooks of a class derived from `PerMessageDeflate`, alone and beside another extension."""
    pair = failing(role, written)
    got = data.draw(sent(Deflation(), server=role == "SERVER", contents=short_contents))
    for chunk in data.draw(chunked(got.stream)):
        pair.run([Receive(chunk), Drain()])
    pair.run(AFTERWARDS)


@role
@given(written=failing_deflate, events=st.lists(sendable, min_size=1, max_size=6))
def test_deflating(role: str, written: Script, events: list[Made]) -> None:
    """The same for what is sent."""
    pair = failing(role, [written])
    for side in (pair.ours, pair.theirs):
        side.reader = Reader(Deflation())
    pair.run([*(Send(event) for event in events), *AFTERWARDS])


extensions = st.lists(failing_in_handshakes, min_size=1, max_size=2).map(tuple)
LATER: list[Operation] = [Drain(), Send(Made("TextMessage", ("later",))), Receive(None), Drain()]


@given(extensions=extensions, again=st.booleans(), value=st.sampled_from([b"x-failing", b"y; p, x-failing"]))
def test_a_handshake_of_a_client(extensions: tuple[Script, ...], again: bool, value: bytes) -> None:  # noqa: FBT001
    """What is offered, and what is made of the answer."""
    response = GOOD[:-2] + b"Sec-WebSocket-Extensions: %s\r\n\r\n" % value
    pair = handshake("CLIENT")
    pair.loose = True
    pair.run([SendWith(REQUEST, extensions)] * (1 + again))
    pair.run([Respond(response), Drain(), Negotiated(), Respond(response), Receive(FRAME), *LATER])


@given(extensions=extensions, again=st.booleans(), value=st.sampled_from([b"x-failing", b"y; p, x-failing"]))
def test_a_handshake_of_a_server(extensions: tuple[Script, ...], again: bool, value: bytes) -> None:  # noqa: FBT001
    """What is accepted of the offer."""
    pair = handshake("SERVER")
    pair.loose = True
    pair.run([Receive(with_lines((b"Sec-WebSocket-Extensions", value))), Drain()])
    pair.run([SendWith(Made("AcceptConnection"), extensions)] * (1 + again))
    pair.run([Negotiated(), Receive(TEXT_FRAME), *LATER])
