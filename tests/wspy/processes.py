"""Programs on `wspy`, as processes of their own."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import wspy
from tests.servers.ours import LIMIT, wait_until
from tests.wspy.programs import ENVIRONMENT

if TYPE_CHECKING:
    from typing_extensions import Self

ROOT = Path(__file__).parents[2]


class Program:
    """A program that runs, with a port of its own in place of the one in its text."""

    def __init__(self, source: str, port: int, replaced: str = "8000") -> None:
        self.port = port
        self.output: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-X", "dev", "-c", source.replace(replaced, str(port))],
            env=ENVIRONMENT,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout:
            self.output.extend(iter(self.process.stdout.readline, ""))

    @property
    def said(self) -> str:
        """What it has written so far."""
        return "".join(self.output)

    def wait_for(self, text: str) -> None:
        """Wait until it has written something."""
        wait_until(lambda: text in self.said or self.process.poll() is not None)
        assert text in self.said, self.said

    def connect(self, location: str = "/") -> wspy.websocket:
        """Connect to it, as soon as it listens."""
        deadline = time.monotonic() + LIMIT
        while True:
            sock = wspy.websocket(location=location)
            try:
                sock.connect(("127.0.0.1", self.port))
            except ConnectionRefusedError:
                sock.close()
                assert time.monotonic() < deadline, self.said
                assert self.process.poll() is None, self.said
                time.sleep(0.02)
            else:
                sock.settimeout(LIMIT)
                return sock

    def end(self, number: int = signal.SIGINT) -> int:
        """Send a signal, wait for the end, and return the exit status."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Wait for the end, and return the exit status."""
        status = self.process.wait(LIMIT)
        self._reader.join(LIMIT)
        return status

    def __enter__(self) -> Self:
        """Leave it running."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it, for certain."""
        self.process.kill()
        self.wait()
