"""Connections over blocking sockets whose peer sends more than it reads, or than anybody takes."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import wspy
from tests.servers.ours import LIMIT, wait_until
from tests.wspy.recording import Recording
from wsproto.events import Pong

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

    near, far = connect()
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


def test_only_the_latest_pong_waits_for_another_thread_that_sends(
    threads: ThreadPoolExecutor, connect: Callable[..., Connected]
) -> None:
    near, far = connect(client={"max_message_size": None})
    server = Recording(far)
    receiving = threads.submit(server.receive_forever)
    large = wspy.BinaryMessage(bytes(20_000_000))
    sending = threads.submit(server.send, large)
    wait_until(lambda: server._stream.stuck_since is not None)
    for number in range(1000):
        near.send(wspy.ControlFrame(wspy.OPCODE_PING, str(number)))
    wait_until(lambda: ("ping", b"999") in server.calls)
    assert not sending.done()
    assert len(server._session._output) == 1
    assert near.recv().payload == large.payload
    assert near.recv() == wspy.ControlFrame(wspy.OPCODE_PONG, b"999")
    near.send(wspy.ControlFrame.close(1000))
    near.shutdown(socket.SHUT_WR)
    receiving.result(LIMIT)


def test_pongs_between_messages_stay_in_order(connect: Callable[..., Connected]) -> None:
    """Only one that nothing else has followed is replaced."""
    near, far = connect()
    session = wspy.Connection(far)._session
    session.reply(Pong(b"1"))
    session.reply(Pong(b"2"))
    session.send(wspy.TextMessage("a"))
    session.reply(Pong(b"3"))
    session.pong(b"unasked")
    session.reply(Pong(b"4"))
    far.stream.send(session.output(), LIMIT)
    assert [near.recv().payload for _ in range(5)] == [b"2", b"a", b"3", b"unasked", b"4"]
