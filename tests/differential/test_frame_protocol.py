"""The classes below the connection: `Buffer`, the decoders, `FrameProtocol`, the maskers, and constants."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.deflating import Parameters, parameters
from tests.differential.harness import Duel, Side, same
from tests.differential.operations import Made, Member, build
from tests.differential.recording import Bits, Script, recording, scripts
from tests.differential.strategies import chunked, close_codes, filler, frames, reasons, streams, text, utf8
from tests.oracle import pair

if TYPE_CHECKING:
    from types import ModuleType


@dataclass(frozen=True)
class Call:
    """A method of the object under test, called."""

    name: str
    arguments: tuple[Any, ...] = ()
    on_the_wire = False

    def run(self, side: Side) -> Any:
        return getattr(side.subject, self.name)(*build(self.arguments, side.package))


@dataclass(frozen=True)
class Write(Call):
    """The same, for methods that return what goes on the wire."""

    on_the_wire = True


@dataclass(frozen=True)
class Put:
    """An attribute, set."""

    name: str
    value: Any

    def run(self, side: Side) -> Any:
        setattr(side.subject, self.name, build(self.value, side.package))


@dataclass(frozen=True)
class Received:
    """Frames of a `FrameProtocol`: all there are, or a few, the iterator being dropped then."""

    limit: int = 1000

    def run(self, side: Side) -> Any:
        seen = []
        for frame in side.subject.received_frames():
            seen.append(frame)
            if len(seen) == self.limit:
                break
        return seen


# ------------------------------------------------------------ Buffer


def buffer_state(buffer: Any) -> Any:
    """Return everything that a buffer shows."""
    return (len(buffer), bytes(buffer.buffer), buffer.bytes_used)


counts = st.one_of(st.integers(0, 8), st.integers(0, 40))
buffer_calls = st.one_of(
    st.builds(
        lambda data: Call("feed", (data,)),
        st.one_of(st.binary(max_size=12), st.binary(max_size=5).map(bytearray)),
    ),
    st.builds(lambda count: Call("consume_at_most", (count,)), counts),
    st.builds(lambda count: Call("consume_exactly", (count,)), counts),
    st.sampled_from(
        [Call("commit"), Call("rollback"), Call("__len__"), Call("feed", ("text",)), Call("feed", (None,))]
    ),
)


@given(initial=st.one_of(st.none(), st.binary(max_size=10)), calls=st.lists(buffer_calls, max_size=12))
def test_buffer(initial: bytes | None, calls: list[Call]) -> None:
    """Bytes are fed and consumed, and the consuming is committed or taken back."""
    Duel(lambda side: side.package.frame_protocol.Buffer(initial), state=buffer_state).run(calls)


# ------------------------------------------------------------ the maskers


def _masker(key: Any, side: Side) -> Any:
    return side.package.frame_protocol.XorMaskerSimple(key)


@given(
    key=st.binary(min_size=4, max_size=4),
    pieces=st.lists(st.one_of(st.binary(max_size=20), filler()), max_size=5),
)
def test_xor_masker(key: bytes, pieces: list[bytes]) -> None:
    """RFC 6455 section 5.3: the key goes on where the last piece ended."""
    for kind in (bytes, bytearray):
        pair_ = Duel(
            partial(_masker, kind(key)),
            state=lambda masker: type(masker).__name__,
        )
        pair_.run(Call("process", (bytearray(piece),)) for piece in pieces)


@given(
    key=st.binary(min_size=4, max_size=4),
    data=st.sampled_from([b"", b"bytes", bytearray(b"array"), memoryview(b"view"), "text", None, 5]),
)
def test_odd_masking(key: bytes, data: Any) -> None:
    """Data that are no bytearray."""
    same(lambda package: package.frame_protocol.XorMaskerSimple(key).process(data))
    same(lambda package: package.frame_protocol.XorMaskerNull().process(data))


# ------------------------------------------------------------ FrameDecoder


def decoder_state(decoder: Any) -> Any:
    """Return what a decoder of frames shows."""
    return (decoder.client, len(decoder.extensions))


@pytest.mark.parametrize("client", [True, False])
@given(written=st.lists(scripts, max_size=2), data=st.data())
def test_frame_decoder(client: bool, written: list[Script], data: st.DataObject) -> None:  # noqa: FBT001
    """Section 5.2: frame by frame; a failure raises `ParseFailed` with its code."""

    def make(side: Side) -> Any:
        return side.package.frame_protocol.FrameDecoder(
            client, [recording(side, script) for script in written]
        )

    pair = Duel(make, state=decoder_state)
    for chunk in data.draw(streams(server=not client)):
        decode(pair, chunk)


@pytest.mark.parametrize("client", [True, False])
@given(data=st.data())
def test_one_frame(client: bool, data: st.DataObject) -> None:  # noqa: FBT001
    """One frame of any kind, in any chunks."""
    frame = data.draw(frames(server=not client))
    pair = Duel(lambda side: side.package.frame_protocol.FrameDecoder(client), state=decoder_state)
    for chunk in data.draw(chunked(frame.build())):
        decode(pair, chunk)


def decode(pair: Duel, chunk: bytes) -> None:
    """Take all frames out of a chunk, up to a failure: after it a decoder is spent, and not to be used."""
    pair.do(Call("receive_bytes", (chunk,)))
    for _ in range(4):
        if not pair.do(Call("process_buffer")) or pair.raised:
            pair.over = True
            return


# ------------------------------------------------------------ MessageDecoder


@dataclass(frozen=True)
class FrameOf:
    """The package's `Frame`."""

    opcode: str
    payload: Any
    frame_finished: bool
    message_finished: bool

    def build(self, package: ModuleType) -> Any:
        opcode = package.frame_protocol.Opcode[self.opcode]
        return package.frame_protocol.Frame(opcode, self.payload, self.frame_finished, self.message_finished)


