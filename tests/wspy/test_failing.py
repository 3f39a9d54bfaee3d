"""`Connection`: exceptions of handlers, and rules that the peer breaks."""

from __future__ import annotations

import logging
import socket
from typing import TYPE_CHECKING, Any

import pytest

import wspy
from tests.connection import wire
from tests.servers.ours import LIMIT
from tests.wspy.peers import raw_pair, read_exactly, read_to_end
from tests.wspy.recording import Recording, Serving, closed

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor
    from contextlib import ExitStack

    from tests.wspy.peers import Connected

TEXT = wspy.TextMessage("Grüße")
BINARY = wspy.BinaryMessage(bytes(range(256)) * 500)


@pytest.mark.parametrize("handler", ["onopen", "onmessage", "onping", "onpong"])
def test_an_exception_of_a_handler_ends_its_connection(serve: Callable[..., Serving], handler: str) -> None:
    problem = RuntimeError("broken")

    def fail(*_: object) -> None:
        raise problem

    serving = serve(type("Failing", (Recording,), {handler: fail}))
    if handler != "onopen":
        serving.client.ping()
        serving.client.pong()
        serving.client.send(TEXT)
    assert closed(serving.client)[0] == wspy.CLOSE_INTERNAL_ERROR
    calls = serving.finish()
    assert calls[-2:] == [("error", problem), ("close", 1011, "")]


@pytest.mark.parametrize(
    "problem", [ConnectionResetError("elsewhere"), wspy.ConnectionClosed(1000), OSError("disk")]
)
def test_an_exception_that_is_of_something_else_is_an_error_too(
    serve: Callable[..., Serving], problem: Exception
) -> None:
    """Such as of the handler's connection to a database: its own connection is in order."""

    def fail(*_: object) -> None:
        raise problem

    serving = serve(type("Failing", (Recording,), {"onmessage": fail}))
    serving.client.send(TEXT)
    assert closed(serving.client)[0] == wspy.CLOSE_INTERNAL_ERROR
    assert serving.finish() == [("open",), ("error", problem), ("close", 1011, "")]


def test_an_exception_of_onclose_is_an_error_too(serve: Callable[..., Serving]) -> None:
    problem = RuntimeError("broken")

    def fail(*_: object) -> None:
        raise problem

    serving = serve(type("Failing", (Recording,), {"onclose": fail}))
    serving.client.close()
    assert serving.finish() == [("open",), ("error", problem)]


def test_errors_are_logged_unless_handled(
    serve: Callable[..., Serving], caplog: pytest.LogCaptureFixture
) -> None:
    class Failing(Recording):
        onerror = wspy.Connection.onerror

        def onmessage(self, message: wspy.Message) -> None:
            raise RuntimeError(message.payload)

    serving = serve(Failing)
    with caplog.at_level(logging.ERROR, "wspy"):
        serving.client.send(wspy.TextMessage("broken"))
        closed(serving.client)
        serving.finish()
    (record,) = caplog.records
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == "broken"


def test_an_exception_of_onerror_leaves_nothing_open(serve: Callable[..., Serving]) -> None:
    class Failing(Recording):
        def onmessage(self, message: wspy.Message) -> None:
            raise RuntimeError(message.payload)

        def onerror(self, error: Exception) -> None:
            raise error

    serving = serve(Failing)
    serving.client.send(wspy.TextMessage("broken"))
    assert closed(serving.client)[0] == wspy.CLOSE_INTERNAL_ERROR
    with pytest.raises(RuntimeError, match="broken"):
        serving.ending.result(LIMIT)
    assert serving.server.sock.fileno() == -1
    assert serving.server.calls[-1] == ("close", 1011, "")


@pytest.mark.parametrize("data", [b"\x81\x00", wire.frame(0x81, b"\xff"), wire.frame(0x80, b"")])
def test_a_broken_rule_closes_the_connection(
    threads: ThreadPoolExecutor, stack: ExitStack, data: bytes
) -> None:
    raw, far = raw_pair(threads, stack)
    server = Recording(far)
    ending = threads.submit(server.receive_forever)
    raw.sendall(data)
    header = read_exactly(raw, 2)
    code = int.from_bytes(read_exactly(raw, header[1])[:2], "big")
    raw.shutdown(socket.SHUT_WR)
    assert read_to_end(raw) == b""
    ending.result(LIMIT)
    assert header[0] == 0x88
    assert [call[:2] for call in server.calls] == [("open",), ("close", code)]
    assert code in {1002, 1007}


def test_a_message_beyond_the_limit_is_1009(
    threads: ThreadPoolExecutor, connect: Callable[..., Connected]
) -> None:
    near, far = connect(server={"max_message_size": 1000})
    client, server = wspy.Connection(near), Recording(far)
    ending = threads.submit(server.receive_forever)
    client.send(wspy.BinaryMessage(bytes(1000)))
    client.send(wspy.BinaryMessage(bytes(1001)), 400)
    assert client.recv() == wspy.BinaryMessage(bytes(1000))
    assert closed(client)[0] == 1009
    ending.result(LIMIT)
    assert [call[:2] for call in server.calls[2:]] == [("close", 1009)]


@pytest.mark.parametrize("extension", [wspy.DeflateMessage, wspy.DeflateFrame])
def test_a_small_message_that_inflates_beyond_the_limit_is_1009(
    threads: ThreadPoolExecutor, connect: Callable[..., Connected], extension: type[Any]
) -> None:
    near, far = connect(
        client={"extensions": [extension()]},
        server={"extensions": [extension()], "max_message_size": 100_000},
    )
    client, server = wspy.Connection(near), Recording(far)
    ending = threads.submit(server.receive_forever)
    client.send(wspy.BinaryMessage(bytes(10_000_000)))
    assert closed(client)[0] == 1009
    ending.result(LIMIT)
    assert [call[:2] for call in server.calls] == [("open",), ("close", 1009)]
