"""A connection that writes down the calls of its handlers."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import wspy
from tests.servers.ours import LIMIT
from tests.wspy.ends import Ends, ends

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Self


class Recorder(wspy.Connection):
    """Writes down the calls of its handlers, and echoes messages."""

    def __init__(self, sock: wspy.websocket, **options: Any) -> None:
        super().__init__(sock, **options)
        self.calls: list[Any] = []
        self.thread = threading.Thread(target=self.receive_forever)

    def onopen(self) -> None:
        self.calls.append("open")

    def onmessage(self, message: wspy.Message) -> None:
        self.calls.append(message)
        self.send(message)

    def onping(self, payload: bytes) -> None:
        self.calls.append(("ping", payload))

    def onpong(self, payload: bytes) -> None:
        self.calls.append(("pong", payload))

    def onclose(self, code: int, reason: str) -> None:
        self.calls.append(("close", code, reason))

    def onerror(self, error: Exception) -> None:
        self.calls.append(error)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.abort()
        self.thread.join(LIMIT)
        assert not self.thread.is_alive()

    def abort(self) -> None:
        self.sock.abort()


@contextmanager
def recording(server: Any = None, client: Any = None, **options: Any) -> Iterator[tuple[Recorder, Ends]]:
    """Return a connection that runs in a thread, and its two sockets, of which the client's is free."""
    with ends(server, client) as pair, Recorder(pair.server, **options) as recorder:
        yield recorder, pair


def finished(recorder: Recorder) -> list[Any]:
    """Wait for the end of a connection, and return the calls."""
    recorder.thread.join(LIMIT)
    assert not recorder.thread.is_alive()
    return recorder.calls


def send_on(connection: wspy.Connection, message: wspy.Message, times: int) -> None:
    """Send a message again and again."""
    for _ in range(times):
        connection.send(message)
