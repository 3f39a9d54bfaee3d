"""
Whole messages out of the pieces that events carry, for the examples beside this file.

A message comes in as many events as it has pieces: because its sender cut it (RFC 6455, 5.4), because the
network did, or because it grew while it was inflated. A program that joins them needs a limit.
"""

from __future__ import annotations

from wsproto.events import BytesMessage, TextMessage

MAX_MESSAGE = 1024 * 1024


class MessageTooBigError(Exception):
    """A message has grown past the limit; close code 1009 tells the peer so (RFC 6455, 7.4.1)."""


class Messages:
    """Joins pieces, for one connection and one direction."""

    def __init__(self, limit: int = MAX_MESSAGE) -> None:
        """Set the limit: bytes of a binary message, characters of a text message."""
        self.limit = limit
        self._text: list[str] = []
        self._binary: list[bytes | bytearray] = []
        self._size = 0

    def add(self, event: TextMessage | BytesMessage) -> str | bytes | None:
        """Take a piece; return the message if that was the last one, and None otherwise."""
        self._size += len(event.data)
        if self._size > self.limit:
            raise MessageTooBigError
        if isinstance(event, TextMessage):
            self._text.append(event.data)
        else:
            self._binary.append(event.data)
        if not event.message_finished:
            return None
        # A message is all text or all binary (RFC 6455, 5.4), so one of the lists is empty.
        whole = "".join(self._text) if isinstance(event, TextMessage) else b"".join(self._binary)
        self._text.clear()
        self._binary.clear()
        self._size = 0
        return whole
