"""What upstream lets through against the RFC, and this package too: docs/moving.md has the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.handshake.messages import request
from tests.oracle import pair

if TYPE_CHECKING:
    from types import ModuleType


def served(package: ModuleType, data: bytes) -> Any:
    """Return what a server answers to a request, or suggests to answer."""
    ws = package.WSConnection(package.ConnectionType.SERVER)
    try:
        ws.receive_data(data)
    except package.utilities.RemoteProtocolError as error:
        return str(error), repr(error.event_hint)
    return ws.send(package.events.AcceptConnection())


@pytest.mark.parametrize(
    "data",
    [
        request((b"Sec-WebSocket-Key", b"short"), without=b"Sec-WebSocket-Key"),
        request().replace(b"HTTP/1.1", b"HTTP/1.0"),
        request((b"Sec-WebSocket-Version", b"8"), without=b"Sec-WebSocket-Version"),
    ],
    ids=["a key of another length", "HTTP/1.0", "another version"],
)
def test_requests(data: bytes) -> None:
    ours, theirs = (served(package, data) for package in pair())
    assert ours == theirs


@pytest.mark.parametrize("code", [0, 999, 1004, 1016, 5000, 65535])
def test_codes_that_must_not_be_sent(code: int) -> None:
    ours, theirs = (
        package.connection.Connection(package.ConnectionType.SERVER).send(
            package.events.CloseConnection(code)
        )
        for package in pair()
    )
    assert ours == theirs
