"""Compression of frames: deflate-frame (draft-tyoshino-hybi-websocket-perframe-deflate-06)."""

from __future__ import annotations

import copy
import re
import zlib
from typing import NamedTuple

from wsproto.frame_protocol import CloseReason, Opcode, RsvBits
from wsproto.utilities import RemoteProtocolError

from .extension import Extension
from .inflate import TAIL, Inflater

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wsproto.frame_protocol import FrameDecoder, FrameProtocol

#: The name in the draft, and the one that WebKit offered before there was a standard.
NAMES = ("deflate-frame", "x-webkit-deflate-frame")

#: The largest window of DEFLATE, of 32 KiB, which is used where no other is agreed upon.
MAX_WINDOW_BITS = 15

#: zlib has no window of 256 bytes for raw data. In one of 512 bytes it refers back at most 250 (the window
#: less its lookahead of 262 bytes), which a window of 256 bytes holds.
MIN_COMPRESSOR_BITS = 9

_NO_BITS = RsvBits(rsv1=False, rsv2=False, rsv3=False)
_RSV1 = RsvBits(rsv1=True, rsv2=False, rsv3=False)

#: One parameter (RFC 6455 section 9.1); the values that are allowed need no quoting, and may be quoted.
_PARAMETER = re.compile(
    r"""[ \t]* (?:
        max_window_bits [ \t]*=[ \t]* ("?) (?P<bits> [89] | 1[0-5] ) \1
        | no_context_takeover
    ) [ \t]*""",
    re.VERBOSE,
)


