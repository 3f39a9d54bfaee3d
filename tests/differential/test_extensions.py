"""Extensions written in Python: which hooks are called, with what, and what their answers do."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.differential.harness import Duel, Side
from tests.differential.operations import Answer, Drain, Made, Member, Receive, Send, build
from tests.differential.recording import Bits, Raise, Script, meddling_scripts, recording, scripts
from tests.differential.strategies import chunked, conversations, programs, sendable, streams
from tests.differential.test_data_phase import role


def duel(role: str, written: list[Script]) -> Duel:
    """Return two connections of the role with the extensions."""

    def make(side: Side) -> Any:
        kind = build(Member("ConnectionType", role), side.package)
        return side.package.connection.Connection(kind, [recording(side, script) for script in written])

    return Duel(make)


@role
@given(written=st.lists(scripts, min_size=1, max_size=3), data=st.data())
def test_receiving(role: str, written: list[Script], data: st.DataObject) -> None:
    """The inbound hooks, for frames whole and trickled, alone and after one another."""
    pair = duel(role, written)
    for chunk in data.draw(streams(server=role == "SERVER")):
        pair.run([Receive(chunk), Drain()])
    pair.run([Answer(), Drain()])


@role
@given(written=st.lists(scripts, min_size=1, max_size=2), data=st.data())
def test_reserved_bits(role: str, written: list[Script], data: st.DataObject) -> None:
    """RFC 6455 section 5.2: bits that an extension claims are allowed, others fail the connection."""
    sequence = data.draw(conversations(server=role == "SERVER"))
    stream = b"".join(frame._replace(rsv=data.draw(st.integers(0, 7))).build() for frame in sequence)
    pair = duel(role, written)
    for chunk in data.draw(chunked(stream)):
        pair.run([Receive(chunk), Drain()])


@role
@given(written=st.lists(scripts, min_size=1, max_size=3), events=st.lists(sendable, min_size=1, max_size=5))
def test_sending(role: str, written: list[Script], events: list[Made]) -> None:
    """The outbound hook: the last extension first, each given what the one before made."""
    duel(role, written).run([Send(event) for event in events])


@role
@given(written=st.lists(scripts, min_size=1, max_size=2), data=st.data())
def test_any_program(role: str, written: list[Script], data: st.DataObject) -> None:
    """Hooks that call back, fail or raise, in the middle of anything."""
    duel(role, written).run(data.draw(programs(server=role == "SERVER")))


@role
@given(written=meddling_scripts, data=st.data())
def test_calling_back_while_receiving(role: str, written: Script, data: st.DataObject) -> None:
    """A hook that sends, receives or iterates, in the middle of a frame."""
    pair = duel(role, [written])
    for chunk in data.draw(streams(server=role == "SERVER")):
        pair.run([Receive(chunk), Drain()])


@role
@given(written=meddling_scripts, events=st.lists(sendable, min_size=1, max_size=3))
def test_calling_back_while_sending(role: str, written: Script, events: list[Made]) -> None:
    """A hook that does so while a frame is made."""
    duel(role, [written]).run([Send(event) for event in events])


#: Answers that no hook should give; upstream's own errors come of them.
ODD: tuple[Any, ...] = (
    (),
    (True,),
    (True, True, True),
    (True, True, True, True),
    5,
    "text",
    b"",
    b"\x01\x01\x01",
    [],
    [True, True, True],
    {"one": 1, "two": 2, "three": 3},
    {True},
    1002,
    1.5,
    object(),
    Bits(1, 0, 1),
    Bits(2, 0, 0),
    Bits("a", "", None),
    Raise(),
)
odd = st.sampled_from(ODD)


@role
@given(which=st.sampled_from(["header", "payload", "complete", "outbound"]), answer=odd, data=st.data())
def test_odd_answers(role: str, which: str, answer: Any, data: st.DataObject) -> None:
    """Answers of types that the hooks do not name."""
    pair = duel(role, [Script(**{which: answer})])
    pair.loose = True
    sequence = data.draw(conversations(server=role == "SERVER"))
    pair.do(Receive(b"".join(frame.build() for frame in sequence)))
    pair.run([Drain(), Drain(), Send(Made("TextMessage", ("out",))), Send(Made("Ping", (b"out",))), Drain()])
