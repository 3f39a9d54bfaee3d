"""Single frames (RFC 6455 section 5.2)."""

from __future__ import annotations

from wsproto.frame_protocol import MAX_PAYLOAD_NORMAL, Opcode

from .opcodes import CONTROL_OPCODES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


class Frame:
    """
    One frame (RFC 6455 section 5.2).

    The masking key is chosen by the :class:`websocket` that sends the frame; extensions set further reserved
    bits.

    :param opcode: 0 to 15, such as ``OPCODE_TEXT``.
    :param payload: the payload before extensions; a ``str`` is encoded as UTF-8.
    :param fin: whether this is the last frame of its message.
    :param rsv1: the first reserved bit; likewise the others.
    :raises TypeError: if the payload is neither ``str`` nor bytes.
    :raises ValueError: if the opcode is no number of four bits, or a control frame is a fragment or has a
        payload of more than 125 bytes (section 5.5).
    """

    __slots__ = ("fin", "opcode", "payload", "rsv1", "rsv2", "rsv3")

    opcode: Final[int]
    payload: Final[bytes]
    fin: Final[bool]

    def __init__(  # noqa: PLR0913 - the fields of a header
        self,
        opcode: int,
        payload: str | bytes | bytearray | memoryview = b"",
        *,
        fin: bool = True,
        rsv1: bool = False,
        rsv2: bool = False,
        rsv3: bool = False,
    ) -> None:
        if not 0 <= opcode <= 15:
            raise ValueError(f"an opcode has four bits: {opcode}")
        self.opcode = Opcode(opcode) if opcode in _KNOWN else opcode
        self.payload = to_bytes(payload)
        self.fin = fin
        self.rsv1 = rsv1
        self.rsv2 = rsv2
        self.rsv3 = rsv3
        if opcode & 0x8:
            if not fin:
                raise ValueError("a control frame is never fragmented")
            if len(self.payload) > MAX_PAYLOAD_NORMAL:
                raise ValueError(f"the payload of a control frame has at most {MAX_PAYLOAD_NORMAL} bytes")

    def text(self) -> str:
        """
        Return the payload as text.

        :raises UnicodeDecodeError: if it is not UTF-8, as a fragment may not be.
        """
        return self.payload.decode()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Frame):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in Frame.__slots__)

    def __hash__(self) -> int:
        return hash((self.opcode, self.payload, self.fin))

    def __repr__(self) -> str:
        opcode = getattr(self.opcode, "name", self.opcode)
        payload = f"{self.payload[:32]!r}, {len(self.payload)} bytes"
        return f"<{type(self).__name__} {opcode} fin={self.fin} {payload}>"


class ControlFrame(Frame):
    """
    A close, ping or pong frame (RFC 6455 section 5.5).

    :param opcode: ``OPCODE_CLOSE``, ``OPCODE_PING`` or ``OPCODE_PONG``.
    :param payload: at most 125 bytes.
    :raises ValueError: if the opcode is another, or the payload is longer.
    """

    __slots__ = ()

    def __init__(self, opcode: int, payload: str | bytes | bytearray | memoryview = b"") -> None:
        if opcode not in CONTROL_OPCODES:
            raise ValueError(f"not the opcode of a control frame: {opcode}")
        super().__init__(opcode, payload)

    @classmethod
    def close(cls, code: int | None = None, reason: str = "") -> ControlFrame:
        """
        Return a close frame (section 5.5.1).

        :param code: the status code, or ``None`` for a frame without one.
        :param reason: the reason, at most 123 bytes as UTF-8.
        :raises ValueError: if there is a reason without a code, or the code is not of 16 bits.
        """
        if code is None:
            if reason:
                raise ValueError("a reason needs a code")
            return cls(Opcode.CLOSE)
        if not 0 <= code <= 0xFFFF:
            raise ValueError(f"a close code has 16 bits: {code}")
        return cls(Opcode.CLOSE, int(code).to_bytes(2, "big") + reason.encode())

    def close_code(self) -> int | None:
        """Return the status code of a close frame, or ``None`` if it has none."""
        return int.from_bytes(self.payload[:2], "big") if len(self.payload) > 1 else None

    def close_reason(self) -> str:
        """Return the reason of a close frame."""
        return self.payload[2:].decode()


_KNOWN = frozenset(Opcode)


def to_bytes(payload: str | bytes | bytearray | memoryview) -> bytes:
    """
    Return a payload as bytes, text as UTF-8.

    :raises TypeError: if it is neither ``str`` nor bytes.
    """
    if isinstance(payload, str):
        return payload.encode()
    if isinstance(payload, bytes | bytearray | memoryview):
        return bytes(payload)
    raise TypeError(f"a payload is str or bytes, not {type(payload).__name__}")
