"""Connections over blocking sockets whose peer sends more than it reads, or than anybody takes."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import wspy
from tests.wspy.peers import LIMIT
from tests.wspy.recording import Recording

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor

    from tests.wspy.peers import Connected


def test_no_message_is_kept_after_a_handler_has_closed(
    threads: ThreadPoolExecutor, connect: Callable[..., Connected]
) -> None:
    """The other calls are made: of a pong that came before the end, and of the end."""

    class Closing(Recording):
        def onmessage(self, message: wspy.Message) -> None:
            self.calls.append(("message", message))
            self.close()
            self.kept = list(self._received)

    near, far, _ = connect()
    server = Closing(far, close_timeout=LIMIT)
    receiving = threads.submit(server.receive_forever)
    for number in range(100):
        near.send(wspy.Frame(wspy.OPCODE_TEXT, str(number)))
    near.send(wspy.ControlFrame(wspy.OPCODE_PONG, b"unasked"))
    near.send(wspy.ControlFrame.close(1000))
    near.shutdown(socket.SHUT_WR)
    receiving.result(LIMIT)
    assert [each for each in server.kept if isinstance(each, wspy.Message)] == []
    assert server.calls == [
        ("open",),
        ("message", wspy.TextMessage("0")),
        ("pong", b"unasked"),
        ("close", 1000, ""),
    ]
