"""Upstream's example programs and its benchmark, unmodified, as processes that import this package."""

from __future__ import annotations

import dataclasses
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from examples import echo_server
from examples.client import Client
from tests.oracle import STANDS_IN, ours
from tests.servers.loop import LoopThread
from tests.upstream.fetch import Release, fetch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Seconds that any step of a conversation may take.
LIMIT = 20.0

#: The benchmark is run as it is; should it take longer than this, that is a failure.
BENCH_LIMIT = 60.0

SAID_BY_THE_CLIENT = [
    "WebSocket negotiation complete",
    "Sending message: wsproto is great",
    "Sending ping: b'table tennis'",
    "Received pong: b'table tennis'",
    "Closing WebSocket",
    "Received 0 bytes (connection closed)",
]


def command(program: str, *arguments: str) -> list[str]:
    """Return the command that runs one of upstream's programs on the package that is tested."""
    path = str(fetch(Release.SDIST) / program)
    if not STANDS_IN:
        return [sys.executable, "-I", "-u", path, *arguments]
    script = (
        "import runpy, sys; sys.path.insert(0, sys.argv[1]); del sys.argv[:2]; "
        "runpy.run_path(sys.argv[0], None, '__main__')"
    )
    return [sys.executable, "-I", "-u", "-c", script, str(fetch(Release.WHEEL)), path, *arguments]


@contextmanager
def their_server() -> Iterator[tuple[int, Callable[[str], str]]]:
    """Run upstream's server; give its port, and a function that waits for a line of its output."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    if sys.platform == "win32":
        pytest.skip("the server ends by SIGINT, which no process can be sent on this platform")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # As it is for what a shell runs in the background, and for what that runs: the server would not end.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        command("example/synchronous_server.py", "127.0.0.1", str(port)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines: queue.Queue[str] = queue.Queue()
    output = process.stdout
    assert output is not None

    def read() -> None:
        for line in output:
            lines.put(line.rstrip("\n"))

    reader = threading.Thread(target=read, daemon=True)
    reader.start()

    def wait_for(start: str) -> str:
        end = time.monotonic() + LIMIT
        while True:
            line = lines.get(timeout=max(0.0, end - time.monotonic()))
            if line.startswith(start):
                return line

    try:
        wait_for("Waiting for connection")
        yield port, wait_for
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(LIMIT)
        reader.join(LIMIT)
        output.close()
    assert process.returncode == 0


def their_client(port: int) -> list[str]:
    """Run upstream's client, and return what it said."""
    done = subprocess.run(
        command("example/synchronous_client.py", "127.0.0.1", str(port)),
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def in_order(expected: list[str], said: list[str]) -> bool:
    """Return whether the lines were said in this order, whatever was said between them."""
    remaining = iter(said)
    return all(line in remaining for line in expected)


def test_their_client_and_their_server(summary: Callable[[str], None]) -> None:
    """The two example programs hold their conversation."""
    with their_server() as (port, wait_for):
        said = their_client(port)
        wait_for("Accepting WebSocket upgrade")
        wait_for("Connection closed: code=1000 reason=sample reason")
    assert in_order(
        [*SAID_BY_THE_CLIENT[:2], "Received message: taerg si otorpsw", *SAID_BY_THE_CLIENT[2:]], said
    )
    summary("upstream's example programs: held their conversation, with each other and with ours")


def test_our_client_and_their_server() -> None:
    """Our example client talks to theirs' peer, which returns text backwards."""
    with their_server() as (port, wait_for):
        with Client("127.0.0.1", port, target="/") as client:
            client.send(ours().events.TextMessage("stressed"))
            assert client.receive_message() == "desserts"
            client.ping(b"from ours")
            assert client.close(1000, "done").code == 1000
        wait_for("Connection closed: code=1000 reason=done")


def test_their_client_and_our_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their client talks to our echo server, which is told to serve the target that it asks for too."""
    answer = echo_server.EchoConnection.answer

    def serve_any_target(self: Any, request: Any) -> bytes:
        assert request.target == "server"
        return answer(self, dataclasses.replace(request, target="/"))

    monkeypatch.setattr(echo_server.EchoConnection, "answer", serve_any_target)
    loop = LoopThread()
    try:
        server = loop.run(echo_server.serve())
        said = their_client(server.port)
        loop.run(server.close())
    finally:
        loop.close()
    assert in_order(
        [*SAID_BY_THE_CLIENT[:2], "Received message: wsproto is great", *SAID_BY_THE_CLIENT[2:]], said
    )


def test_their_benchmark(summary: Callable[[str], None]) -> None:
    """It runs, unmodified, and prints its time; only upstream, were it in our place, gets fewer rounds."""
    arguments = command("bench/connection.py")
    if STANDS_IN:
        source = (fetch(Release.SDIST) / "bench/connection.py").read_text(encoding="utf-8")
        shorter = source.replace("iterations = 5000", "iterations = 50")
        assert shorter != source
        path = f"import sys; sys.path.insert(0, {str(fetch(Release.WHEEL))!r})\n"
        arguments = [
            sys.executable,
            "-I",
            "-c",
            shorter.replace("import random\n", f"{path}import random\n", 1),
        ]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=BENCH_LIMIT, check=False)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"\d+\.\d{4}s\n", done.stdout)
    summary(f"upstream's benchmark (bench/connection.py): {done.stdout.strip()}")