opcodes = st.sampled_from(["CONTINUATION", "CONTINUATION", "TEXT", "BINARY", "TEXT", "PING", "CLOSE"])
payloads = st.one_of(
    utf8(), st.binary(max_size=9), st.binary(max_size=9).map(bytearray), st.sampled_from(["text", None, 5])
)


@given(sequence=st.lists(st.builds(FrameOf, opcodes, payloads, st.booleans(), st.booleans()), max_size=6))
def test_message_decoder(sequence: list[FrameOf]) -> None:
    """Section 5.4: fragments are put in order, and text is decoded across them."""
    make = Duel(
        lambda side: side.package.frame_protocol.MessageDecoder(),
        state=lambda decoder: (decoder.opcode, decoder.decoder is None),
    )
    make.run(Call("process_frame", (frame,)) for frame in sequence)


@pytest.mark.parametrize("name", ["TEXT", "BINARY", "CONTINUATION"])
def test_message_decoder_attributes_can_be_set(name: str) -> None:
    """The opcode and the decoder are what they are set to."""
    pair = Duel(
        lambda side: side.package.frame_protocol.MessageDecoder(), state=lambda decoder: decoder.opcode
    )
    pair.run(
        [
            Put("opcode", Member("Opcode", name)),
            Call("process_frame", (FrameOf("CONTINUATION", b"a", True, False),)),
            Put("opcode", None),
            Call("process_frame", (FrameOf("TEXT", b"\xc3", True, False),)),
            Put("decoder", None),
            Call("process_frame", (FrameOf("CONTINUATION", b"\xa9", True, True),)),
        ]
    )


# ------------------------------------------------------------ FrameProtocol


def protocol_state(protocol: Any) -> Any:
    """Return what a protocol shows."""
    return (protocol.client, len(protocol.extensions))


@pytest.mark.parametrize("client", [True, False])
@given(limits=st.lists(st.sampled_from([1, 2, 1000]), min_size=1, max_size=8), data=st.data())
def test_receiving(client: bool, limits: list[int], data: st.DataObject) -> None:  # noqa: FBT001
    """Frames of messages, as an iterator that may be dropped; after a failure there are no more."""
    pair = Duel(
        lambda side: side.package.frame_protocol.FrameProtocol(client, []),
        state=lambda protocol: protocol.client,
    )
    for number, chunk in enumerate(data.draw(streams(server=not client))):
        pair.run([Call("receive_bytes", (chunk,)), Received(limits[number % len(limits)])])
    pair.run([Received()] * 3)


writes = st.one_of(
    st.builds(
        lambda data, fin: Write("send_data", (data, fin)),
        st.one_of(text, filler(), st.binary(max_size=9).map(bytearray)),
        st.booleans(),
    ),
    st.builds(
        lambda name, data: Write(name, (data,)),
        st.sampled_from(["ping", "pong"]),
        st.integers(0, 130).map(bytes),
    ),
    st.builds(lambda code, reason: Write("close", (code, reason)), close_codes, reasons),
    st.sampled_from(
        [
            Write("send_data"),
            Write("ping"),
            Write("pong"),
            Write("close"),
            Write("send_data", (None,)),
            Write("send_data", (5,)),
            Write("ping", ("text",)),
            Write("pong", (None,)),
            Write("close", ("x",)),
            Write("close", (1000, b"bytes")),
            Write("ping", (3,)),
            Write("close", (None, "reason")),
            Write("send_data", (memoryview(b"view"),)),
        ]
    ),
)


@pytest.mark.parametrize("client", [True, False])
@given(calls=st.lists(writes, min_size=1, max_size=6))
def test_sending(client: bool, calls: list[Write]) -> None:  # noqa: FBT001
    """Every method returns a bytearray."""
    Duel(lambda side: side.package.frame_protocol.FrameProtocol(client, []), state=protocol_state).run(calls)


@pytest.mark.parametrize("client", [True, False])
@given(negotiated=parameters, calls=st.lists(writes, min_size=1, max_size=6))
def test_sending_compressed(client: bool, negotiated: Parameters, calls: list[Write]) -> None:  # noqa: FBT001
    """The same with permessage-deflate."""
    deflation = negotiated.sent_by("CLIENT" if client else "SERVER")
    pair = Duel(
        lambda side: side.package.frame_protocol.FrameProtocol(client, [negotiated.enabled(side)]),
        state=protocol_state,
        deflation=deflation,
    )
    pair.run(calls)


