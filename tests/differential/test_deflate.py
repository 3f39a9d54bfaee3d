"""permessage-deflate (RFC 7692 section 7) in both roles, with every combination of parameters."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.deflating import Parameters, Sent, outgoing, parameters, sent
from tests.differential.harness import Duel, Side
from tests.differential.input_traits import traits
from tests.differential.operations import Answer, Drain, Made, Member, Receive, Send, build
from tests.differential.strategies import chunked, frames
from tests.differential.test_data_phase import role
from tests.differential.wire import BINARY, TEXT, Frame
from tests.oracle import STANDS_IN, ours


def duel(role: str, negotiated: Parameters, found: frozenset[str] = frozenset()) -> Duel:
    """Return two connections of the role with the extension on."""

    def make(side: Side) -> Any:
        side.notes["extension"] = negotiated.enabled(side)
        kind = build(Member("ConnectionType", role), side.package)
        return side.package.connection.Connection(kind, [side.notes["extension"]])

    return Duel(make, deflation=negotiated.sent_by(role), traits=found)


def peer_of(role: str) -> str:
    """Return the other role."""
    return "SERVER" if role == "CLIENT" else "CLIENT"


def reassembled(role: str, negotiated: Parameters, chunks: list[bytes]) -> list[str | bytes]:
    """Return the messages that ours makes of the chunks."""
    package = ours()
    extension = negotiated.enabled(Side(package))
    connection = package.connection.Connection(package.ConnectionType[role], [extension])
    messages: list[str | bytes] = []
    parts: list[Any] = []
    for chunk in chunks:
        connection.receive_data(chunk)
        for event in connection.events():
            if isinstance(event, package.events.Ping):
                continue
            parts.append(event.data)
            if event.message_finished:
                messages.append(type(parts[0])().join(parts))
                parts = []
    assert parts == []
    return messages


@role
@given(negotiated=parameters, data=st.data())
def test_receiving(role: str, negotiated: Parameters, data: st.DataObject) -> None:
    """Compressed and plain messages, fragmented, with control frames, in any chunks."""
    got: Sent = data.draw(sent(negotiated.sent_by(peer_of(role)), server=role == "SERVER"))
    chunks = data.draw(chunked(got.stream))
    pair = duel(role, negotiated)
    for chunk in chunks:
        pair.run([Receive(chunk), Drain()])
    assert reassembled(role, negotiated, chunks) == got.messages


@pytest.mark.skipif(STANDS_IN, reason="upstream garbles these messages")
@role
@given(negotiated=parameters, data=st.data())
def test_receiving_what_upstream_garbles(role: str, negotiated: Parameters, data: st.DataObject) -> None:
    """The same with final blocks, empty payloads, and control frames between compressed fragments."""
    sent_by_peer = sent(negotiated.sent_by(peer_of(role)), server=role == "SERVER", garbled=True)
    got: Sent = data.draw(sent_by_peer)
    assert reassembled(role, negotiated, data.draw(chunked(got.stream))) == got.messages


@role
@given(negotiated=parameters, data=st.data())
def test_receiving_what_is_corrupt(role: str, negotiated: Parameters, data: st.DataObject) -> None:
    """Section 7.2.2: data that do not inflate; the connection fails as upstream's does."""
    payload = data.draw(st.binary(max_size=40))
    opcode = data.draw(st.sampled_from([TEXT, BINARY]))
    mask = b"\x11\x22\x33\x44" if role == "SERVER" else None
    cut = data.draw(st.integers(0, len(payload)))
    whole = (
        Frame(opcode, payload[:cut], fin=False, rsv=4, mask=mask).build()
        + Frame(0, payload[cut:], mask=mask).build()
    )
    pair = duel(role, negotiated, traits(whole + whole, negotiated.sent_by(peer_of(role))))
    for chunk in data.draw(chunked(whole)):
        pair.run([Receive(chunk), Drain()])
    pair.run([Answer(), Receive(whole), Drain(), Send(Made("TextMessage", ("after",)))])


@role
@given(negotiated=parameters, data=st.data())
def test_damaged_streams(role: str, negotiated: Parameters, data: st.DataObject) -> None:
    """One byte of a good stream is changed, header or payload."""
    got: Sent = data.draw(sent(negotiated.sent_by(peer_of(role)), server=role == "SERVER"))
    where = data.draw(st.integers(0, len(got.stream) - 1))
    flip = data.draw(st.integers(1, 255))
    damaged = got.stream[:where] + bytes([got.stream[where] ^ flip]) + got.stream[where + 1 :]
    pair = duel(role, negotiated, traits(damaged, negotiated.sent_by(peer_of(role))))
    for chunk in data.draw(chunked(damaged)):
        pair.run([Receive(chunk), Drain()])


@role
@given(negotiated=parameters, data=st.data())
def test_frames_of_any_kind(role: str, negotiated: Parameters, data: st.DataObject) -> None:
    """Section 6: RSV1 where it may and may not be set."""
    bits = st.sampled_from([0, 0, 4, 4, 4, 2, 5])
    sequence = data.draw(st.lists(frames(server=role == "SERVER"), min_size=1, max_size=5))
    stream = b"".join(frame._replace(rsv=data.draw(bits)).build() for frame in sequence)
    pair = duel(role, negotiated, traits(stream, negotiated.sent_by(peer_of(role))))
    for chunk in data.draw(chunked(stream)):
        pair.run([Receive(chunk), Drain()])


@role
@given(negotiated=parameters, events=outgoing)
def test_sending(role: str, negotiated: Parameters, events: list[Any]) -> None:
    """Section 7.2.1: what is sent inflates to the same messages, in the same frames and the agreed window."""
    pair = duel(role, negotiated)
    for event in events:
        made = event if isinstance(event, Made) else Made(event[0], (event[1], True, event[2]))
        pair.do(Send(made))
