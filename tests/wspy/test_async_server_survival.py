"""What one client of the asynchronous server does is of no consequence for the others, nor for the end."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack
from typing import Any

import wspy
from tests.servers.ours import LIMIT, wait_until
from tests.wspy.peers import REQUEST, raw_client, read_head, read_to_end, status
from tests.wspy.recording import Echo
from tests.wspy.servers import connected, is_served, running, serving

TEXT = wspy.TextMessage


def test_clients_that_leave_when_their_ping_is_due_do_not_end_the_timer() -> None:
    class Busy(Echo):
        def onmessage(self, client: wspy.Client, message: wspy.Message) -> None:
            time.sleep(0.8)

    server = Busy(ping_interval=1.0, handshake_timeout=1.0, close_timeout=1.0)
    with running(server), connected(server) as busy:
        leaving = []
        for _ in range(12):
            sock = wspy.websocket()
            sock.connect(server.address)
            leaving.append(sock)
            time.sleep(0.1)
        busy.send(wspy.Frame(wspy.OPCODE_TEXT, "block the event loop"))
        time.sleep(0.1)
        for sock in leaving:
            sock.close()
        time.sleep(1.0)
        with raw_client(server.address) as silent:
            silent.settimeout(LIMIT)
            assert read_to_end(silent) == b""


def test_a_handler_that_awaits_what_is_cancelled_has_failed() -> None:
    class Cancelling(Echo):
        async def onmessage(self, client: wspy.Client, message: wspy.Message) -> None:
            task = asyncio.ensure_future(asyncio.sleep(LIMIT))
            task.cancel()
            await task

    server = Cancelling()
    with running(server):
        with connected(server) as client:
            client.send(wspy.Frame(wspy.OPCODE_TEXT, "a"))
            assert client.recv() == wspy.ControlFrame.close(1011)
        wait_until(lambda: not server.clients)
        assert ("close", 1011, "") in server.calls


def test_a_handler_that_is_cancelled_by_stop_learns_of_the_end() -> None:
    class Waiting(Echo):
        async def onmessage(self, client: wspy.Client, message: wspy.Message) -> None:
            self.calls.append("waits")
            await asyncio.sleep(LIMIT)

    server = Waiting(close_timeout=0.2)
    with running(server) as loop, connected(server) as client:
        client.send(wspy.Frame(wspy.OPCODE_TEXT, "a"))
        wait_until(lambda: "waits" in server.calls)
        loop.run(server.stop())
        assert ("close", 1001, "") in server.calls


def test_refused_clients_take_no_place() -> None:
    server = Echo(max_connections=1)
    with running(server), ExitStack() as stack:
        with connected(server):
            refused = stack.enter_context(raw_client(server.address))
            assert status(read_head(refused)) == 503
        wait_until(lambda: not server.clients)
        assert is_served(server)


def test_onsent_is_not_called_for_what_it_sends_itself_at_once() -> None:
    class Streaming(Echo):
        def onopen(self, client: wspy.Client) -> None:
            client.data = 0
            client.send(wspy.BinaryMessage(bytes(65_536)))

        def onsent(self, client: wspy.Client, message: wspy.Message) -> None:
            client.data += 1
            self.calls.append(client.data)
            client.send(message)

    server = Streaming(close_timeout=0.2)
    with running(server), raw_client(server.address) as sock:
        sock.sendall(REQUEST)
        wait_until(lambda: any(client.is_slow for client in server.clients))
        time.sleep(0.2)
        (client,) = server.clients
        assert client.transport.get_write_buffer_size() <= 4 * 65_536
        assert client.is_open


def test_close_is_answered_though_messages_wait() -> None:
    took: list[float] = []

    async def handler(connection: wspy.AsyncConnection) -> None:
        await asyncio.sleep(0.2)
        since = time.monotonic()
        await connection.close()
        took.append(time.monotonic() - since)

    server = serving(handler, close_timeout=LIMIT)
    with running(server):
        with connected(server) as client:
            for _ in range(40):
                client.send(wspy.Frame(wspy.OPCODE_TEXT, "a"))
            assert client.recv() == wspy.ControlFrame.close(1000)
            client.send(wspy.ControlFrame.close(1000))
            wait_until(lambda: bool(took))
        assert took[0] < LIMIT / 2


def test_a_handler_beside_coroutines_may_return_anything() -> None:
    class Mixed(Echo):
        def onping(self, client: wspy.Client, payload: bytes) -> Any:
            return len(payload)

        async def onmessage(self, client: wspy.Client, message: wspy.Message) -> None:
            client.send(message)

    server = Mixed()
    with running(server), connected(server) as client:
        client.send(wspy.ControlFrame(wspy.OPCODE_PING, "a"))
        assert client.recv() == wspy.ControlFrame(wspy.OPCODE_PONG, "a")
        assert is_served(server)
        assert [call for call in server.calls if isinstance(call, Exception)] == []


def test_whoever_stops_a_server_that_stops_waits_as_well() -> None:
    server = Echo(close_timeout=0.5)

    async def stop_twice() -> float:
        since = time.monotonic()
        first = asyncio.ensure_future(server.stop())
        await asyncio.sleep(0.05)
        first.cancel()
        await server.stop()
        return time.monotonic() - since

    with running(server) as loop, raw_client(server.address) as sock:
        sock.sendall(REQUEST)
        read_head(sock)
        assert loop.run(stop_twice()) > 0.4
        assert server.clients == []
