"""Extensions (RFC 6455 section 9), and permessage-deflate (RFC 7692)."""

from __future__ import annotations

from abc import ABC, abstractmethod

from . import _wsproto
from .frame_protocol import CloseReason, FrameDecoder, FrameProtocol, Opcode, RsvBits

__all__ = [
    "SUPPORTED_EXTENSIONS",
    "CloseReason",
    "Extension",
    "FrameDecoder",
    "FrameProtocol",
    "Opcode",
    "PerMessageDeflate",
    "RsvBits",
]

_NO_BITS = RsvBits(rsv1=False, rsv2=False, rsv3=False)


class Extension(ABC):
    """
    What an extension implements: its part in the opening handshake, and a hook for each step of a frame.

    Every hook has a default that leaves frames as they are.
    """

    #: The name under which the extension is offered.
    name: str

    def enabled(self) -> bool:
        """Whether the extension was agreed upon; only then are the hooks called."""
        return False

    @abstractmethod
    def offer(self) -> bool | str:
        """Return the parameters to offer as a client; ``False`` offers nothing, ``True`` the bare name."""

    def accept(self, offer: str) -> bool | str | None:
        """Answer an offer as a server: the response's parameters, or ``True``; anything else declines it."""

    def finalize(self, offer: str) -> None:
        """Take over, as a client, the server's response to the offer."""

    def frame_inbound_header(
        self,
        proto: FrameDecoder | FrameProtocol,
        opcode: Opcode,
        rsv: RsvBits,
        payload_length: int,
    ) -> CloseReason | RsvBits:
        """
        Judge the header of a frame received: the reserved bits that the extension claims, or an error.

        Called again for the same header if the masking key behind it has not arrived in full.
        """
        return _NO_BITS

    def frame_inbound_payload_data(
        self,
        proto: FrameDecoder | FrameProtocol,
        data: bytes,
    ) -> bytes | CloseReason:
        """Transform a piece of payload received."""
        return data

    def frame_inbound_complete(
        self,
        proto: FrameDecoder | FrameProtocol,
        fin: bool,
    ) -> bytes | CloseReason | None:
        """Append to the payload of a frame received, at its end; ``fin`` says that a message ends with it."""

    def frame_outbound(
        self,
        proto: FrameDecoder | FrameProtocol,
        opcode: Opcode,
        rsv: RsvBits,
        data: bytes,
        fin: bool,
    ) -> tuple[RsvBits, bytes]:
        """Transform a frame to be sent: its reserved bits and its payload."""
        return (rsv, data)


class PerMessageDeflate(_wsproto.PerMessageDeflate, Extension):
    """
    Compression of messages (RFC 7692).

    :param client_no_context_takeover: the client begins every message with an empty window.
    :param client_max_window_bits: the base-2 logarithm of the size of the client's window, 9 to 15.
    :param server_no_context_takeover: the server begins every message with an empty window.
    :param server_max_window_bits: the base-2 logarithm of the size of the server's window, 9 to 15.
    :param compression_level: how hard messages are compressed, from 0, not at all, to 9, into as few bytes as
        possible; this and what follows is not negotiated.
    :param memory_level: how much memory compression may take, from 1, the least, to 9.
    :param min_size: messages of fewer bytes go uncompressed, unless they are sent in fragments.
    :param max_piece_size: the most bytes that one event holds of a compressed message received; what inflates
        to more comes in several events.
    :raises TypeError: for a number that is none.
    :raises ValueError: for one out of its range.
    """

    name = "permessage-deflate"

    def __init__(  # noqa: PLR0913 (as many as there are parameters)
        self,
        client_no_context_takeover: bool = False,
        client_max_window_bits: int | None = None,
        server_no_context_takeover: bool = False,
        server_max_window_bits: int | None = None,
        *,
        compression_level: int = 6,
        memory_level: int = 8,
        min_size: int = 0,
        max_piece_size: int = 1 << 20,
    ) -> None:
        super().__init__(
            client_no_context_takeover,
            client_max_window_bits,
            server_no_context_takeover,
            server_max_window_bits,
            compression_level=compression_level,
            memory_level=memory_level,
            min_size=min_size,
            max_piece_size=max_piece_size,
        )


#: The extensions that this package implements, by their names.
SUPPORTED_EXTENSIONS = {PerMessageDeflate.name: PerMessageDeflate}
