"""Bytes in, events out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsproto.connection import Connection
    from wsproto.events import Event


def events_of(connection: Connection, *chunks: bytes) -> list[Event]:
    """Feed the chunks, each followed by a pass over the events."""
    events: list[Event] = []
    for chunk in chunks:
        connection.receive_data(chunk)
        events += connection.events()
    return events
