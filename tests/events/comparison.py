"""Helpers for the tests of events: samples, and the comparison with upstream's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import wsproto
from tests.oracle import pair

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsproto.events import Event

#: The arguments of one event of each class, none of them a default.
SAMPLES: dict[str, dict[str, Any]] = {
    "Request": {
        "host": "example.com",
        "target": "/chat?room=1",
        "extensions": ["permessage-deflate"],
        "extra_headers": [(b"X-Name", b"value")],
        "subprotocols": ["v1", "v2"],
    },
    "AcceptConnection": {
        "subprotocol": "v1",
        "extensions": ["permessage-deflate"],
        "extra_headers": [(b"X-Name", b"value")],
    },
    "RejectConnection": {"status_code": 403, "headers": [(b"X-Name", b"value")], "has_body": True},
    "RejectData": {"data": b"no", "body_finished": False},
    "CloseConnection": {"code": 1001, "reason": "going"},
    "Message": {"data": "half", "frame_finished": False, "message_finished": False},
    "TextMessage": {"data": "half", "frame_finished": False, "message_finished": False},
    "BytesMessage": {"data": b"half", "frame_finished": False, "message_finished": False},
    "Ping": {"payload": b"beat"},
    "Pong": {"payload": b"beat"},
}

#: The classes that have an event with nothing but defaults and one required field.
CLASSES = list(SAMPLES)


def sample(name: str) -> Event:
    """Return our sample of the class of this name."""
    event: Event = getattr(wsproto.events, name)(**SAMPLES[name])
    return event


def outcome(operation: Callable[[Any], object], events: Any) -> tuple[str, ...]:
    """Return what the operation gives with this `events` module: a value as its repr, or an exception."""
    try:
        return ("returned", repr(operation(events)))
    except Exception as error:  # noqa: BLE001 - whichever it is, it is compared
        return ("raised", type(error).__name__, str(error))


def as_upstream(operation: Callable[[Any], object]) -> tuple[str, ...]:
    """Return what the operation gives with our events, and fail if it gives another with upstream's."""
    ours, theirs = (outcome(operation, package.events) for package in pair())
    assert ours == theirs
    return ours
