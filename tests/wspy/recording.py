"""Connections and servers that note the calls of their handlers, and echo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import wspy
from tests.servers.ours import LIMIT

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

    from tests.wspy.peers import Connected


class Recording(wspy.Connection):
    """Notes the calls of its handlers, and echoes."""

    def __init__(self, sock: wspy.websocket, **options: Any) -> None:
        super().__init__(sock, **options)
        self.calls: list[tuple[Any, ...]] = []

    def onopen(self) -> None:
        self.calls.append(("open",))

    def onmessage(self, message: wspy.Message) -> None:
        self.calls.append(("message", message))
        self.send(message)

    def onping(self, payload: bytes) -> None:
        self.calls.append(("ping", payload))

    def onpong(self, payload: bytes) -> None:
        self.calls.append(("pong", payload))

    def onclose(self, code: int, reason: str) -> None:
        self.calls.append(("close", code, reason))

    def onerror(self, error: Exception) -> None:
        self.calls.append(("error", error))


class Serving:
    """A connection of a client, and one of a server that receives for ever."""

    def __init__(
        self,
        threads: ThreadPoolExecutor,
        connected: Connected,
        kind: type[Recording] = Recording,
        **options: Any,
    ) -> None:
        self.client = wspy.Connection(connected.client)
        self.server = kind(connected.server, **options)
        self.ending: Future[None] = threads.submit(self.server.receive_forever)

    def finish(self) -> list[tuple[Any, ...]]:
        """Return the calls of the server's handlers, once it has ended."""
        self.ending.result(LIMIT)
        assert self.server.sock.fileno() == -1
        return self.server.calls


def closed(connection: wspy.Connection) -> tuple[int, str]:
    """Return the code and the reason with which receiving ends."""
    with pytest.raises(wspy.ConnectionClosed) as caught:
        connection.recv()
    return caught.value.code, caught.value.reason


class Noting:
    """The handlers of both servers."""

    calls: list[Any]

    def onopen(self, client: Any) -> Any:
        self.calls.append("open")

    def onmessage(self, client: Any, message: wspy.Message) -> Any:
        self.calls.append(message)
        client.send(message)

    def onping(self, client: Any, payload: bytes) -> Any:
        self.calls.append(("ping", payload))

    def onpong(self, client: Any, payload: bytes) -> Any:
        self.calls.append(("pong", payload))

    def onclose(self, client: Any, code: int, reason: str) -> Any:
        self.calls.append(("close", code, reason))

    def onerror(self, client: Any, error: Exception) -> None:
        self.calls.append(error)


class Echo(Noting, wspy.AsyncServer):
    """An asynchronous server on a free port."""

    def __init__(self, **options: Any) -> None:
        super().__init__(("127.0.0.1", 0), **options)
        self.calls = []


class ThreadedEcho(Noting, wspy.Server):
    """A threaded server on a free port."""

    def __init__(self, **options: Any) -> None:
        super().__init__(("127.0.0.1", 0), **options)
        self.calls = []
