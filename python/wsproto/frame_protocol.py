"""Frames and messages on the wire (RFC 6455 sections 5 to 8)."""

from __future__ import annotations

from codecs import getincrementaldecoder
from collections import namedtuple
from enum import IntEnum

from . import _wsproto

TYPE_CHECKING = False
if TYPE_CHECKING:
    from codecs import IncrementalDecoder
    from typing import Any, NamedTuple

    from .extensions import Extension
else:

    class _MakesNamedTuples(type):
        """`typing.NamedTuple` without `typing`, whose import takes longer than that of the whole package."""

        def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> type:
            if not bases:
                return super().__new__(cls, name, bases, namespace)
            annotations = namespace["__annotations__"]
            made = namedtuple(name, annotations, module=namespace["__module__"])  # noqa: PYI024
            made.__doc__ = namespace["__doc__"]
            made.__annotations__ = made.__new__.__annotations__ = annotations
            return made

    class NamedTuple(metaclass=_MakesNamedTuples):
        """The base in declarations of named tuples."""


__all__ = [
    "FIN_MASK",
    "LOCAL_ONLY_CLOSE_REASONS",
    "MASK_MASK",
    "MAX_CLOSE_REASON",
    "MAX_FRAME_PAYLOAD",
    "MAX_LIBRARY_CLOSE_REASON",
    "MAX_PAYLOAD_EIGHT_BYTE",
    "MAX_PAYLOAD_NORMAL",
    "MAX_PAYLOAD_TWO_BYTE",
    "MAX_PRIVATE_CLOSE_REASON",
    "MAX_PROTOCOL_CLOSE_REASON",
    "MIN_CLOSE_REASON",
    "MIN_LIBRARY_CLOSE_REASON",
    "MIN_PRIVATE_CLOSE_REASON",
    "MIN_PROTOCOL_CLOSE_REASON",
    "NULL_MASK",
    "OPCODE_MASK",
    "PAYLOAD_LENGTH_EIGHT_BYTE",
    "PAYLOAD_LENGTH_TWO_BYTE",
    "PAYLOAD_LEN_MASK",
    "RSV1_MASK",
    "RSV2_MASK",
    "RSV3_MASK",
    "Buffer",
    "CloseReason",
    "Frame",
    "FrameDecoder",
    "FrameProtocol",
    "Header",
    "MessageDecoder",
    "Opcode",
    "ParseFailed",
    "RsvBits",
    "XorMaskerNull",
    "XorMaskerSimple",
]

# The layout of a frame's first two bytes, and the three forms of its length (RFC 6455 section 5.2).
FIN_MASK = 0x80
RSV1_MASK = 0x40
RSV2_MASK = 0x20
RSV3_MASK = 0x10
OPCODE_MASK = 0x0F
MASK_MASK = 0x80
PAYLOAD_LEN_MASK = 0x7F
PAYLOAD_LENGTH_TWO_BYTE = 126
PAYLOAD_LENGTH_EIGHT_BYTE = 127
MAX_PAYLOAD_NORMAL = 125
MAX_PAYLOAD_TWO_BYTE = 2**16 - 1
MAX_PAYLOAD_EIGHT_BYTE = 2**64 - 1
MAX_FRAME_PAYLOAD = MAX_PAYLOAD_EIGHT_BYTE
NULL_MASK = bytes(4)


class Opcode(IntEnum):
    """The opcode of a frame (RFC 6455 section 5.2)."""

    #: A further fragment of the message in progress.
    CONTINUATION = 0x0
    #: The first fragment of a text message.
    TEXT = 0x1
    #: The first fragment of a binary message.
    BINARY = 0x2
    #: The closing handshake.
    CLOSE = 0x8
    #: A request for a pong.
    PING = 0x9
    #: The answer to a ping.
    PONG = 0xA

    def iscontrol(self) -> bool:
        """Return whether frames of this opcode are control frames (RFC 6455 section 5.5)."""
        return self >= Opcode.CLOSE


