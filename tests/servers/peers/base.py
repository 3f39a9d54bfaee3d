"""What a client has to do for the tests, whatever it is made of."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol, TypeVar

import anyio
from anyio.lowlevel import checkpoint

from tests.servers.ours import LIMIT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

T = TypeVar("T")

MAX_SIZE = 2**21
"""Above the 1 MiB of some defaults, which count a frame as compressed, when it may have grown a little."""

Sendable = str | bytes | list[str]
"""What can be sent: a list goes out as one message in as many fragments."""

Ending = tuple[int | None, str | None]
"""The code and the reason that a connection ended with, as far as a client is told."""


class RefusedError(Exception):
    """The server refused the upgrade; `None` is what the client cannot tell."""

    def __init__(self, status: int | None, body: str | None) -> None:
        """Keep what is known."""
        super().__init__(status, body)
        self.status = status
        self.body = body


class Peer(Protocol):
    """
    A connected client.

    What a client has no means to do raises `NotImplementedError`; `abilities.py` lists that, and why.
    """

    extensions: list[str]
    subprotocol: str | None

    def send(self, message: Sendable) -> None:
        """Send one message."""

    def recv(self) -> str | bytes:
        """Receive one message."""

    def flood(self, messages: list[str]) -> list[str | bytes]:
        """Send all of the messages while receiving as many."""

    def ping(self, payload: bytes) -> None:
        """Send a ping and wait for the pong that answers it."""

    def close(self, code: int = 1000, reason: str = "") -> Ending:
        """Go through the closing handshake; return the server's code and reason."""

    def closed(self) -> Ending:
        """Wait until the server has closed; return its code and reason."""

    def abort(self) -> None:
        """Vanish without a closing handshake."""

    def finish(self) -> None:
        """Let go of the connection, in whatever state it is."""


class Modest:
    """What a client does that has no more than `send` and `recv`: the rest it cannot, or makes of these."""

    def send(self, message: Sendable) -> None:
        raise NotImplementedError

    def recv(self) -> str | bytes:
        raise NotImplementedError

    def flood(self, messages: list[str]) -> list[str | bytes]:
        def send_all() -> None:
            for message in messages:
                self.send(message)

        sender = threading.Thread(target=send_all)
        sender.start()
        received = [self.recv() for _ in messages]
        sender.join(LIMIT)
        return received

    def ping(self, payload: bytes) -> None:
        raise NotImplementedError

    def abort(self) -> None:
        raise NotImplementedError


async def exchange(
    send: Callable[[str], Awaitable[None]], receive: Callable[[], Awaitable[T]], messages: list[str]
) -> list[T]:
    """Send all of the messages while receiving as many, in whichever event loop this runs."""

    async def send_all() -> None:
        for message in messages:
            await send(message)
            await checkpoint()  # some never give way by themselves

    async with anyio.create_task_group() as group:
        group.start_soon(send_all)
        received = [await receive() for _ in messages]
    return received  # noqa: RET504 (mypy: the group may swallow what is raised in it)


if TYPE_CHECKING:
    Connect = Callable[[str, Sequence[str]], Peer]
    """Connects to a URI, offering the subprotocols; raises `RefusedError`."""
