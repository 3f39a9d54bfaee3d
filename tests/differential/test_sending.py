"""Sending in the data phase, in both roles: every event, every type of data, every state."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.operations import Drain, Made, Member, Receive, Send
from tests.differential.strategies import close_codes, filler, letters, reasons, sendable
from tests.differential.test_data_phase import duel, role
from tests.differential.wire import CLOSE, Frame

RELEASED = memoryview(b"released")
RELEASED.release()

#: What a caller may have instead of bytes or text; each is refused or accepted as upstream does.
ODD: tuple[Any, ...] = (
    None,
    0,
    1,
    127,
    3.5,
    True,
    [1, 2, 3],
    (7, 8),
    range(3),
    object,
    {1: 2},
    {5},
    memoryview(b"view"),
    memoryview(b"strided")[::2],
    RELEASED,
    bytearray(b"array"),
    [300],
    [-1],
    "\ud800",
)

# A released view has no hash, which samples need.
odd = st.sampled_from(range(len(ODD))).map(ODD.__getitem__)


@role
@given(events=st.lists(sendable, min_size=1, max_size=8))
def test_events(role: str, events: list[Made]) -> None:
    """Sections 5.4 to 5.6: messages whole and in fragments, types mixed within one, control frames."""
    duel(role).run([Send(event) for event in events])


@role
@given(code=close_codes, reason=reasons)
def test_close(role: str, code: Any, reason: str | None) -> None:
    """Section 5.5.1: codes of every kind, and reasons cut at a border between code points."""
    duel(role).run([Send(Made("CloseConnection", (code, reason)))])


@role
@given(code=close_codes, reason=reasons)
def test_close_in_answer(role: str, code: Any, reason: str | None) -> None:
    """The same when the peer has closed already."""
    peer = Frame(CLOSE, b"\x03\xe8bye", mask=b"mask" if role == "SERVER" else None).build()
    closing = Made("CloseConnection", (code, reason))
    duel(role).run([Receive(peer), Drain(), Send(closing), Send(closing), Receive(peer), Drain()])


@role
@given(name=st.sampled_from(["Message", "TextMessage", "BytesMessage", "Ping", "Pong"]), data=odd)
def test_odd_payloads(role: str, name: str, data: Any) -> None:
    """What is neither bytes nor text; the connection is as good as before."""
    duel(role).run([Send(Made(name, (data,))), Send(Made("TextMessage", ("after",)))])


@role
@given(code=st.one_of(odd, close_codes), reason=st.one_of(odd, reasons))
def test_odd_closes(role: str, code: Any, reason: Any) -> None:
    """Codes and reasons of odd types."""
    duel(role).run([Send(Made("CloseConnection", (code, reason))), Send(Made("Ping"))])


@role
@given(
    event=st.one_of(
        odd,
        st.sampled_from(
            [
                Made("Request", ("host", "/")),
                Made("AcceptConnection"),
                Made("RejectConnection"),
                Made("RejectData", (b"",)),
                Made("Event"),
            ]
        ),
    )
)
def test_what_is_no_event_of_this_phase(role: str, event: Any) -> None:
    """Handshake events and things that are no events are refused, by name."""
    duel(role).run([Send(event), Send(Made("Ping", (b"after",)))])


@role
@given(finished=odd, data=st.one_of(letters, filler()))
def test_odd_flags(role: str, finished: Any, data: str | bytes) -> None:
    """`message_finished` is used for its truth, and as a number in the header."""
    event = Made("Message", (data, True, finished))
    duel(role).run([Send(event), Send(event), Send(Made("Message", (data,)))])


@role
@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65535, 65536, 65537, 1 << 20])
@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_lengths(role: str, length: int, kind: type) -> None:
    """Section 5.2: each form of the length, for each type of data."""
    data = bytes(range(256)) * (length // 256) + bytes(length % 256)
    view = kind(data)
    duel(role).run([Send(Made("BytesMessage", (view,))), Send(Made("Ping", (view,)))])


@role
@pytest.mark.parametrize(
    "member",
    [
        "NORMAL_CLOSURE",
        "GOING_AWAY",
        "NO_STATUS_RCVD",
        "ABNORMAL_CLOSURE",
        "TLS_HANDSHAKE_FAILED",
        "SERVICE_RESTART",
    ],
)
@pytest.mark.parametrize("reason", [None, "", "why"])
@pytest.mark.parametrize("as_number", [False, True])
def test_codes_as_members_and_as_numbers(
    role: str, member: str, reason: str | None, *, as_number: bool
) -> None:
    """Section 7.4.1: the codes that must not be sent, given as members of the enum or as plain numbers."""
    numbers = {
        "NORMAL_CLOSURE": 1000,
        "GOING_AWAY": 1001,
        "NO_STATUS_RCVD": 1005,
        "ABNORMAL_CLOSURE": 1006,
        "SERVICE_RESTART": 1012,
        "TLS_HANDSHAKE_FAILED": 1015,
    }
    code = numbers[member] if as_number else Member("CloseReason", member)
    duel(role).run([Send(Made("CloseConnection", (code, reason)))])