class CloseReason(IntEnum):
    """Status codes of the closing handshake (RFC 6455 section 7.4.1; IANA registry for 1012 to 1014)."""

    #: The connection has fulfilled its purpose.
    NORMAL_CLOSURE = 1000
    #: The endpoint goes away: a server shuts down, a browser leaves the page.
    GOING_AWAY = 1001
    #: The peer broke a rule of the protocol.
    PROTOCOL_ERROR = 1002
    #: The peer sent a type of data that cannot be accepted.
    UNSUPPORTED_DATA = 1003
    #: Never on the wire: the peer's close frame had no code.
    NO_STATUS_RCVD = 1005
    #: Never on the wire: the transport ended without a close frame.
    ABNORMAL_CLOSURE = 1006
    #: The data of a message are not of its type, for example text that is not UTF-8.
    INVALID_FRAME_PAYLOAD_DATA = 1007
    #: A message violates a policy; used if no other code fits.
    POLICY_VIOLATION = 1008
    #: A message is larger than can be processed.
    MESSAGE_TOO_BIG = 1009
    #: The client needs an extension that the server has not agreed upon.
    MANDATORY_EXT = 1010
    #: An unexpected condition prevents the server from fulfilling the request.
    INTERNAL_ERROR = 1011
    #: The service restarts.
    SERVICE_RESTART = 1012
    #: The service is overloaded; connect to another server, or later.
    TRY_AGAIN_LATER = 1013
    #: Never on the wire: the TLS handshake failed.
    TLS_HANDSHAKE_FAILED = 1015


#: Codes that are never on the wire (RFC 6455 section 7.4.1).
LOCAL_ONLY_CLOSE_REASONS = (
    CloseReason.NO_STATUS_RCVD,
    CloseReason.ABNORMAL_CLOSURE,
    CloseReason.TLS_HANDSHAKE_FAILED,
)

# The ranges of codes (RFC 6455 section 7.4.2).
MIN_CLOSE_REASON = 1000
MIN_PROTOCOL_CLOSE_REASON = 1000
MAX_PROTOCOL_CLOSE_REASON = 2999
MIN_LIBRARY_CLOSE_REASON = 3000
MAX_LIBRARY_CLOSE_REASON = 3999
MIN_PRIVATE_CLOSE_REASON = 4000
MAX_PRIVATE_CLOSE_REASON = 4999
MAX_CLOSE_REASON = 4999


class ParseFailed(Exception):  # noqa: N818 - the name is part of the interface
    """
    The peer broke a rule of the framing.

    ``code`` is the :class:`CloseReason` with which to fail the connection (RFC 6455 section 7.1.7).
    """

    def __init__(self, msg: str, code: CloseReason = CloseReason.PROTOCOL_ERROR) -> None:
        super().__init__(msg)
        self.code = code


class RsvBits(NamedTuple):
    """The reserved bits of a frame, which only extensions set (RFC 6455 section 5.2)."""

    rsv1: bool
    rsv2: bool
    rsv3: bool


class Header(NamedTuple):
    """The header of a frame (RFC 6455 section 5.2); ``payload_len`` is in bytes."""

    fin: bool
    rsv: RsvBits
    opcode: Opcode
    payload_len: int
    masking_key: bytes | None


class Frame(NamedTuple):
    """A frame, or a piece of the payload of a data frame (RFC 6455 sections 5.4 and 5.5)."""

    opcode: Opcode
    payload: bytes | str | tuple[int, str]
    frame_finished: bool
    message_finished: bool


class Buffer:
    """Received bytes, consumed from the front; consumption is committed or rolled back."""

    def __init__(self, initial_bytes: bytes | None = None) -> None:
        #: The bytes not yet committed.
        self.buffer = bytearray()
        #: The number of bytes of it consumed.
        self.bytes_used = 0
        if initial_bytes:
            self.feed(initial_bytes)

    def __len__(self) -> int:
        """Return the number of bytes not yet committed."""
        return len(self.buffer)

    def feed(self, new_bytes: bytes) -> None:
        """
        Append bytes.

        :raises TypeError: if the object is not a buffer.
        """
        self.buffer += new_bytes

    def consume_at_most(self, nbytes: int) -> bytearray:
        """Consume ``nbytes`` bytes, or as many as there are, and return them."""
        start = self.bytes_used
        consumed = self.buffer[start : start + nbytes] if nbytes else bytearray()
        self.bytes_used = start + len(consumed)
        return consumed

    def consume_exactly(self, nbytes: int) -> bytearray | None:
        """Consume ``nbytes`` bytes, and return them; if there are fewer, consume none and return ``None``."""
        available = len(self.buffer) - self.bytes_used
        return self.consume_at_most(nbytes) if available >= nbytes else None

    def commit(self) -> None:
        """Drop the consumed bytes."""
        # A `bytearray` drops its front in constant time, amortised.
        del self.buffer[: self.bytes_used]
        self.bytes_used = 0

    def rollback(self) -> None:
        """Undo the consumption since the last commit."""
        self.bytes_used = 0


