"""Programs on `wspy`, as processes of their own, on the packages that this process has imported."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import wsproto
import wspy
from tests.servers.ours import LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Where this process has found both packages, so that another one finds the same.
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": os.pathsep.join(str(Path(module.__file__ or "").parents[1]) for module in (wsproto, wspy)),
    "PYTHONUNBUFFERED": "1",
}

#: The port that programs name in their text.
PORT = "8000"


class Program(NamedTuple):
    """A process, and the port that it was given."""

    process: subprocess.Popen[str]
    port: int

    def connect(self, **options: Any) -> wspy.websocket:
        """Return a socket with these options that is connected to the program, once it listens."""
        deadline = time.monotonic() + LIMIT
        while True:
            sock = wspy.websocket(**options)
            sock.settimeout(LIMIT)
            try:
                sock.connect(("127.0.0.1", self.port))
            except ConnectionRefusedError:
                sock.close()
                assert time.monotonic() < deadline, "nobody listens"
                assert self.process.poll() is None, self.process.stdout and self.process.stdout.read()
                time.sleep(0.02)
            else:
                return sock

    def line(self) -> str:
        """Return the next line that the program prints."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")

    def finish(self) -> str:
        """Return what else the program prints, after it has ended without an error."""
        printed, _ = self.process.communicate(timeout=LIMIT)
        assert self.process.returncode == 0, printed
        return printed


@contextmanager
def started(source: str, port: int | None = None, options: Sequence[str] = ()) -> Iterator[Program]:
    """Run the source of a program until the end of the block; it gets a free port, unless it is told one."""
    if port is None:
        with socket.create_server(("", 0)) as listener:
            port = listener.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, *options, "-c", source.replace(PORT, str(port))],
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
