"""Frames in bytes, without I/O: both directions of an open connection (RFC 6455 section 5)."""

from __future__ import annotations

import os
from typing import cast

from wsproto import ConnectionType
from wsproto.frame_protocol import (
    CloseReason,
    FrameDecoder,
    FrameProtocol,
    Opcode,
    ParseFailed,
    RsvBits,
    XorMaskerSimple,
)

from .frame import ControlFrame, Frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .handshake import Upgraded


class FrameStream:
    """
    The frames of an open connection, each through the extensions that were agreed on.

    :param upgraded: what the opening handshake has agreed on.
    :param max_message_size: the most bytes of the payload of a received frame, before and after extensions,
        or ``None`` for no limit.
    """

    def __init__(self, upgraded: Upgraded, max_message_size: int | None = None) -> None:
        self._client = upgraded.role is ConnectionType.CLIENT
        self._extensions = list(upgraded.extensions)
        self._limit = max_message_size
        self._decoder = FrameDecoder(self._client, list(self._extensions))
        # The hooks for sending are called with a protocol, and need nothing of it but its role.
        self._protocol = FrameProtocol(self._client, list(self._extensions))
        self._unread = bytearray(upgraded.trailing)

    def receive(self, data: bytes) -> None:
        """Take received bytes."""
        self._unread += data

    def next(self) -> Frame | None:
        """
        Return the next frame, or ``None`` until more is received.

        :raises ParseFailed: if the peer breaks a rule, with the code to close the connection with.
        """
        length = self._length()
        if length is None or len(self._unread) < length:
            return None
        self._decoder.receive_bytes(bytes(self._unread[:length]))
        del self._unread[:length]
        first, payload, size = None, [], 0
        # The inflated payload may come in pieces.
        while (piece := self._decoder.process_buffer()) is not None:
            first = piece if first is None else first
            data = bytes(cast("bytes", piece.payload))
            payload.append(data)
            size += len(data)
            self._check_size(size)
            if piece.frame_finished:
                if first.opcode.iscontrol():
                    return ControlFrame(first.opcode, b"".join(payload))
                return Frame(first.opcode, b"".join(payload), fin=piece.message_finished)
        raise ParseFailed("a frame has not been decoded completely", CloseReason.INTERNAL_ERROR)

    def encode(self, frame: Frame) -> bytes:
        """Return a frame as it is sent: through the extensions, and masked by a client (section 5.3)."""
        rsv = RsvBits(frame.rsv1, frame.rsv2, frame.rsv3)
        payload = frame.payload
        if isinstance(frame.opcode, Opcode):
            for extension in reversed(self._extensions):
                rsv, payload = extension.frame_outbound(self._protocol, frame.opcode, rsv, payload, frame.fin)
        bits = frame.fin << 7 | rsv.rsv1 << 6 | rsv.rsv2 << 5 | rsv.rsv3 << 4
        mask = self._client << 7
        size = len(payload)
        if size < 126:
            head = bytes([bits | frame.opcode, mask | size])
        elif size < 1 << 16:
            head = bytes([bits | frame.opcode, mask | 126]) + size.to_bytes(2, "big")
        else:
            head = bytes([bits | frame.opcode, mask | 127]) + size.to_bytes(8, "big")
        if not self._client:
            return head + payload
        key = os.urandom(4)
        return head + key + bytes(XorMaskerSimple(key).process(bytearray(payload)))

    def unread(self) -> bytes:
        """Return the bytes that have been received after the last frame, and forget them."""
        unread = bytes(self._unread)
        self._unread.clear()
        return unread

    def _length(self) -> int | None:
        """Return the number of bytes of the next frame, or ``None`` until its header tells."""
        unread = self._unread
        if len(unread) < 2:
            return None
        size, start = unread[1] & 0x7F, 2
        if size > 125:
            start = 4 if size == 126 else 10
            if len(unread) < start:
                return None
            size = int.from_bytes(unread[2:start], "big")
        self._check_size(size)
        return start + (4 if unread[1] & 0x80 else 0) + size

    def _check_size(self, size: int) -> None:
        if self._limit is not None and size > self._limit:
            raise ParseFailed(f"a frame has more than {self._limit} bytes", CloseReason.MESSAGE_TOO_BIG)
