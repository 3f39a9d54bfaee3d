"""Runs programs in processes of their own, on the packages that this process has imported."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import wsproto
import wspy
from tests.servers.ours import LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Where this process has found both packages, so that another one finds the same.
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": os.pathsep.join(str(Path(module.__file__ or "").parents[1]) for module in (wsproto, wspy)),
    "PYTHONUNBUFFERED": "1",
}

#: The port that the programs of the page name.
PORT = "8000"


class Program(NamedTuple):
    """A process, and the port that it was given."""

    process: subprocess.Popen[str]
    port: int

    def connect(self, sock: wspy.websocket) -> None:
        """Connect to the port, once the program listens at it."""
        deadline = time.monotonic() + LIMIT
        while True:
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", self.port)) == 0:
                    break
            assert time.monotonic() < deadline, "nobody listens"
            assert self.process.poll() is None, self.process.stdout and self.process.stdout.read()
            time.sleep(0.02)
        sock.connect(("127.0.0.1", self.port))

    def line(self) -> str:
        """Return the next line that the program prints."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")

    def finish(self) -> str:
        """Return what else the program prints, after it has ended by itself and without an error."""
        printed, _ = self.process.communicate(timeout=LIMIT)
        assert self.process.returncode == 0, printed
        return printed


@contextmanager
def running(source: str, port: int | None = None) -> Iterator[Program]:
    """Run the source of a program until the end of the block; it gets a free port, unless it is told one."""
    if port is None:
        port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", source.replace(PORT, str(port))],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    timer = threading.Timer(LIMIT, process.kill)
    timer.start()
    try:
        yield Program(process, port)
    finally:
        timer.cancel()
        process.kill()
        process.communicate()


def free_port() -> int:
    """Return the number of a port that is free."""
    with socket.create_server(("", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
