"""Inputs of the data phase: frames legal and not, payloads at every border, and streams cut into chunks."""

from __future__ import annotations

import struct
from typing import Any

from hypothesis import strategies as st

from tests.differential.operations import (
    Advance,
    Answer,
    Begin,
    Drain,
    Finish,
    First,
    Loop,
    Made,
    Member,
    Receive,
    Send,
    Throw,
)
from tests.differential.wire import CLOSE, CONTINUATION, LONG, MEDIUM, PING, PONG, SHORT, TEXT, Frame

#: Code points of every length in UTF-8, at the borders of each.
LETTERS = "a\x00\x7f\x80é߿ࠀ€\ud7ff\ue000\uffff\U00010000😀\U0010ffff"

#: Byte sequences that UTF-8 does not have, or does not have yet (Unicode table 3-7).
BROKEN = (
    b"\x80",
    b"\xbf",
    b"\xc0\x80",
    b"\xc1\xbf",
    b"\xc3",
    b"\xc3\x28",
    b"\xe0\x80\x80",
    b"\xe0\x9f\xbf",
    b"\xe2\x82",
    b"\xe2\x28\xa1",
    b"\xed\xa0\x80",
    b"\xed\xbf\xbf",
    b"\xf0\x80\x80\x80",
    b"\xf0\x8f\xbf\xbf",
    b"\xf0\x9f\x98",
    b"\xf4\x90\x80\x80",
    b"\xf5\x80\x80\x80",
    b"\xfe",
    b"\xff",
)

#: Lengths on both sides of every border that a header has, and of words and vectors, which code works in.
LENGTHS = (
    0,
    1,
    2,
    3,
    4,
    5,
    7,
    8,
    9,
    15,
    16,
    17,
    31,
    33,
    63,
    64,
    65,
    124,
    125,
    126,
    127,
    128,
    255,
    256,
    511,
    513,
    700,
    65535,
    65536,
    65537,
)

letters = st.text(st.sampled_from(LETTERS), max_size=40)
text = st.one_of(letters, st.text(max_size=20))


@st.composite
def utf8(draw: st.DrawFn) -> bytes:
    """Return text in UTF-8, broken somewhere now and then."""
    pieces = [draw(letters).encode()]
    if draw(st.integers(0, 3)) == 0:
        pieces += [draw(st.sampled_from(BROKEN)), draw(letters).encode()]
    return b"".join(pieces)


@st.composite
def filler(draw: st.DrawFn) -> bytes:
    """Return a payload of one of the lengths that matter."""
    length = draw(st.sampled_from(LENGTHS))
    pattern = draw(st.binary(min_size=1, max_size=7))
    return (pattern * (length // len(pattern) + 1))[:length]


codes = st.one_of(
    st.integers(990, 1020),
    st.sampled_from([0, 1, 999, 1000, 2999, 3000, 3999, 4000, 4999, 5000, 65535]),
    st.integers(0, 5000),
    st.integers(0, 65535),
)


@st.composite
def close_payloads(draw: st.DrawFn) -> bytes:
    """Return the body of a close frame: a code and a reason, or what should have been them."""
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return b""
    if kind == 1:
        return draw(st.binary(min_size=1, max_size=1))
    return (struct.pack("!H", draw(codes)) + draw(utf8()))[:125]


keys = st.one_of(st.binary(min_size=4, max_size=4), st.just(b"\x00\x00\x00\x00"))


@st.composite
def frames(draw: st.DrawFn, *, server: bool) -> Frame:
    """Return a frame for an endpoint of the role; most are legal by themselves, some are not."""
    opcode = draw(st.sampled_from([0, 0, 0, 1, 1, 1, 2, 2, 8, 9, 9, 10, 3, 7, 11, 15]))
    odd = draw(st.integers(0, 19))
    if opcode == CLOSE:
        payload = draw(close_payloads())
    elif opcode in (PING, PONG):
        payload = draw(st.binary(max_size=125))
    else:
        payload = draw(st.one_of(utf8(), utf8(), filler(), st.binary(max_size=20)))
    if odd == 0:
        payload = draw(filler())
    fin = draw(st.booleans()) if opcode < CLOSE or odd == 1 else True
    rsv = draw(st.integers(1, 7)) if odd == 2 else 0
    masked = server if odd != 3 else not server
    form = draw(st.sampled_from([SHORT, MEDIUM, LONG])) if odd == 4 else None
    claimed = None
    if odd == 5:
        claimed = draw(st.sampled_from([126, 2**16, 2**31, 2**32, 2**63 - 1, 2**63, 2**64 - 1]))
    return Frame(opcode, payload, fin, rsv, draw(keys) if masked else None, form, claimed)


@st.composite
def conversations(draw: st.DrawFn, *, server: bool) -> list[Frame]:
    """Return messages as a peer sends that keeps the rules: in fragments, with control frames in between."""
    result: list[Frame] = []

    def frame(opcode: int, payload: bytes, fin: bool) -> None:  # noqa: FBT001
        result.append(Frame(opcode, payload, fin, mask=draw(keys) if server else None))

    for _ in range(draw(st.integers(1, 4))):
        opcode = draw(st.sampled_from([1, 2]))
        whole = draw(text).encode() if opcode == TEXT else draw(st.one_of(filler(), st.binary(max_size=50)))
        cuts = sorted(draw(st.lists(st.integers(0, len(whole)), max_size=3)))
        for number, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(whole)], strict=True)):
            if draw(st.integers(0, 5)) == 0:
                frame(draw(st.sampled_from([PING, PONG])), draw(st.binary(max_size=10)), fin=True)
            frame(CONTINUATION if number else opcode, whole[start:end], fin=number == len(cuts))
    if draw(st.booleans()):
        frame(CLOSE, draw(close_payloads()), fin=True)
    return result


