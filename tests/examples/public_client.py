"""The threaded client of the public `websockets` library, in conversation with an echo server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.ours import LIMIT

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection


def converse(client: ClientConnection) -> None:
    """Exchange text, binary, a message of many frames or records and a ping, and close."""
    for message in ("Äther", bytes(range(256)), "x" * 2**19):
        client.send(message)
        assert client.recv(LIMIT) == message
    assert client.ping(b"?").wait(LIMIT)
    client.close(4000, "bye")
    assert (client.close_code, client.close_reason) == (4000, "bye")
