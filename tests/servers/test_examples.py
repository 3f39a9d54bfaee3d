"""The examples and the demonstration as people start them: processes of their own."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.servers.ours import LIMIT, TRACED, assert_imported_ours

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


class Running(NamedTuple):
    """A server process that listens."""

    process: subprocess.Popen[str]
    port: int


@contextmanager
def bounded(process: subprocess.Popen[str]) -> Iterator[None]:
    """Kill the process if the block takes too long, and in any case after it."""
    timer = threading.Timer(LIMIT, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        process.kill()
        process.communicate()


@pytest.fixture
def running() -> Iterator[Running]:
    """Return `python examples/echo_server.py --port 0`, with the port that it found."""
    process = subprocess.Popen(
        [sys.executable, "examples/echo_server.py", "--port", "0"],
        cwd=ROOT,
        env=TRACED,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    with bounded(process):
        assert process.stdout is not None
        listening = re.fullmatch(r"listening on ws://127\.0\.0\.1:(\d+)/\n", process.stdout.readline())
        assert listening is not None
        yield Running(process, int(listening[1]))


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the arguments, to its end."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=TRACED | {"PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT,
        check=False,
    )


def imports_aside(stderr: str) -> str:
    """Return what a traced process wrote to standard error besides the trace."""
    return "".join(line for line in stderr.splitlines(keepends=True) if not line.startswith("import time:"))


@pytest.mark.parametrize("options", [[], ["--compress"]], ids=["plain", "deflate"])
def test_client_and_server_hold_the_conversation(running: Running, options: list[str]) -> None:
    """Both print what happens, and both run on this package."""
    client = run("examples/client.py", "--port", str(running.port), *options)
    assert client.returncode == 0, client.stderr
    assert_imported_ours(client.stderr)
    lines = client.stdout.splitlines()
    assert lines[0].startswith("  sent     Request(host='127.0.0.1:")
    assert "  received Pong(payload=b'between two of them')" in lines
    assert "  received Pong(payload=b'still there?')" in lines
    assert re.fullmatch(r"8 messages, [0-9,]+ bytes, all as expected", lines[-1])

    running.process.send_signal(signal.SIGTERM)
    report, stderr = running.process.communicate(timeout=LIMIT)
    assert report.splitlines() == ["accepted: /", "closed: 1000 that was all"]
    assert running.process.returncode == 0
    assert imports_aside(stderr) == ""
    assert_imported_ours(stderr)


def test_the_client_fails_when_refused() -> None:
    """A program that found no server does not end with status 0."""
    client = run("examples/client.py", "--host", "127.0.0.1", "--port", "1")
    assert client.returncode == 1
    assert "ConnectionRefusedError" in client.stderr


def test_the_demonstration() -> None:
    """`make demo` is this, after the build."""
    demo = run("-m", "tools.demo")
    assert demo.returncode == 0, demo.stderr
    assert imports_aside(demo.stderr) == ""
    assert_imported_ours(demo.stderr)
    assert "  accepted with ['permessage-deflate']" in demo.stdout.splitlines()
    summary = demo.stdout.splitlines()[-1]
    assert re.fullmatch(r"16 messages, [0-9,]+ bytes, [0-9.]+ s: everything as expected", summary)


def test_the_demonstration_fails_when_an_echo_is_wrong() -> None:
    """A check that cannot fail would show nothing."""
    spoilt = (
        "import asyncio; from examples import echo_server; from tools import demo; "
        "send = echo_server.EchoConnection.echo; "
        "echo_server.EchoConnection.echo = lambda self, event: "
        "send(self, type(event)(event.data[:-1], message_finished=event.message_finished)); "
        "asyncio.run(demo.main())"
    )
    demo = run("-c", spoilt)
    assert demo.returncode != 0
    assert "AssertionError: expected" in demo.stderr
