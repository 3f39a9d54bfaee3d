"""Extensions (RFC 6455 section 9), and permessage-deflate (RFC 7692)."""

from __future__ import annotations

from abc import ABC, abstractmethod

from . import _wsproto
from .frame_protocol import CloseReason, FrameDecoder, FrameProtocol, Opcode, RsvBits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

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
    What an extension implements (RFC 6455 section 9): its part in the handshake, and a hook for each step.

    Every hook has a default that leaves frames as they are. An object belongs to one connection. The hooks
    for what is received are called in the order of the list of extensions, the one for what is sent in the
    opposite order. A hook that returns a :class:`CloseReason <wsproto.frame_protocol.CloseReason>` fails the
    connection with that code. In all of them, ``proto`` is the decoder or the protocol that calls.
    """

    #: The name under which the extension is offered.
    name: str

    def enabled(self) -> bool:
        """Whether the extension was agreed upon; only then are the hooks called."""
        return False

    @abstractmethod
    def offer(self) -> bool | str:
        """
        Say what to offer, as a client (RFC 6455 section 9.1).

        :returns: the parameters, as they are to stand in the header behind the name and a semicolon; ``True``
            to offer the name alone, ``False`` to offer nothing.
        """

    def accept(self, offer: str) -> bool | str | None:
        """
        Answer an offer, as a server (RFC 6455 section 9.1).

        :param offer: the element of the client's header, from the name of the extension on.
        :returns: the parameters of the response, or ``True`` to accept without any; ``False`` or ``None`` to
            decline.
        """

    def finalize(self, offer: str) -> None:
        """
        Take over the server's response to the offer, as a client (RFC 6455 section 9.1).

        :param offer: the element of the server's header, from the name of the extension on.
        """

    def frame_inbound_header(
        self,
        proto: FrameDecoder | FrameProtocol,
        opcode: Opcode,
        rsv: RsvBits,
        payload_length: int,
    ) -> CloseReason | RsvBits:
        """
        Judge the header of a frame received (RFC 6455 section 5.2).

        It is called again for the same header if the masking key behind it has not arrived in full.

        :param opcode: what the frame carries.
        :param rsv: the reserved bits of the header.
        :param payload_length: how many bytes of payload it announces.
        :returns: the reserved bits that the extension makes use of; one that is set and of no use to any
            extension is an error.
        """
        return _NO_BITS

    def frame_inbound_payload_data(
        self,
        proto: FrameDecoder | FrameProtocol,
        data: bytes,
    ) -> bytes | CloseReason:
        """
        Transform a piece of payload received.

        :param data: what has arrived of it, without its mask.
        :returns: what goes to the next extension, and at last into the event.
        """
        return data

    def frame_inbound_complete(
        self,
        proto: FrameDecoder | FrameProtocol,
        fin: bool,
    ) -> bytes | CloseReason | None:
        """
        Append to the payload of a frame received, at its end.

        :param fin: whether the frame is the last one of its message.
        :returns: what to append, or ``None``.
        """

    def frame_outbound(
        self,
        proto: FrameDecoder | FrameProtocol,
        opcode: Opcode,
        rsv: RsvBits,
        data: bytes,
        fin: bool,
    ) -> tuple[RsvBits, bytes]:
        """
        Transform a frame to be sent.

        :param opcode: what the frame carries.
        :param rsv: its reserved bits so far.
        :param data: its payload so far, in bytes.
        :param fin: whether it is the last frame of its message.
        :returns: its reserved bits and its payload.
        """
        return (rsv, data)


class PerMessageDeflate(_wsproto.PerMessageDeflate, Extension):
    """
    Compression of messages (RFC 7692).

    :param client_no_context_takeover: the client begins every message with an empty window.
    :param client_max_window_bits: the base-2 logarithm of the size of the client's window, 9 to 15.
    :param server_no_context_takeover: the server begins every message with an empty window.
    :param server_max_window_bits: the base-2 logarithm of the size of the server's window, 9 to 15.
    :param compression_level: a level of zlib's, from 0, not at all, to 9, into as few bytes as possible; or
        ``None``, the package's own compressor: into about as few as at level 6, in less time and memory when
        there are many connections. This and what follows is not negotiated.
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
        compression_level: int | None = None,
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

    def __getstate__(self) -> dict[str, Any]:
        """
        Return what a copy or a pickle keeps.

        :raises TypeError: if the extension is in use: its streams cannot be copied.
        """
        if self._compressor is not None or self._decompressor is not None:
            msg = f"cannot copy or pickle a {type(self).__name__!r} that is in use"
            raise TypeError(msg)
        return {**self.__dict__, **{name: getattr(self, name) for name in (*_KNOBS, *_ATTRIBUTES)}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take over what :meth:`__getstate__` has returned."""
        PerMessageDeflate.__init__(self, **{name: state[name] for name in _KNOBS})
        for name, value in state.items():
            if name not in _KNOBS:
                setattr(self, name, value)


#: What `PerMessageDeflate` is told once, by its constructor.
_KNOBS = ("compression_level", "memory_level", "min_size", "max_piece_size")

#: What it may be told later.
_ATTRIBUTES = (
    "client_no_context_takeover",
    "client_max_window_bits",
    "server_no_context_takeover",
    "server_max_window_bits",
    "_enabled",
)

#: The extensions that this package implements, by their names.
SUPPORTED_EXTENSIONS = {PerMessageDeflate.name: PerMessageDeflate}
