"""Compression of messages: permessage-deflate (RFC 7692)."""

from __future__ import annotations

from wsproto.extensions import PerMessageDeflate
from wsproto.frame_protocol import CloseReason, Opcode, RsvBits

from .inflate import Inflater

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wsproto.frame_protocol import FrameDecoder, FrameProtocol


class DeflateMessage(PerMessageDeflate):
    """
    Compression of messages (RFC 7692), as given to a :class:`websocket` or a server.

    :param client_no_context_takeover: the client begins every message with an empty window.
    :param client_max_window_bits: the base-2 logarithm of the size of the client's window, 9 to 15.
    :param server_no_context_takeover: the server begins every message with an empty window.
    :param server_max_window_bits: the base-2 logarithm of the size of the server's window, 9 to 15.
    :raises ValueError: if a number of bits is out of its range.
    """

    uses_rsv1 = True

    def __init__(
        self,
        client_no_context_takeover: bool = False,
        client_max_window_bits: int | None = None,
        server_no_context_takeover: bool = False,
        server_max_window_bits: int | None = None,
    ) -> None:
        # Only these are given to the base class, whose further keywords upstream does not have.
        super().__init__(
            client_no_context_takeover,
            client_max_window_bits,
            server_no_context_takeover,
            server_max_window_bits,
        )

    def fresh(self, max_message_size: int | None) -> PerMessageDeflate:
        """
        Return an unused extension with the same parameters, for one connection.

        :param max_message_size: the most bytes that a message may inflate to, or ``None`` for no limit. Where
            ``wsproto`` inflates in pieces of its own choice, the limit of its ``Connection`` applies instead.
        """
        # The exact class of a native wsproto is used without calling Python.
        made = (
            PerMessageDeflate()
            if hasattr(PerMessageDeflate, "max_piece_size")
            else _Bounded(max_message_size)
        )
        made.client_no_context_takeover = self.client_no_context_takeover
        made.client_max_window_bits = self.client_max_window_bits
        made.server_no_context_takeover = self.server_no_context_takeover
        made.server_max_window_bits = self.server_max_window_bits
        return made


class _Bounded(PerMessageDeflate):
    """Upstream's extension, which inflates without a limit, with its receiving half replaced."""

    def __init__(self, limit: int | None) -> None:
        super().__init__()
        self._limit = limit
        self._inflater: Inflater | None = None
        # Whether the message, of one or more frames, is compressed; and whether this is a control frame.
        self._compressed = False
        self._control = False

    def frame_inbound_header(
        self,
        proto: FrameDecoder | FrameProtocol,
        opcode: Opcode,
        rsv: RsvBits,
        payload_length: int,
    ) -> CloseReason | RsvBits:
        """Note whether a message is compressed, which the first of its frames says."""
        self._control = opcode.iscontrol()
        if self._control or opcode is Opcode.CONTINUATION:
            # The bit is of a message, not of a frame (RFC 7692 section 6).
            return CloseReason.PROTOCOL_ERROR if rsv.rsv1 else RsvBits(rsv1=False, rsv2=False, rsv3=False)
        self._compressed = rsv.rsv1
        if self._inflater is None:
            bits = self.server_max_window_bits if proto.client else self.client_max_window_bits
            self._inflater = Inflater(bits, self._limit)
        self._inflater.start_message()
        return RsvBits(rsv1=True, rsv2=False, rsv3=False)

    def frame_inbound_payload_data(
        self, proto: FrameDecoder | FrameProtocol, data: bytes
    ) -> bytes | CloseReason:
        """Inflate what has arrived of a compressed message."""
        if self._control or not self._compressed or self._inflater is None:
            return data
        return self._inflater.inflate(data)

    def frame_inbound_complete(
        self, proto: FrameDecoder | FrameProtocol, fin: bool
    ) -> bytes | CloseReason | None:
        """Inflate the tail of a compressed message."""
        if self._control or not self._compressed or not fin or self._inflater is None:
            return None
        self._compressed = False
        takes_none = self.server_no_context_takeover if proto.client else self.client_no_context_takeover
        return self._inflater.finish(keep_window=not takes_none)