class XorMaskerSimple:
    """
    Masks or unmasks a payload in pieces (RFC 6455 section 5.3).

    :param masking_key: the key, 4 bytes.
    """

    def __init__(self, masking_key: bytearray | bytes) -> None:
        #: The key, rotated for the next piece.
        self._masking_key = masking_key

    def process(self, data: bytearray) -> bytearray:
        """Return the next piece, masked or unmasked."""
        piece = bytearray(data)
        length = len(piece)
        if length:
            first, second, third, fourth = key = self._masking_key
            mask = bytes((first, second, third, fourth)) * (length // 4 + 1)
            masked = int.from_bytes(piece, "little") ^ int.from_bytes(mask[:length], "little")
            piece[:] = masked.to_bytes(length, "little")
            used = length % 4
            self._masking_key = key[used:] + key[:used]
        return piece


class XorMaskerNull:
    """The masker of frames that are not masked."""

    def process(self, data: bytearray) -> bytearray:
        """Return the piece itself."""
        return data


class MessageDecoder:
    """
    Checks the sequence of frames and decodes text (RFC 6455 section 5.4).

    Connections do so natively; this class is for programs that combine the layers themselves.
    """

    def __init__(self) -> None:
        #: The opcode of the message in progress, or ``None``.
        self.opcode: Opcode | None = None
        #: The incremental decoder of the text message in progress, or ``None``.
        self.decoder: IncrementalDecoder | None = None

    def process_frame(self, frame: Frame) -> Frame:
        """
        Turn a data frame into a piece of its message.

        The piece has the opcode of the message; a text payload is decoded, and ``message_finished`` says
        whether it is the last piece.

        :param frame: a frame whose payload is bytes.
        :raises ParseFailed: if the frame is out of sequence (code 1002), or text is not UTF-8 (code 1007).
        """
        opcode, payload, frame_finished, message_finished = frame
        assert not opcode.iscontrol()
        starts = opcode is not Opcode.CONTINUATION
        if starts and self.opcode is not None:
            msg = f"expected CONTINUATION, got {opcode!r}"
            raise ParseFailed(msg)
        if starts:
            self.opcode = opcode
        elif self.opcode is None:
            msg = "unexpected CONTINUATION"
            raise ParseFailed(msg)
        if opcode is Opcode.TEXT:
            self.decoder = getincrementaldecoder("utf-8")()
        last = frame_finished and message_finished
        if self.decoder is not None:
            assert isinstance(payload, (bytes, bytearray))
            try:
                payload = self.decoder.decode(payload, last)
            except UnicodeDecodeError as error:
                raise ParseFailed(str(error), CloseReason.INVALID_FRAME_PAYLOAD_DATA)  # noqa: B904 (its context)
        piece = Frame(self.opcode, payload, frame_finished, last)
        if last:
            self.opcode = self.decoder = None
        return piece


@_wsproto.define
class FrameDecoder(_wsproto.FrameDecoder):
    """
    Decodes received frames, and passes their payloads through the extensions.

    :param client: whether this end is the client.
    :param extensions: the extensions to call.
    """

    def __init__(self, client: bool, extensions: list[Extension] | None = None) -> None:
        super().__init__(client, extensions)


@_wsproto.define
class FrameProtocol(_wsproto.FrameProtocol):
    """
    Turns bytes into frames and messages, and messages into bytes (RFC 6455 sections 5 and 6).

    :param client: whether this end is the client, whose frames are masked.
    :param extensions: the extensions; those not enabled are ignored.
    """

    def __init__(self, client: bool, extensions: list[Extension]) -> None:
        super().__init__(client, extensions)
