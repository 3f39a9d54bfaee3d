"""What the server and its clients have agreed on."""

from __future__ import annotations

#: The path whose clients are answered with figures instead of echoes.
CONTROL = "/control"
#: The path of clients that read slowly, and the bytes that the system keeps for one of them.
SLOW, SLOW_BUFFER = "/slow", 32 * 1024
#: What a client sends to have the connection closed, and the code it is closed with.
CLOSE_ME, CLOSE_CODE = "please close", 4001
#: The most bytes of a message.
MAX_MESSAGE_SIZE = 1 << 20
