"""Inflation of raw DEFLATE data (RFC 1951) that never yields more than a limit."""

from __future__ import annotations

import zlib

from wsproto.frame_protocol import CloseReason

#: The end of a flushed block, which is not sent (RFC 7692 section 7.2.1).
TAIL = b"\0\0\xff\xff"

#: Bytes given to zlib at once. What follows the end of a stream is copied, and is no longer than this.
SLICE = 16_384


class Inflater:
    """
    The receiving half of a compressing extension.

    :param window_bits: the base-2 logarithm of the size of the peer's window, 8 to 15.
    :param limit: the most bytes that a message may inflate to, or ``None`` for no limit.
    """

    def __init__(self, window_bits: int, limit: int | None) -> None:
        self._window_bits = window_bits
        self._limit = limit
        self._inflated = 0
        self._stream: zlib._Decompress | None = None

    def start_message(self) -> None:
        """Count anew: what follows belongs to another message."""
        self._inflated = 0

    def inflate(self, data: bytes) -> bytes | CloseReason:
        """
        Inflate a piece of compressed data.

        A stream that ends (a block with BFINAL set, RFC 7692 section 7.2.3.4) is followed by another, whose
        window is empty.

        :returns: all that the piece inflates to; ``MESSAGE_TOO_BIG`` as soon as the message exceeds the limit
            by one byte, ``INVALID_FRAME_PAYLOAD_DATA`` for data that is not DEFLATE.
        """
        pieces = []
        for start in range(0, len(data), SLICE):
            rest = data[start : start + SLICE]
            while rest:
                if self._stream is None:
                    self._stream = zlib.decompressobj(-self._window_bits)
                # A length of 0 is zlib's word for no limit.
                allowed = 0 if self._limit is None else self._limit - self._inflated + 1
                try:
                    piece = self._stream.decompress(rest, allowed)
                except zlib.error:
                    return CloseReason.INVALID_FRAME_PAYLOAD_DATA
                if piece:
                    self._inflated += len(piece)
                    pieces.append(piece)
                if self._limit is not None and self._inflated > self._limit:
                    return CloseReason.MESSAGE_TOO_BIG
                rest = self._stream.unused_data
                if self._stream.eof:
                    self._stream = None
        return b"".join(pieces)

    def finish(self, *, keep_window: bool) -> bytes | CloseReason:
        """
        Inflate the tail that a sender removes from the end of a flush.

        :param keep_window: whether what follows may refer to what has been inflated (context takeover).
        """
        # A stream that has just ended needs no tail: one would be the beginning of the next.
        last = b"" if self._stream is None else self.inflate(TAIL)
        if not keep_window:
            self._stream = None
        return last
