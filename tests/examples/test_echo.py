"""`echo_server.py`, `client.py` and the demonstration, each as a process of its own."""

from __future__ import annotations

import re
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tests.examples.programs import Server, imports_aside, run, serving
from tests.servers.ours import LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[Server]:
    """Return `python examples/echo_server.py --port 0`, with the port that it found."""
    with serving("examples/echo_server.py") as server:
        yield server


@pytest.mark.parametrize("options", [[], ["--compress"]], ids=["plain", "deflate"])
def test_client_and_server_hold_the_conversation(server: Server, options: list[str]) -> None:
    """Both print what happens, and both run on this package."""
    client = run("examples/client.py", "--port", str(server.port), *options)
    assert client.returncode == 0, client.stderr
    lines = client.stdout.splitlines()
    assert lines[0].startswith("  sent     Request(host='127.0.0.1:")
    assert "  received Pong(payload=b'between two of them')" in lines
    assert "  received Pong(payload=b'still there?')" in lines
    assert re.fullmatch(r"8 messages, [0-9,]+ bytes, all as expected", lines[-1])

    if sys.platform == "win32":
        return  # A process is only ever killed there.
    server.process.send_signal(signal.SIGTERM)
    assert [server.said(), server.said(), server.said()] == ["accepted: /", "closed: 1000 that was all", ""]
    assert server.process.wait(LIMIT) == 0


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
