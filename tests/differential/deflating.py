"""
Compressed messages of a peer (RFC 7692 section 7.2.1).

They have context or not, are cut into frames anywhere, are mixed with uncompressed ones, and have blocks of
every type.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import strategies as st

from tests.differential.strategies import controls, filler, keys, text
from tests.differential.wire import BINARY, CONTINUATION, PING, TAIL, TEXT, Deflation, Frame

if TYPE_CHECKING:
    from tests.differential.harness import Side


class Parameters(NamedTuple):
    """The arguments of `PerMessageDeflate`."""

    client_no_context_takeover: bool = False
    client_max_window_bits: int | None = None
    server_no_context_takeover: bool = False
    server_max_window_bits: int | None = None

    def enabled(self, side: Side) -> Any:
        """Return the extension as it is after a handshake."""
        extension = side.package.extensions.PerMessageDeflate(*self)
        extension.finalize("permessage-deflate")
        return extension

    def sent_by(self, role: str) -> Deflation:
        """Return how an endpoint of the role compresses."""
        if role == "CLIENT":
            return Deflation(self.client_max_window_bits or 15, not self.client_no_context_takeover)
        return Deflation(self.server_max_window_bits or 15, not self.server_no_context_takeover)


bits = st.one_of(st.none(), st.integers(9, 15))
parameters = st.builds(Parameters, st.booleans(), bits, st.booleans(), bits)


class Sent(NamedTuple):
    """What a peer sends, and what it should come to."""

    stream: bytes
    messages: list[str | bytes]


class Peer:
    """The compressor of a peer."""

    def __init__(self, deflation: Deflation) -> None:
        """Begin without a context."""
        self.deflation = deflation
        self._compressor: Any = None

    def compress(
        self, data: bytes, level: int, strategy: int, *, flushes: int = 0, final: bool = False
    ) -> bytes:
        """Return a message's payload, ending as section 7.2.1 says, or in a final block (section 7.2.3.4)."""
        wbits = -self.deflation.bits
        if final:
            # A compressor is spent after a final block; the next message begins a new one, without a history.
            self._compressor = None
            spent = zlib.compressobj(level, zlib.DEFLATED, wbits, 8, strategy)
            return spent.compress(data) + spent.flush(zlib.Z_FINISH) + b"\x00"
        if self._compressor is None:
            self._compressor = zlib.compressobj(level, zlib.DEFLATED, wbits, 8, strategy)
        compressor = self._compressor
        pieces = []
        for number in range(flushes + 1):
            step = len(data) // (flushes + 1) + 1
            pieces.append(compressor.compress(data[number * step : (number + 1) * step]))
            pieces.append(compressor.flush(zlib.Z_SYNC_FLUSH))
        if not self.deflation.takeover:
            self._compressor = None
        payload = b"".join(pieces)
        assert payload.endswith(TAIL)
        return payload[:-4]


#: Payloads of messages.
contents: st.SearchStrategy[str | bytes] = st.one_of(text, text.map(lambda word: word * 9), filler())
#: Those that hooks are given at once.
short_contents: st.SearchStrategy[str | bytes] = st.one_of(text, st.binary(max_size=99))


@st.composite
def sent(
    draw: st.DrawFn,
    deflation: Deflation,
    *,
    server: bool,
    garbled: bool = False,
    contents: st.SearchStrategy[str | bytes] = contents,
) -> Sent:
    """
    Return messages of a peer that keeps the rules.

    Those that upstream garbles, which are declared differences, are among them only if `garbled`: final
    blocks, messages without any data, control frames between the fragments of a compressed message.
    """
    peer = Peer(deflation)
    stream: list[bytes] = []
    messages: list[str | bytes] = []
    final_allowed = garbled and draw(st.booleans())

    def frame(opcode: int, payload: bytes, *, fin: bool = True, rsv: int = 0) -> None:
        stream.append(Frame(opcode, payload, fin, rsv, draw(keys) if server else None).build())

    for _ in range(draw(st.integers(1, 5))):
        message = draw(contents)
        plain = message.encode() if isinstance(message, str) else message
        compressed = draw(st.integers(0, 4)) > 0
        payload = plain
        if compressed:
            final = final_allowed and draw(st.booleans())
            level = draw(st.sampled_from([-1, 0, 1, 9]))
            strategy = draw(st.sampled_from([zlib.Z_DEFAULT_STRATEGY, zlib.Z_FIXED, zlib.Z_HUFFMAN_ONLY]))
            flushes = draw(st.sampled_from([0, 0, 0, 1, 3]))
            payload = peer.compress(plain, level, strategy, flushes=flushes, final=final)
            if garbled and not plain and not final and draw(st.booleans()):
                # The compressed form of an empty message is one empty block, which may be omitted.
                payload = b""
        opcode = TEXT if isinstance(message, str) else BINARY
        cuts = sorted(draw(st.lists(st.integers(0, len(payload)), max_size=3)))
        for number, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(payload)], strict=True)):
            between = number > 0 and compressed
            if (garbled or not between) and draw(st.integers(0, 7)) == 0:
                frame(PING, draw(st.binary(max_size=9)))
            rsv = 4 if compressed and number == 0 else 0
            frame(CONTINUATION if number else opcode, payload[start:end], fin=number == len(cuts), rsv=rsv)
        messages.append(message)
    return Sent(b"".join(stream), messages)


#: What an application sends when messages may be compressed.
outgoing = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["TextMessage", "Message"]), text, st.booleans()),
        st.tuples(st.sampled_from(["BytesMessage", "Message"]), filler(), st.booleans()),
        controls,
    ),
    min_size=1,
    max_size=8,
)
