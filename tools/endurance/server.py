"""
The server that has to endure: an `AsyncServer` that echoes, and tells of itself when it is asked.

    PYTHONPATH=companions/wspy python -m tools.endurance.server 1000
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import json
import logging
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import wspy
from tools.endurance import loop
from tools.endurance.agreed import CLOSE_CODE, CLOSE_ME, CONTROL, MAX_MESSAGE_SIZE, SLOW, SLOW_BUFFER

#: The seconds of a handshake; as long as a client may be silent, and then needs for the answer to a ping.
PATIENCE = 5.0


class Log(logging.Handler):
    """Keeps warnings and errors: of the server, and of the event loop."""

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__(logging.WARNING)
        self.records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        self.records.append(self.format(record))


class Echo(wspy.AsyncServer):
    """Echoes, and counts."""

    def __init__(self, log: Log, **options: Any) -> None:
        """Prepare to listen at any port of the loopback interface."""
        super().__init__(("127.0.0.1", 0), **options)
        self.log = log
        self.stopping = asyncio.Event()
        self.opened = self.closed = self.messages = self.slow = 0

    def onopen(self, client: wspy.Client) -> None:
        """Count; see that it does not take long for one that reads slowly to be noticed."""
        self.opened += 1
        if client.location == SLOW:
            sock = client.transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SLOW_BUFFER)

    def onmessage(self, client: wspy.Client, message: wspy.Message) -> None:
        """Echo, or do as asked."""
        if client.location == CONTROL:
            self.obey(client, message.payload)
        elif message.payload == CLOSE_ME:
            client.close(CLOSE_CODE)
        else:
            self.messages += 1
            client.send(message)

    def onclose(self, client: wspy.Client, code: int, reason: str) -> None:
        """Count."""
        self.closed += 1

    def drained(self, client: wspy.Client) -> None:
        """Count the times that a client was slow."""
        self.slow += 1
        super().drained(client)

    def obey(self, client: wspy.Client, command: str) -> None:
        """Answer the one who measures."""
        if command == "stop":
            self.stopping.set()
        else:
            client.send(wspy.JSONMessage(self.figures(collect=command == "collect")))

    def figures(self, *, collect: bool) -> dict[str, Any]:
        """Return what there is of everything; what the platform does not tell is `None`."""
        if collect:
            for _ in range(3):
                gc.collect()
        trim()
        return {
            "clients": len(self.clients),
            "opened": self.opened,
            "closed": self.closed,
            "messages": self.messages,
            "slow": self.slow,
            "objects": len(gc.get_objects()) if collect else None,
            "blocks": sys.getallocatedblocks() if collect else None,
            "memory": resident(),
            "descriptors": descriptors(),
            "log": self.log.records,
        }


def trim() -> None:
    """Have the allocator give back what is free: glibc keeps the most that was ever in use."""
    if sys.platform == "linux":
        with suppress(AttributeError):  # of another libc
            ctypes.CDLL(None).malloc_trim(0)


def resident() -> int | None:
    """Return the bytes of this process that are in memory."""
    status = Path("/proc/self/statm")
    if not status.exists():
        return None
    return int(status.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descriptors() -> int | None:
    """Return how many file descriptors are open."""
    for folder in ("/proc/self/fd", "/dev/fd"):
        if Path(folder).is_dir():
            return len(list(Path(folder).iterdir())) - 1  # without that of the listing
    return None


async def serve(connections: int) -> None:
    """Serve until told to stop; print the port."""
    log = Log()
    logging.getLogger().addHandler(log)
    sys.unraisablehook = lambda raised: logging.getLogger("wspy").error("unraisable: %r", raised.exc_value)
    server = Echo(
        log,
        extensions=[wspy.DeflateMessage()],
        # Those that end are replaced while the server waits for their end of the stream.
        max_connections=3 * connections + 100,
        max_message_size=MAX_MESSAGE_SIZE,
        handshake_timeout=PATIENCE,
        ping_interval=PATIENCE,
        ping_timeout=4 * PATIENCE,
    )
    async with server:
        print(server.address[1], flush=True)
        await server.stopping.wait()
    print(json.dumps(server.figures(collect=True)), flush=True)


def main() -> None:
    """Serve on the fastest event loop there is."""
    connections = int(sys.argv[1])
    loop.run(serve(connections))


if __name__ == "__main__":
    main()