# ------------------------------------------------------------ constants and small classes

CONSTANTS = (
    "PAYLOAD_LENGTH_TWO_BYTE",
    "PAYLOAD_LENGTH_EIGHT_BYTE",
    "MAX_PAYLOAD_NORMAL",
    "MAX_PAYLOAD_TWO_BYTE",
    "MAX_PAYLOAD_EIGHT_BYTE",
    "MAX_FRAME_PAYLOAD",
    "MASK_MASK",
    "PAYLOAD_LEN_MASK",
    "FIN_MASK",
    "RSV1_MASK",
    "RSV2_MASK",
    "RSV3_MASK",
    "OPCODE_MASK",
    "LOCAL_ONLY_CLOSE_REASONS",
    "MIN_CLOSE_REASON",
    "MIN_PROTOCOL_CLOSE_REASON",
    "MAX_PROTOCOL_CLOSE_REASON",
    "MIN_LIBRARY_CLOSE_REASON",
    "MAX_LIBRARY_CLOSE_REASON",
    "MIN_PRIVATE_CLOSE_REASON",
    "MAX_PRIVATE_CLOSE_REASON",
    "MAX_CLOSE_REASON",
    "NULL_MASK",
)


@pytest.mark.parametrize("name", CONSTANTS)
def test_constants(name: str) -> None:
    """Each has upstream's value."""
    same(lambda package: getattr(package.frame_protocol, name))


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("frame_protocol", "Opcode"),
        ("frame_protocol", "CloseReason"),
        ("connection", "ConnectionState"),
        ("connection", "ConnectionType"),
    ],
)
def test_enums(module: str, name: str) -> None:
    """The members, in order, how they print, and what kind of enum they are of."""
    ours, theirs = (getattr(getattr(package, module), name) for package in pair())
    assert [(str(each), repr(each), each.value) for each in ours] == [
        (str(each), repr(each), each.value) for each in theirs
    ]
    assert issubclass(ours, enum.Enum)
    assert issubclass(ours, int) is issubclass(theirs, int)
    if name == "Opcode":
        assert [each.iscontrol() for each in ours] == [each.iscontrol() for each in theirs]


@pytest.mark.parametrize(
    "value", [*range(-1, 17), 1000, 1004, 1005, 1006, 1011, 1014, 1015, 1016, None, "TEXT"]
)
def test_members_by_value(value: Any) -> None:
    """Values that are no members raise the same error."""
    same(lambda package: package.frame_protocol.Opcode(value))
    same(lambda package: package.frame_protocol.CloseReason(value))
    same(lambda package: package.connection.ConnectionState(value))


arguments = st.lists(st.sampled_from([True, False, 1, b"x", "x", None, Bits(True, False, True)]), max_size=6)


@given(name=st.sampled_from(["Frame", "Header", "RsvBits"]), given_=arguments)
def test_named_tuples(name: str, given_: list[Any]) -> None:
    """Constructed, replaced, converted and compared as the named tuples that they are."""

    def action(package: ModuleType) -> Any:
        made = getattr(package.frame_protocol, name)(*build(given_, package))
        first = made._fields[0]
        return (
            made,
            made._asdict(),
            made._replace(**{first: 7}),
            repr(made),
            made == tuple(made),
            made[1:],
            made._fields,
        )

    same(action)


@given(
    given_=st.lists(
        st.sampled_from(["text", 1002, None, Member("CloseReason", "MESSAGE_TOO_BIG")]), max_size=3
    )
)
def test_parse_failed(given_: list[Any]) -> None:
    """The exception of the parser: its message, and the code to close with."""

    def action(package: ModuleType) -> Any:
        error = package.frame_protocol.ParseFailed(*build(given_, package))
        return (str(error), repr(error), error.args, error.code)

    same(action)


@pytest.mark.parametrize("made", [Made("Ping", (b"x",)), Made("CloseConnection", (1000, "why"))])
def test_responses(made: Made) -> None:
    """Events that want an answer make one."""
    same(lambda package: made.build(package).response())


@pytest.mark.parametrize(
    "received",
    [
        b"\x81\x01\xff",
        b"\x81\x05ab\xe2\x82(",
        b"\x01\x02\xe2\x82\x80\x02\xac\xff",
        b"\x01\x02\xe2\x82\x80\x00",
        b"\x88\x05\x03\xe8\xffxy",
        b"\x88\x01x",
        b"\xf1\x00",
    ],
)
def test_why_a_frame_was_bad(received: bytes) -> None:
    """The `ParseFailed` for invalid UTF-8 has the codec's own exception as its context."""
    seen = []
    for package in pair():
        protocol = package.frame_protocol.FrameProtocol(True, [])
        protocol.receive_bytes(received)
        with pytest.raises(package.frame_protocol.ParseFailed) as raised:
            list(protocol.received_frames())
        context = raised.value.__context__
        seen.append((str(raised.value), type(context), getattr(context, "args", ())))
    assert seen[0] == seen[1]
