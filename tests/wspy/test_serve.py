"""The server whose handler is a coroutine that has a connection to itself."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import pytest
import websockets.asyncio.client

import wspy
from tests.connection import wire
from tests.servers.ours import LIMIT, wait_until
from tests.wspy.peers import REQUEST, raw_client, read_head, status
from tests.wspy.servers import connected, port_of, running, serving, talking

if TYPE_CHECKING:
    from tests.wspy.conftest import Contexts

TEXT, BINARY = wspy.TextMessage, wspy.BinaryMessage


async def echo(connection: wspy.AsyncConnection) -> None:
    async for message in connection:
        await connection.send(message)


def test_messages_are_returned() -> None:
    server = serving(echo)
    with running(server), talking(server) as connection:
        for text in ("a", "b"):
            connection.send(TEXT(text))
            assert connection.recv() == TEXT(text)


def test_async_with_serves() -> None:
    async def main() -> None:
        async with serving(echo, extensions=[wspy.DeflateMessage()]) as server:
            uri = f"ws://127.0.0.1:{port_of(server)}"
            async with websockets.asyncio.client.connect(uri, proxy=None) as client:
                await client.send("a")
                assert await client.recv() == "a"

    asyncio.run(main())


def test_a_connection_knows_what_was_agreed_on() -> None:
    seen: list[Any] = []

    async def handler(connection: wspy.AsyncConnection) -> None:
        seen.extend([str(connection), connection.address, connection.location, connection.protocol])
        seen.extend([connection.user, connection.close_code, connection.is_slow, connection.data])

    server = serving(handler, protocols=["a"])
    with running(server), talking(server, location="/b", protocols=["a"]) as connection:
        host, port = connection.sock.getsockname()
        wait_until(lambda: len(seen) == 8)
        assert seen == [f"{host}:{port}", (host, port), "/b", "a", None, None, False, None]


def test_the_return_of_the_handler_is_1000() -> None:
    async def handler(connection: wspy.AsyncConnection) -> None:
        await connection.send(TEXT("a"))

    server = serving(handler)
    with running(server), connected(server) as client:
        assert client.recv().text() == "a"
        assert client.recv() == wspy.ControlFrame.close(1000)


def test_an_exception_of_the_handler_is_1011(caplog: pytest.LogCaptureFixture) -> None:
    async def handler(connection: wspy.AsyncConnection) -> None:
        raise LookupError("what happened")

    server = serving(handler)
    with running(server), connected(server) as client:
        assert client.recv() == wspy.ControlFrame.close(1011)
    assert "what happened" in caplog.text


def test_the_end_of_the_connection_is_no_error_of_the_handler(caplog: pytest.LogCaptureFixture) -> None:
    ended: list[int] = []

    async def handler(connection: wspy.AsyncConnection) -> None:
        try:
            while True:
                await connection.send(await connection.recv())
        finally:
            assert connection.close_code is not None
            ended.append(connection.close_code)

    server = serving(handler)
    with running(server):
        with talking(server) as connection:
            connection.close(1001)
        with connected(server):
            pass
        wait_until(lambda: ended == [1001, 1006])
    assert "raised" not in caplog.text


def test_the_end_of_another_connection_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    async def handler(connection: wspy.AsyncConnection) -> None:
        raise wspy.ConnectionClosed(1001)

    server = serving(handler)
    with running(server), connected(server) as client:
        assert client.recv() == wspy.ControlFrame.close(1011)
    assert "a handler has raised" in caplog.text


def test_messages_before_the_end_are_all_received() -> None:
    received: list[wspy.Message] = []

    async def handler(connection: wspy.AsyncConnection) -> None:
        await asyncio.sleep(0.1)
        received.extend([message async for message in connection])
        received.append(TEXT("end"))

    server = serving(handler)
    with running(server):
        with connected(server) as client:
            client.stream.send(wire.frame(wire.TEXT, b"a") * 5 + wire.frame(wire.CLOSE, b"\x03\xe8"), LIMIT)
            assert client.recv() == wspy.ControlFrame.close(1000)
        wait_until(lambda: received == [TEXT("a")] * 5 + [TEXT("end")])


def test_one_task_receives() -> None:
    async def handler(connection: wspy.AsyncConnection) -> None:
        first = asyncio.ensure_future(connection.recv())
        await asyncio.sleep(0)
        try:
            await connection.recv()
        except RuntimeError as error:
            await connection.send(TEXT(str(error)))
        await connection.send(await first)

    server = serving(handler)
    with running(server), talking(server) as connection:
        assert connection.recv() == TEXT("another task receives")
        connection.send(TEXT("a"))
        assert connection.recv() == TEXT("a")


def test_a_recv_that_is_cancelled_loses_nothing() -> None:
    async def handler(connection: wspy.AsyncConnection) -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(connection.recv(), 0.05)
        await connection.send(TEXT("now"))
        await connection.send(await connection.recv())

    server = serving(handler)
    with running(server), talking(server) as connection:
        assert connection.recv() == TEXT("now")
        connection.send(TEXT("a"))
        assert connection.recv() == TEXT("a")


def test_what_is_sent_together_is_fragmented_and_typed() -> None:
    async def handler(connection: wspy.AsyncConnection) -> None:
        await connection.send(TEXT("abc"), 2)
        with pytest.raises(TypeError):
            await connection.send("a")  # type: ignore[arg-type]

    server = serving(handler)
    with running(server), connected(server) as client:
        assert client.recv() == wspy.Frame(wspy.OPCODE_TEXT, "ab", fin=False)
        assert client.recv() == wspy.Frame(wspy.OPCODE_CONTINUATION, "c")
        assert client.recv() == wspy.ControlFrame.close(1000)


# Pings and closes.


def test_ping_returns_when_the_pong_has_come() -> None:
    async def handler(connection: wspy.AsyncConnection) -> None:
        first, second = await asyncio.gather(connection.ping(), connection.ping("a"))
        assert first > 0
        assert second > 0
        await connection.send(TEXT("both"))

    server = serving(handler)
    with running(server), talking(server) as connection:
        assert connection.recv() == TEXT("both")


def test_pings_with_the_same_payload_are_told_apart_by_nobody() -> None:
    async def handler(connection: wspy.AsyncConnection) -> None:
        first = asyncio.ensure_future(connection.ping("a"))
        await asyncio.sleep(0)
        try:
            await connection.ping("a")
        except ValueError:
            await first
            await connection.send(TEXT("refused"))

    server = serving(handler)
    with running(server), talking(server) as connection:
        assert connection.recv() == TEXT("refused")


def test_a_ping_that_waits_learns_of_the_end() -> None:
    raised: list[Exception] = []

    async def handler(connection: wspy.AsyncConnection) -> None:
        try:
            await connection.ping()
        except wspy.ConnectionClosed as error:
            raised.append(error)

    server = serving(handler)
    with running(server):
        with connected(server) as client:
            assert client.recv().opcode == wspy.OPCODE_PING
        wait_until(lambda: len(raised) == 1)


def test_close_waits_for_the_answer() -> None:
    codes: list[int | None] = []

    async def handler(connection: wspy.AsyncConnection) -> None:
        await connection.close(1001, "bye")
        codes.append(connection.close_code)
        assert connection.close_reason == "bye"

    server = serving(handler)
    with running(server), connected(server) as client:
        assert client.recv() == wspy.ControlFrame.close(1001, "bye")
        assert codes == []
        client.send(wspy.ControlFrame.close(1001))
        wait_until(lambda: codes == [1001])


def test_close_waits_no_longer_than_its_limit() -> None:
    codes: list[int | None] = []

    async def handler(connection: wspy.AsyncConnection) -> None:
        await connection.close(1001)
        codes.append(connection.close_code)

    server = serving(handler, close_timeout=0.1)
    with running(server), connected(server):
        wait_until(lambda: codes == [1001])


def test_after_the_end_nothing_is_sent() -> None:
    raised: list[str] = []

    async def handler(connection: wspy.AsyncConnection) -> None:
        await connection.close(1001)
        for call in (lambda: connection.send(TEXT("a")), connection.ping, connection.recv):
            with pytest.raises(wspy.ConnectionClosed) as error:
                await call()
            raised.append(str(error.value))

    server = serving(handler)
    with running(server):
        with talking(server) as connection, pytest.raises(wspy.ConnectionClosed):
            connection.recv()
        wait_until(lambda: raised == ["the connection is closed (1001)"] * 3)


# Its end.


def test_stop_lets_handlers_end_by_themselves() -> None:
    ended: list[str] = []

    async def handler(connection: wspy.AsyncConnection) -> None:
        async for _ in connection:
            pass
        await asyncio.sleep(0.1)
        ended.append("by itself")

    server = serving(handler)
    with running(server) as loop, connected(server) as client:
        wait_until(lambda: len(server.clients) == 1)
        stopping = asyncio.run_coroutine_threadsafe(server.stop(), loop.loop)
        assert client.recv() == wspy.ControlFrame.close(1001)
        client.send(wspy.ControlFrame.close(1001))
        client.close()
        stopping.result(LIMIT)
        assert ended == ["by itself"]


def test_stop_cancels_handlers_that_go_on() -> None:
    ended: list[BaseException] = []

    async def handler(connection: wspy.AsyncConnection) -> None:
        try:
            await asyncio.sleep(LIMIT)
        except BaseException as error:
            ended.append(error)
            raise

    server = serving(handler, close_timeout=0.1)
    with running(server) as loop, connected(server):
        wait_until(lambda: len(server.clients) == 1)
        loop.run(server.stop())
        assert isinstance(ended[0], asyncio.CancelledError)


def test_messages_are_returned_through_tls(tls: Contexts) -> None:
    server = serving(echo, ssl=tls.server)
    with running(server), talking(server, ssl=tls.client) as connection:
        connection.send(BINARY(bytes(5_000_000)))
        assert connection.recv() == BINARY(bytes(5_000_000))


def test_all_interfaces_are_listened_at_with_one_port() -> None:
    async def echo(connection: wspy.AsyncConnection) -> None:
        async for message in connection:
            await connection.send(message)

    server = wspy.serve(echo)
    with running(server):
        for host in ("127.0.0.1", "::1") if socket.has_dualstack_ipv6() else ("127.0.0.1",):
            with raw_client((host, port_of(server))) as sock:
                sock.sendall(REQUEST)
                assert status(read_head(sock)) == 101


def test_a_handler_that_awaits_something_cancelled_has_failed() -> None:
    async def handler(_connection: wspy.AsyncConnection) -> None:
        awaited = asyncio.ensure_future(asyncio.sleep(LIMIT))
        awaited.cancel()
        await awaited

    server = serving(handler)
    errors: list[Exception] = []
    server.onerror = lambda client, error: errors.append(error)  # type: ignore[method-assign] # noqa: ARG005
    with running(server), connected(server) as client:
        assert client.recv() == wspy.ControlFrame.close(1011)
        client.send(wspy.ControlFrame.close(1011))
        assert [str(error) for error in errors] == ["what a handler awaited was cancelled"]
