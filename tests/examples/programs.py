"""Starts the examples as processes of their own, and sees that it is this package that they run on."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.servers.ours import LIMIT, TRACED, assert_imported_ours

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


class Server(NamedTuple):
    """A server process that listens."""

    process: subprocess.Popen[str]
    scheme: str
    port: int

    @property
    def uri(self) -> str:
        """Where it listens."""
        return f"{self.scheme}://127.0.0.1:{self.port}/"

    def said(self) -> str:
        """Return the next line that it prints."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")


@contextmanager
def serving(*arguments: str, **environment: str) -> Iterator[Server]:
    """
    Run Python with the arguments and `--port 0` until the end of the block.

    It has imported this package then, and has written nothing else to standard error.
    """
    # A file, since no one reads a pipe while it runs. It is read by name: this handle shares its position
    # with the process.
    with tempfile.NamedTemporaryFile() as stderr:
        process = subprocess.Popen(
            [sys.executable, *arguments, "--port", "0"],
            cwd=ROOT,
            env=TRACED | environment,
            stdout=subprocess.PIPE,
            stderr=stderr,
            encoding="utf-8",
        )
        timer = threading.Timer(10 * LIMIT, process.kill)
        timer.start()
        assert process.stdout is not None
        try:
            listening = re.fullmatch(r"listening on (\w+)://127\.0\.0\.1:(\d+)/\n", process.stdout.readline())
            assert listening is not None, Path(stderr.name).read_text(encoding="utf-8")
            yield Server(process, listening[1], int(listening[2]))
        finally:
            timer.cancel()
            process.terminate()
            process.wait(LIMIT)
            process.stdout.close()
        written = Path(stderr.name).read_text(encoding="utf-8")
    assert_imported_ours(written)
    aside = imports_aside(written)
    assert aside == "", aside


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the arguments, to its end."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=TRACED | {"PYTHONIOENCODING": "utf-8"} | environment,
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT,
        check=False,
    )
    assert_imported_ours(done.stderr)
    return done


def imports_aside(stderr: str) -> str:
    """Return what a traced process wrote to standard error besides the trace."""
    return "".join(line for line in stderr.splitlines(keepends=True) if not line.startswith("import time:"))
