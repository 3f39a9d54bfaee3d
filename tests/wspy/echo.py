"""The asynchronous server of the tests."""

from __future__ import annotations

from typing import Any

import wspy
from tests.servers.ours import wait_until
from tests.wspy.ends import talking

TEXT = wspy.TextMessage


class Echo(wspy.AsyncServer):
    """Returns messages, and writes down the calls of its handlers."""

    def __init__(self, **options: Any) -> None:
        super().__init__(("127.0.0.1", 0), **options)
        self.calls: list[Any] = []

    def onopen(self, client: wspy.Client) -> Any:
        self.calls.append("open")

    def onmessage(self, client: wspy.Client, message: wspy.Message) -> Any:
        self.calls.append(message)
        client.send(message)

    def onping(self, client: wspy.Client, payload: bytes) -> Any:
        self.calls.append(("ping", payload))

    def onpong(self, client: wspy.Client, payload: bytes) -> Any:
        self.calls.append(("pong", payload))

    def onclose(self, client: wspy.Client, code: int, reason: str) -> Any:
        self.calls.append(("close", code, reason))

    def onerror(self, client: wspy.Client, error: Exception) -> None:
        self.calls.append(error)


def is_served(server: wspy.AsyncServer, **options: Any) -> bool:
    """Return whether a new client has its message returned."""
    with talking(server, **options) as connection:
        connection.send(TEXT("served"))
        return connection.recv() == TEXT("served")


def only(server: wspy.AsyncServer) -> wspy.Client:
    """Wait for the only client of a server."""
    wait_until(lambda: len(server.clients) == 1)
    return server.clients[0]
