"""Every program of the page that describes wspy, as a process, over real sockets."""

from __future__ import annotations

import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

import wspy
from tests.servers.ours import LIMIT
from tests.servers.programs.node import node
from tests.wspy import page
from tests.wspy.peers import listening
from tests.wspy.programs import PORT, started
from wspy.websocket import CLOSE_TIMEOUT

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor
    from contextlib import ExitStack


#: The servers that echo; the log, which the page does not show, would come between what they print.
SERVERS = [page.ASYNC_SERVER.replace("DEBUG", "WARNING"), page.THREADED_SERVER]


def test_the_server_of_frames() -> None:
    with started(page.FRAMES_SERVER + "print(frame.text())") as program, program.connect() as client:
        assert client.recv() == wspy.Frame(wspy.OPCODE_TEXT, "Hello, Client!")
        client.send(wspy.Frame(wspy.OPCODE_TEXT, "Hello, Server!"))
        assert program.finish() == "Hello, Server!\n"


def test_the_client_of_frames(threads: ThreadPoolExecutor, stack: ExitStack) -> None:
    listener, (_, port) = listening(stack)
    accepting = threads.submit(listener.accept)
    program = stack.enter_context(started(page.FRAMES_CLIENT, port))
    server, _ = accepting.result(LIMIT)
    stack.enter_context(server)
    assert server.location == "/my/path"
    assert server.recv() == wspy.Frame(wspy.OPCODE_TEXT, "Hello, Server!")
    assert program.finish() == ""


def test_the_connection_that_echoes() -> None:
    with started(page.CONNECTION) as program:
        for _ in range(2):
            sock = program.connect()
            host, port = sock.getsockname()
            with wspy.Connection(sock) as client:
                client.send(wspy.TextMessage("Hello, World!"))
                assert client.recv() == wspy.TextMessage("Hello, World!")
            assert program.line() == f"Connection opened at {host}:{port}"
            assert program.line() == 'Received message "Hello, World!"'
            assert program.line() == "Connection closed"


@pytest.mark.parametrize("source", SERVERS)
def test_the_servers_that_echo(source: str) -> None:
    with started(source) as program:
        with wspy.Connection(program.connect()) as client:
            client.send(wspy.TextMessage("Hello, World!"))
            assert client.recv() == wspy.TextMessage("Hello, World!")
        assert program.line().endswith(" connected")
        assert program.line() == 'Received message "Hello, World!"'
        assert program.line().endswith(" disconnected")


@pytest.mark.parametrize("source", SERVERS)
def test_the_servers_stop_at_ctrl_c(source: str) -> None:
    with started(source) as program:
        client = wspy.Connection(program.connect())
        assert program.line().endswith(" connected")
        stopped = time.monotonic()
        program.process.send_signal(signal.SIGINT)
        with pytest.raises(wspy.ConnectionClosed) as caught:
            client.recv()
        assert caught.value.code == wspy.CLOSE_GOING_AWAY
        assert program.finish().endswith(" disconnected\n")
        assert time.monotonic() - stopped < CLOSE_TIMEOUT, "it has waited for a client that has answered"


@pytest.mark.parametrize(
    "extension",
    [wspy.DeflateMessage(), wspy.DeflateFrame(), wspy.DeflateFrame(name="x-webkit-deflate-frame")],
)
def test_the_asynchronous_server_has_both_extensions(
    extension: wspy.DeflateMessage | wspy.DeflateFrame,
) -> None:
    with started(page.ASYNC_SERVER) as program, program.connect(extensions=[extension]) as sock:
        (used,) = sock.extensions
        assert used.name == extension.name
        client = wspy.Connection(sock)
        for _ in range(2):
            client.send(wspy.TextMessage("again and again " * 100))
            assert client.recv() == wspy.TextMessage("again and again " * 100)


def test_the_asynchronous_server_logs_what_happens() -> None:
    with started(page.ASYNC_SERVER) as program, program.connect() as sock:
        wspy.Connection(sock).ping(b"are you there?")
        while "are you there?" not in (line := program.line()):
            pass
        assert "DEBUG" in line


def test_the_client_of_the_page_in_javascript() -> None:
    """Node's `WebSocket` is that of browsers; the page does not close it."""
    with started(page.ASYNC_SERVER) as program, program.connect():
        script = (
            page.BROWSER.replace(PORT, str(program.port)) + "setTimeout(() => ws.close(4000, 'bye'), 500);"
        )
        done = subprocess.run(
            [node(), "--experimental-websocket", "--no-warnings", "--eval", script],
            capture_output=True,
            encoding="utf-8",
            timeout=LIMIT,
            check=True,
        )
        assert done.stdout == "open\nmessage Hello, World!\nclose 4000 bye\n"
