"""What the programs and the tests agree on."""

from __future__ import annotations

import socket
import struct

REFUSAL = "Nothing to see here.\n"
FRAGMENTS = ["three ", "fragments, ", "one message"]
SUBPROTOCOL = "chat"
PING = b"are you there?"
PONG_HAS_COME = "the pong has come"
CLOSE_CODE = 4001
CLOSE_REASON = "enough"


def reset(sock: socket.socket) -> None:
    """Arrange that closing the socket resets the connection, as a crashing process would."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
