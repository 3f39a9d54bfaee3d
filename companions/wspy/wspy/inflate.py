"""Inflation of raw DEFLATE data (RFC 1951) that never yields more than a limit."""

from __future__ import annotations

import zlib

from wsproto.frame_protocol import CloseReason

#: The end of a flushed block, which is not sent (RFC 7692 section 7.2.1).
TAIL = b"\0\0\xff\xff"

#: The most bytes given to zlib at once.
SLICE = 16_384

#: The bytes given to zlib at once after the end of a stream, doubled until the next end. What follows an end
#: is copied: with this, no more than twice what the stream had.
SLICE_AFTER_END = 64

#: The streams that may end between two flushes, and the further bytes for each one more. An end takes two
#: bytes to send, and a new state of zlib to receive.
FREE_ENDS = 4
BYTES_PER_END = 64


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
        #: The bytes inflated, and the streams that have ended, since the last flush.
        self._consumed = 0
        self._ends = 0

    def start_message(self) -> None:
        """Count anew: what follows belongs to another message."""
        self._inflated = self._consumed = self._ends = 0

    def inflate(self, data: bytes) -> bytes | CloseReason:
        """
        Inflate a piece of compressed data.

        A stream that ends (a block with BFINAL set, RFC 7692 section 7.2.3.4) is followed by another, whose
        window is empty.

        :returns: all that the piece inflates to; ``MESSAGE_TOO_BIG`` as soon as the message exceeds the limit
            by one byte, ``INVALID_FRAME_PAYLOAD_DATA`` for data that is not DEFLATE, or in which more than 4
            streams end, and one more for every 64 bytes.
        """
        pieces = []
        position, size = 0, SLICE
        while position < len(data):
            if self._stream is None:
                self._stream = zlib.decompressobj(-self._window_bits)
            given = data[position : position + size]
            # A length of 0 is zlib's word for no limit.
            allowed = 0 if self._limit is None else self._limit - self._inflated + 1
            try:
                piece = self._stream.decompress(given, allowed)
            except zlib.error:
                return CloseReason.INVALID_FRAME_PAYLOAD_DATA
            if piece:
                self._inflated += len(piece)
                pieces.append(piece)
            if self._limit is not None and self._inflated > self._limit:
                return CloseReason.MESSAGE_TOO_BIG
            taken = len(given) - len(self._stream.unused_data)
            position += taken
            self._consumed += taken
            size = min(2 * size, SLICE)
            if self._stream.eof:
                self._stream = None
                self._ends += 1
                if self._ends > FREE_ENDS + self._consumed // BYTES_PER_END:
                    return CloseReason.INVALID_FRAME_PAYLOAD_DATA
                size = SLICE_AFTER_END
        return b"".join(pieces)

    def finish(self, *, keep_window: bool) -> bytes | CloseReason:
        """
        Inflate the tail that a sender removes from the end of a flush.

        :param keep_window: whether what follows may refer to what has been inflated (context takeover).
        """
        # A stream that has just ended needs no tail: one would be the beginning of the next.
        last = b"" if self._stream is None else self.inflate(TAIL)
        self._consumed = self._ends = 0
        if not keep_window:
            self._stream = None
        return last