class DeflateFrame(Extension):
    """
    Compression of single frames (draft-tyoshino-hybi-websocket-perframe-deflate-06).

    Each side says what it asks of the other one. Frames of data are compressed one by one unless they are
    empty; control frames never are.

    :param max_window_bits: the base-2 logarithm of the size of the peer's window, 8 to 15, or ``None`` to
        leave it to the peer.
    :param no_context_takeover: the peer begins every frame with an empty window.
    :param name: the name under which it is offered, and the only one under which this instance is accepted:
        ``"deflate-frame"`` or ``"x-webkit-deflate-frame"``.
    :raises ValueError: if an argument is out of its range.
    """

    uses_rsv1 = True

    def __init__(
        self,
        max_window_bits: int | None = None,
        *,
        no_context_takeover: bool = False,
        name: str = NAMES[0],
    ) -> None:
        if max_window_bits is not None and not 8 <= max_window_bits <= MAX_WINDOW_BITS:
            msg = f"max_window_bits must be 8 to {MAX_WINDOW_BITS}, not {max_window_bits}"
            raise ValueError(msg)
        if name not in NAMES:
            msg = f"the name must be one of {', '.join(NAMES)}, not {name!r}"
            raise ValueError(msg)
        self.name = name
        self.max_window_bits = max_window_bits
        self.no_context_takeover = no_context_takeover
        self._start(None)

    def __repr__(self) -> str:
        """Return the name and what is asked of the peer."""
        return f"<{type(self).__name__} {'; '.join([self.name, *self._parameters()])}>"

    def fresh(self, max_message_size: int | None) -> DeflateFrame:
        """
        Return an unused extension with the same parameters, for one connection.

        :param max_message_size: the most bytes that the frames of a message may inflate to, or ``None`` for
            no limit.
        """
        made = copy.copy(self)
        made._start(max_message_size)  # noqa: SLF001 - of the same class
        return made

    def variants(self) -> list[DeflateFrame]:
        """Return one extension for each name: what a server has that accepts either."""
        others = [name for name in NAMES if name != self.name]
        variants = [self.fresh(None) for _ in others]
        for variant, name in zip(variants, others, strict=True):
            variant.name = name
        return [self, *variants]

    def _start(self, max_message_size: int | None) -> None:
        self._enabled = False
        #: What the peer asks of this side.
        self._asked = _Parameters()
        self._compressor: zlib._Compress | None = None
        self._inflater = Inflater(self.max_window_bits or MAX_WINDOW_BITS, max_message_size)
        # Whether the frame that is being received is compressed.
        self._compressed = False

    # Negotiation

    def enabled(self) -> bool:
        """Return whether the extension was agreed upon."""
        return self._enabled

    def offer(self) -> bool | str:
        """Return what the client asks of the server."""
        return "; ".join(self._parameters()) or True

    def accept(self, offer: str) -> bool | str:
        """
        Answer an offer as the server.

        :returns: what is asked of the client; ``False`` to decline, for an offer that the draft does not
            allow and for any after the first that was accepted.
        """
        asked = _parse(offer)
        if asked is None or self._enabled:
            return False
        self._asked = asked
        self._enabled = True
        return "; ".join(self._parameters()) or True

    def finalize(self, offer: str) -> None:
        """
        Apply the server's response as the client.

        :raises RemoteProtocolError: for a response that the draft does not allow, or a second one.
        """
        asked = _parse(offer)
        if asked is None or self._enabled:
            msg = f"invalid response to the offer of {self.name}: {offer}"
            raise RemoteProtocolError(msg)
        self._asked = asked
        self._enabled = True

    def _parameters(self) -> list[str]:
        bits = [] if self.max_window_bits is None else [f"max_window_bits={self.max_window_bits}"]
        return [*bits, *(["no_context_takeover"] if self.no_context_takeover else [])]

    # Frames

    def frame_inbound_header(
        self,
        proto: FrameDecoder | FrameProtocol,
        opcode: Opcode,
        rsv: RsvBits,
        payload_length: int,
    ) -> CloseReason | RsvBits:
        """Note whether a frame is compressed."""
        self._compressed = rsv.rsv1
        if opcode.iscontrol():
            return CloseReason.PROTOCOL_ERROR if rsv.rsv1 else _NO_BITS
        if opcode is not Opcode.CONTINUATION:
            self._inflater.start_message()
        return _RSV1

    def frame_inbound_payload_data(
        self, proto: FrameDecoder | FrameProtocol, data: bytes
    ) -> bytes | CloseReason:
        """Inflate what has arrived of a compressed frame."""
        return self._inflater.inflate(data) if self._compressed else data

    def frame_inbound_complete(
        self, proto: FrameDecoder | FrameProtocol, fin: bool
    ) -> bytes | CloseReason | None:
        """Inflate the tail of a compressed frame."""
        return self._inflater.finish(keep_window=not self.no_context_takeover) if self._compressed else None

    def frame_outbound(
        self,
        proto: FrameDecoder | FrameProtocol,
        opcode: Opcode,
        rsv: RsvBits,
        data: bytes,
        fin: bool,
    ) -> tuple[RsvBits, bytes]:
        """Compress a frame of data that is not empty."""
        if opcode.iscontrol() or not data:
            return rsv, data
        compressor = self._compressor
        if compressor is None:
            compressor = zlib.compressobj(wbits=-max(self._asked.window_bits, MIN_COMPRESSOR_BITS))
        deflated = compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH)
        self._compressor = None if self._asked.no_context_takeover else compressor
        return rsv._replace(rsv1=True), deflated.removesuffix(TAIL)


class _Parameters(NamedTuple):
    """What the peer has asked for."""

    window_bits: int = MAX_WINDOW_BITS
    no_context_takeover: bool = False


def _parse(element: str) -> _Parameters | None:
    """Return the parameters of an element of the header, or `None` if one is unknown, doubled or invalid."""
    bits = None
    no_context_takeover = False
    for text in element.split(";")[1:]:
        match = _PARAMETER.fullmatch(text)
        if match is None:
            return None
        if match["bits"] is None:
            if no_context_takeover:
                return None
            no_context_takeover = True
        elif bits is None:
            bits = int(match["bits"])
        else:
            return None
    return _Parameters(bits or MAX_WINDOW_BITS, no_context_takeover)
