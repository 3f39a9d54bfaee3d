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
    The interface of an extension (RFC 6455 section 9): negotiation, and a hook for each step of a frame.

    The default of each hook leaves the frame unchanged. An instance belongs to one connection. Inbound hooks
    are called in the order of the list of extensions, the outbound hook in reverse order. A hook that returns
    a :class:`CloseReason <wsproto.frame_protocol.CloseReason>` fails the connection with that code.
    ``proto`` is the decoder or the protocol that calls the hook.
    """

    #: The name under which the extension is offered.
    name: str

    def enabled(self) -> bool:
        """Return whether the extension was agreed upon; otherwise its hooks are not called."""
        return False

    @abstractmethod
    def offer(self) -> bool | str:
        """
        Return the client's offer (RFC 6455 section 9.1).

        :returns: the parameters, which follow the name and a semicolon in the header; ``True`` to offer the
            name alone, ``False`` to offer nothing.
        """

    def accept(self, offer: str) -> bool | str | None:
        """
        Answer an offer as the server (RFC 6455 section 9.1).

        :param offer: the element of the client's header, beginning with the name of the extension.
        :returns: the parameters of the response, or ``True`` to accept without any; ``False`` or ``None`` to
            decline.
        """

    def finalize(self, offer: str) -> None:
        """
        Apply the server's response as the client (RFC 6455 section 9.1).

        :param offer: the element of the server's header, beginning with the name of the extension.
        """

    def frame_inbound_header(
        self,
        proto: FrameDecoder | FrameProtocol,
        opcode: Opcode,
        rsv: RsvBits,
        payload_length: int,
    ) -> CloseReason | RsvBits:
        """
        Check the header of a received frame (RFC 6455 section 5.2).

        Called again for the same header if its masking key had not arrived in full.

        :param opcode: the opcode of the frame.
        :param rsv: the reserved bits of the header.
        :param payload_length: the declared length of the payload, in bytes.
        :returns: the reserved bits that the extension claims; a bit that is set and not claimed is an error.
        """
        return _NO_BITS

    def frame_inbound_payload_data(
        self,
        proto: FrameDecoder | FrameProtocol,
        data: bytes,
    ) -> bytes | CloseReason:
        """
        Transform a piece of received payload.

        :param data: what has arrived of it, without its mask.
        :returns: the payload for the next extension, and finally for the event.
        """
        return data

    def frame_inbound_complete(
        self,
        proto: FrameDecoder | FrameProtocol,
        fin: bool,
    ) -> bytes | CloseReason | None:
        """
        Append to the payload of a received frame.

        :param fin: whether the frame is the last of its message.
        :returns: the bytes to append, or ``None``.
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

        :param opcode: the opcode of the frame.
        :param rsv: the reserved bits, as earlier hooks left them.
        :param data: the payload, as earlier hooks left it.
        :param fin: whether the frame is the last of its message.
        :returns: the reserved bits and the payload.
        """
        return (rsv, data)


@_wsproto.define
class PerMessageDeflate(_wsproto.PerMessageDeflate, Extension):
    """
    Compression of messages (RFC 7692).

    :param client_no_context_takeover: the client begins every message with an empty window.
    :param client_max_window_bits: the base-2 logarithm of the size of the client's window, 9 to 15.
    :param server_no_context_takeover: the server begins every message with an empty window.
    :param server_max_window_bits: the base-2 logarithm of the size of the server's window, 9 to 15.
    :param compression_level: a level of zlib, 0 (none) to 9 (smallest), or ``None`` for the package's own
        compressor: about the size of level 6, in less time and memory with many connections. This and the
        following parameters are not negotiated.
    :param memory_level: the memory that compression may use, 1 (least) to 9.
    :param min_size: the smallest message to compress, in bytes; messages sent in fragments always are.
    :param max_piece_size: the most bytes of a compressed message in one received event, at least 1; a message
        that inflates to more comes in several events.
    :raises TypeError: if an argument is not an integer.
    :raises ValueError: if an argument is out of its range.
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

    def __repr__(self) -> str:
        """Return the name of the class and the parameters."""
        parameters = [f"client_max_window_bits={self.client_max_window_bits}"]
        if self.client_no_context_takeover:
            parameters.append("client_no_context_takeover")
        parameters.append(f"server_max_window_bits={self.server_max_window_bits}")
        if self.server_no_context_takeover:
            parameters.append("server_no_context_takeover")
        return f"<{type(self).__name__} {'; '.join(parameters)}>"

    def __getstate__(self) -> dict[str, Any]:
        """
        Return the state for a copy or a pickle.

        :raises TypeError: if the extension is in use: its streams cannot be copied.
        """
        if self._compressor is not None or self._decompressor is not None:
            msg = f"cannot copy or pickle a {type(self).__name__!r} that is in use"
            raise TypeError(msg)
        return {**self.__dict__, **{name: getattr(self, name) for name in (*_KNOBS, *_ATTRIBUTES)}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore the state that :meth:`__getstate__` returned."""
        PerMessageDeflate.__init__(self, **{name: state[name] for name in _KNOBS})
        for name, value in state.items():
            if name not in _KNOBS:
                setattr(self, name, value)


#: The options that only the constructor of `PerMessageDeflate` sets.
_KNOBS = ("compression_level", "memory_level", "min_size", "max_piece_size")

#: The attributes that may be set later.
_ATTRIBUTES = (
    "client_no_context_takeover",
    "client_max_window_bits",
    "server_no_context_takeover",
    "server_max_window_bits",
    "_enabled",
)

#: The extensions that this package implements, by name.
SUPPORTED_EXTENSIONS = {PerMessageDeflate.name: PerMessageDeflate}
