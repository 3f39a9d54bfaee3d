"""The end of connections, and of the asynchronous server itself."""

from __future__ import annotations

import asyncio
import signal
import socket
import time

import pytest

import wspy
from tests.servers.ours import LIMIT, wait_until
from tests.wspy.peers import raw_client
from tests.wspy.programs import started
from tests.wspy.recording import Echo
from tests.wspy.servers import connected, is_served, only, running, talking

TEXT, BINARY = wspy.TextMessage, wspy.BinaryMessage


def test_a_close_of_the_server_ends_when_the_client_answers() -> None:
    class Closing(Echo):
        def onopen(self, client: wspy.Client) -> None:
            client.close(1001, "bye")

    server = Closing()
    with running(server), connected(server) as client:
        assert client.recv() == wspy.ControlFrame.close(1001, "bye")
        since = time.monotonic()
        client.send(wspy.ControlFrame.close(1001))
        with pytest.raises(wspy.ConnectionClosed):
            client.recv()
        assert time.monotonic() - since < 5
        assert server.calls == [("close", 1001, "bye")]


def test_a_client_that_does_not_answer_a_close_is_disconnected() -> None:
    class Closing(Echo):
        def onopen(self, client: wspy.Client) -> None:
            client.close(1001)

    server = Closing(close_timeout=0.1)
    with running(server), connected(server):
        wait_until(lambda: server.calls == [("close", 1001, "")])
        wait_until(lambda: not server.clients)


def test_stop_closes_connections_with_1001() -> None:
    server = Echo()
    with running(server) as loop, connected(server) as client:
        wait_until(lambda: server.calls == ["open"])
        stopping = asyncio.run_coroutine_threadsafe(server.stop(), loop.loop)
        assert client.recv() == wspy.ControlFrame.close(1001)
        client.send(wspy.ControlFrame.close(1001))
        client.shutdown(socket.SHUT_WR)
        stopping.result(LIMIT)
        assert server.calls == ["open", ("close", 1001, "")]


def test_a_server_stops_with_a_code_that_can_be_sent() -> None:
    server = Echo()
    with running(server) as loop:
        with pytest.raises(ValueError, match="1005"):
            loop.run(server.stop(1005))
        assert is_served(server)


def test_a_server_listens_once() -> None:
    server = Echo()
    with running(server) as loop:
        with pytest.raises(OSError, match="already"):
            loop.run(server.start())
        assert is_served(server)


def test_stop_does_not_wait_for_clients_that_do_not_answer() -> None:
    server = Echo(close_timeout=0.2)
    with running(server) as loop, connected(server), raw_client(server.address):
        wait_until(lambda: len(server._connected) == 2)
        since = time.monotonic()
        loop.run(server.stop())
        assert time.monotonic() - since < 5
        assert not server._connected


def test_stop_cancels_handlers_that_go_on() -> None:
    class Endless(Echo):
        async def onopen(self, client: wspy.Client) -> None:
            try:
                await asyncio.sleep(LIMIT)
            finally:
                self.calls.append("cancelled")

    server = Endless(close_timeout=0.2)
    with running(server) as loop, connected(server):
        only(server)
        loop.run(server.stop())
        assert "cancelled" in server.calls


def test_a_handler_may_stop_the_server() -> None:
    class Stopping(Echo):
        async def onmessage(self, client: wspy.Client, message: wspy.Message) -> None:
            await self.stop()

    server = Stopping()
    with running(server), talking(server) as connection:
        connection.send(TEXT("a"))
        with pytest.raises(wspy.ConnectionClosed) as raised:
            connection.recv()
        assert raised.value.code == 1001


def test_a_server_starts_again() -> None:
    server = Echo()
    for _ in range(2):
        with running(server):
            assert is_served(server)


PROGRAM = """
import asyncio
import wspy

class Server(wspy.AsyncServer):
    def onopen(self, client):
        print(type(self.loop).__module__.partition(".")[0])
        self.loop.create_task(asyncio.sleep(1000))

    def onclose(self, client, code, reason):
        print("closed", code)

Server(("127.0.0.1", 8000)).run()
print("the end")
"""

WITHOUT_UVLOOP = "import sys; sys.modules['uvloop'] = None\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(("before", "loop"), [("", "uvloop"), (WITHOUT_UVLOOP, "asyncio")])
def test_a_signal_stops_a_program_gracefully(number: int, before: str, loop: str) -> None:
    with started(before + PROGRAM, options=["-X", "dev"]) as program:
        connection = wspy.Connection(program.connect())
        program.process.send_signal(number)
        with pytest.raises(wspy.ConnectionClosed) as raised:
            connection.recv()
        assert raised.value.code == 1001
        assert program.finish() == f"{loop}\nclosed 1001\nthe end\n"
