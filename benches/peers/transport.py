"""A transport and an event loop that go nowhere, for the libraries that only speak to asyncio."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable


class Socket:
    """The socket methods that a transport uses."""

    def fileno(self) -> int:
        """Return no descriptor."""
        return -1

    def setsockopt(self, *_: object) -> None:
        """Take the option, and forget it."""

    def getsockopt(self, *_: object) -> int:
        """Return the value of every option."""
        return 1


class Transport(asyncio.Transport):
    """
    A transport that keeps what is written.

    What is written in several pieces is joined, as asyncio does before it sends or encrypts: what every
    contestant has to give is one contiguous frame, as the interface of wsproto does.

    It calls itself encrypted, since with a plain one picows writes to the socket past the transport: that
    would measure the kernel.
    """

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.write = self.pieces.append  # type: ignore[method-assign, assignment]
        self._extra = {"socket": Socket(), "ssl_object": object()}

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        pieces = self.pieces
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        pieces.clear()
        return data

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        """Copy the pieces: their memory is the writer's."""
        self.pieces.append(b"".join(list_of_data))

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return a socket, and something for TLS."""
        return self._extra.get(name, default)

    def get_write_buffer_size(self) -> int:
        """Return how much waits."""
        return 0

    def is_closing(self) -> bool:
        """Never."""
        return False

    def pause_reading(self) -> None:
        """Read nothing anyway."""

    def resume_reading(self) -> None:
        """Read nothing anyway."""


@cache
def loop() -> asyncio.AbstractEventLoop:
    """Return the one event loop; nothing ever waits in it."""
    return asyncio.new_event_loop()


def within(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run what wants a running loop."""
    return loop().run_until_complete(coroutine)


def straight(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine that never has to wait, without a loop."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    msg = "it waits"
    raise RuntimeError(msg)
