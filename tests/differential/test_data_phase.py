"""The data phase in both roles (RFC 6455 sections 5 to 7): what is received, in any chunks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.harness import Duel, Side
from tests.differential.operations import Answer, Drain, Made, Member, Receive, Send, build
from tests.differential.strategies import BROKEN, chunked, frames, programs, streams
from tests.differential.wire import CLOSE, TEXT, Frame

ROLES = ("CLIENT", "SERVER")
role = pytest.mark.parametrize("role", ROLES)


def duel(role: str, traits: tuple[str, ...] = ()) -> Duel:
    """Return two connections of the role, past their handshakes."""

    def make(side: Side) -> Any:
        return side.package.connection.Connection(build(Member("ConnectionType", role), side.package))

    return Duel(make, traits=traits)


@role
@given(data=st.data())
def test_receiving(role: str, data: st.DataObject) -> None:
    """Each chunk gives the same events and leaves the same state."""
    pair = duel(role)
    for chunk in data.draw(streams(server=role == "SERVER")):
        pair.run([Receive(chunk), Drain()])
    pair.run([Drain(), Receive(b"after"), Drain(), Receive(None), Drain(), Receive(b"late"), Drain()])


@role
@given(data=st.data())
def test_any_program(role: str, data: st.DataObject) -> None:
    """Receiving, sending and iterating in any order, with iterators nested, kept, dropped and closed."""
    duel(role).run(data.draw(programs(server=role == "SERVER")))


@role
@given(data=st.data())
def test_one_frame_of_any_kind(role: str, data: st.DataObject) -> None:
    """Sections 5.2 and 5.5: every combination of bits in a header."""
    frame = data.draw(frames(server=role == "SERVER"))
    pair = duel(role)
    for chunk in data.draw(chunked(frame.build())):
        pair.run([Receive(chunk), Drain()])
    pair.run([Answer(), Send(Made("TextMessage", ("after",))), Receive(None), Drain()])


@role
@given(code=st.integers(0, 5000), reason=st.sampled_from([b"", b"bye", b"\xff", "é€😀".encode()]))
def test_close_codes(role: str, code: int, reason: bytes) -> None:
    """Section 7.4: which codes may be received, and how they are answered."""
    mask = b"abcd" if role == "SERVER" else None
    frame = Frame(CLOSE, code.to_bytes(2, "big") + reason, mask=mask).build()
    duel(role).run([Receive(frame), Drain(), Answer(), Receive(frame), Drain(), Answer()])


@role
@given(prefix=st.one_of(st.integers(0, 12), st.integers(44, 68)), data=st.data())
def test_text_borders(role: str, prefix: int, data: st.DataObject) -> None:
    """Section 8.1: sequences that are not UTF-8, or end too soon, at any place and cut anywhere."""
    broken = data.draw(st.sampled_from(BROKEN))
    whole = b"a" * prefix + broken + data.draw(st.sampled_from([b"", b"z", "é".encode(), b"z" * 9]))
    cut = data.draw(st.integers(0, len(whole)))
    mask = b"\x01\x80\x7f\xff" if role == "SERVER" else None
    stream = Frame(TEXT, whole[:cut], fin=False, mask=mask).build() + Frame(0, whole[cut:], mask=mask).build()
    pair = duel(role)
    for chunk in data.draw(chunked(stream)):
        pair.run([Receive(chunk), Drain()])
    pair.run([Receive(stream), Drain()])