@st.composite
def chunked(draw: st.DrawFn, stream: bytes) -> list[bytes]:
    """Return the stream in chunks: whole, byte by byte, or cut anywhere."""
    way = draw(st.integers(0, 3))
    if way == 0:
        return [stream]
    if way == 1 and len(stream) <= 400:
        return [stream[i : i + 1] for i in range(len(stream))]
    # Cuts fall among the headers more often than in the middle of long payloads.
    near = st.integers(0, min(len(stream), 20))
    cuts = sorted(draw(st.lists(st.one_of(near, st.integers(0, len(stream))), max_size=6)))
    return [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]


@st.composite
def streams(draw: st.DrawFn, *, server: bool) -> list[bytes]:
    """Return what a peer sends, in chunks; now and then it is cut off, or followed by noise."""
    legal = draw(st.booleans())
    if legal:
        sequence = draw(conversations(server=server))
    else:
        sequence = draw(st.lists(frames(server=server), min_size=1, max_size=6))
    stream = b"".join(frame.build() for frame in sequence)
    ending = draw(st.integers(0, 5))
    if ending == 0:
        stream = stream[: draw(st.integers(0, len(stream)))]
    elif ending == 1:
        stream += draw(st.binary(max_size=20))
    return draw(chunked(stream))


# ---------------------------------------------------------------------------------------------------- events

close_codes: st.SearchStrategy[Any] = st.one_of(
    codes,
    st.sampled_from(["NORMAL_CLOSURE", "NO_STATUS_RCVD", "ABNORMAL_CLOSURE", "TLS_HANDSHAKE_FAILED"]).map(
        lambda name: Member("CloseReason", name)
    ),
    st.sampled_from(["GOING_AWAY", "INTERNAL_ERROR", "TRY_AGAIN_LATER", "MANDATORY_EXT"]).map(
        lambda name: Member("CloseReason", name)
    ),
    st.none(),
)

#: Reasons around the 123 bytes that fit, ending in code points of every length (RFC 6455 section 5.5).
long_reasons = st.builds(
    lambda length, end: "a" * length + end * 5, st.integers(115, 124), st.sampled_from(["b", "é", "€", "😀"])
)
reasons = st.one_of(st.none(), st.just(""), letters, long_reasons)

messages = st.one_of(
    st.builds(lambda data, fin: Made("TextMessage", (data, True, fin)), text, st.booleans()),
    st.builds(lambda data, fin: Made("BytesMessage", (data, True, fin)), filler(), st.booleans()),
    st.builds(
        lambda name, data, fin: Made(name, (data,), (("message_finished", fin),)),
        st.sampled_from(["Message", "TextMessage", "BytesMessage"]),
        st.one_of(text, st.binary(max_size=20), st.binary(max_size=9).map(bytearray)),
        st.booleans(),
    ),
)
controls = st.builds(
    lambda name, payload: Made(name, (payload,)),
    st.sampled_from(["Ping", "Pong"]),
    st.one_of(st.binary(max_size=20), st.integers(120, 130).map(bytes), filler()),
)
closes = st.builds(lambda code, reason: Made("CloseConnection", (code, reason)), close_codes, reasons)
sendable = st.one_of(messages, messages, messages, controls, closes)

sends = st.builds(Send, sendable)
which = st.integers(0, 3)
iterations = st.one_of(
    st.just(Drain()),
    st.just(First()),
    st.just(Begin()),
    st.builds(Advance, which),
    st.builds(Advance, which),
    st.builds(Finish, which),
    st.builds(Throw, which, st.sampled_from(["KeyError", "StopIteration", "ParseFailed"])),
)


@st.composite
def receives(draw: st.DrawFn, *, server: bool) -> list[Receive]:
    """Return the operations that bring a stream in."""
    return [Receive(chunk) for chunk in draw(streams(server=server))]


@st.composite
def programs(draw: st.DrawFn, *, server: bool) -> list[Any]:
    """Return a program: receiving, sending, answering and iterating in any order."""
    operations: list[Any] = []
    for _ in range(draw(st.integers(1, 4))):
        batch: list[Any] = list(draw(receives(server=server)))
        for operation in batch:
            operations.append(operation)
            kind = draw(st.integers(0, 9))
            if kind <= 3:
                operations.append(Drain())
            elif kind == 4:
                operations.append(draw(iterations))
            elif kind == 5:
                operations.append(Answer())
            elif kind == 6:
                operations.append(draw(sends))
            elif kind == 7:
                inner = st.one_of(sends, iterations, st.just(Answer()))
                operations.append(Loop(tuple(draw(st.lists(inner, max_size=3))), draw(st.booleans())))
        operations += draw(st.lists(st.one_of(iterations, sends, st.just(Answer())), max_size=4))
        if draw(st.integers(0, 9)) == 0:
            operations.append(Receive(None))
    return [*operations, Drain(), Receive(b""), Drain()]
