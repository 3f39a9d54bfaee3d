"""Coroutines whose clients are slow, and that are slow themselves."""

from __future__ import annotations

import asyncio
import time

import pytest

import wspy
from tests.connection import wire
from tests.servers.ours import LIMIT, wait_until
from tests.wspy.servers import connected, flood, running, serving, talking

TEXT, BINARY = wspy.TextMessage, wspy.BinaryMessage


def test_send_waits_while_the_client_is_slow() -> None:
    sent: list[int] = []

    async def handler(connection: wspy.AsyncConnection) -> None:
        for number in range(100):
            await connection.send(BINARY(bytes(1_000_000)))
            sent.append(number)

    server = serving(handler)
    with running(server), talking(server) as connection:
        wait_until(lambda: bool(server.clients) and server.clients[0].is_slow)
        time.sleep(0.2)
        assert len(sent) < 50
        assert server.clients[0].transport.get_write_buffer_size() < 2_000_000
        for _ in range(100):
            connection.recv()
        wait_until(lambda: len(sent) == 100)


def test_small_messages_wait_for_a_slow_client_as_well() -> None:
    sent: list[int] = []

    async def handler(connection: wspy.AsyncConnection) -> None:
        for number in range(1_000_000):
            await connection.send(BINARY(bytes(1000)))
            sent.append(number)

    server = serving(handler, close_timeout=0.1)
    with running(server), connected(server):
        wait_until(lambda: bool(server.clients) and server.clients[0].is_slow)
        time.sleep(0.2)
        assert len(sent) < 50_000


def test_a_sender_that_waits_learns_of_the_end() -> None:
    raised: list[BaseException] = []

    async def handler(connection: wspy.AsyncConnection) -> None:
        try:
            while True:
                await connection.send(BINARY(bytes(1_000_000)))
        except BaseException as error:
            raised.append(error)
            raise

    server = serving(handler)
    with running(server):
        with connected(server):
            wait_until(lambda: bool(server.clients) and server.clients[0].is_slow)
        wait_until(lambda: len(raised) == 1)
        assert isinstance(raised[0], wspy.ConnectionClosed)


def test_a_client_is_not_read_from_while_its_messages_wait() -> None:
    waiting: list[wspy.AsyncConnection] = []
    released = asyncio.Event()

    async def handler(connection: wspy.AsyncConnection) -> None:
        waiting.append(connection)
        await released.wait()
        async for message in connection:
            await connection.send(TEXT(str(len(message.payload))))

    server = serving(handler)
    with running(server) as loop, connected(server) as client:
        flood(client, 0.3)
        assert len(waiting[0]._received) <= 20
        loop.loop.call_soon_threadsafe(released.set)
        assert client.recv().text() == "1000000"


def test_a_handler_that_has_returned_keeps_nothing() -> None:
    async def handler(connection: wspy.AsyncConnection) -> None:
        await connection.recv()

    server = serving(handler)
    with running(server), connected(server) as client:
        client.stream.send(wire.frame(wire.TEXT, b"a") * 100, LIMIT)
        assert client.recv() == wspy.ControlFrame.close(1000)
        client.stream.send(wire.frame(wire.TEXT, b"a") * 100, LIMIT)
        client.send(wspy.ControlFrame.close(1000))
        with pytest.raises(wspy.ConnectionClosed):
            client.recv()
        wait_until(lambda: not server.clients)
