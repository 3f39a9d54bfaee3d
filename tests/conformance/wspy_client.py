"""
The client of wspy under test: a `websocket` and a `Connection` for each case of the suite's server.

    python -m tests.conformance.wspy_client --port 9001
"""

from __future__ import annotations

from contextlib import suppress

import wspy
from tests.conformance.subjects import WSPY, go_through


class Echo(wspy.Connection):
    """Sends every message back."""

    last: str | bytes = b""

    def onmessage(self, message: wspy.Message) -> None:
        """Echo, and keep the message: it is how the suite answers questions."""
        self.last = message.payload
        with suppress(wspy.ConnectionClosed):  # the suite's server may have closed after its message
            self.send(message)


def visit(host: str, port: int, target: str) -> str | bytes:
    """Connect, echo until the server has had enough, and return its last message."""
    with wspy.websocket(location=target, extensions=[wspy.DeflateMessage()]) as sock:
        sock.connect((host, port))
        connection = Echo(sock)
        connection.receive_forever()
    return connection.last


if __name__ == "__main__":
    go_through(WSPY, visit)
