"""`max_message_size` where the connection is not the one that the package makes."""

from __future__ import annotations

from tests.handshake.messages import request
from wsproto import ConnectionType, WSConnection
from wsproto.handshake import H11Handshake


class Foreign:
    """A connection of another make."""

    def __init__(self) -> None:
        self.received: list[bytes | None] = []

    def receive_data(self, data: bytes | None) -> None:
        self.received.append(data)


class Handshake(H11Handshake):
    """A handshake that leads to it."""

    def receive_data(self, data: bytes | None) -> None:
        super().receive_data(data)
        self._connection = Foreign()  # type: ignore[assignment]


def test_a_connection_of_another_make_has_limits_of_its_own() -> None:
    ws = WSConnection(ConnectionType.SERVER, max_message_size=10)
    ws.handshake = Handshake(ConnectionType.SERVER)
    ws.receive_data(request())
    ws.receive_data(b"x" * 100)
    assert isinstance(ws.connection, Foreign)
    assert ws.connection.received == [b"x" * 100]
