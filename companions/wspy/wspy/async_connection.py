"""Connections of an asynchronous server as coroutines use them."""

from __future__ import annotations

import asyncio
from collections import deque
from time import monotonic
from typing import Any

from wsproto.frame_protocol import CloseReason

from .agreement import Agreement
from .client import MAX_WAITING
from .errors import ConnectionClosed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Self

    from .client import Client
    from .handshake import Upgraded
    from .message import Message

#: The bytes of messages after which they are written, without waiting for the handler's next pause.
BURST = 64 * 1024


class AsyncConnection(Agreement):
    """
    A connection of a server made by :func:`serve`: what its handler gets.

    ``async for message in connection`` ends when the connection is closed, by either end.

    :ivar data: for the handler's own use; ``None`` at the beginning.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._loop = asyncio.get_running_loop()
        self._received: deque[Message] = deque()
        self._is_taken = True
        #: What waits for a message, for the client to take what was sent, and for the end.
        self._receiver: asyncio.Future[None] | None = None
        self._senders: list[asyncio.Future[None]] = []
        self._end: asyncio.Future[None] = self._loop.create_future()
        self._pings: dict[bytes, asyncio.Future[float]] = {}
        self._pinged = 0
        self._burst = 0
        self.data: Any = None

    @property
    def upgraded(self) -> Upgraded:
        """What the handshake has agreed on."""
        return self._client.upgraded

    @property
    def address(self) -> Any:
        """The address of the client, as ``socket.getpeername``."""
        return self._client.address

    @property
    def is_slow(self) -> bool:
        """Whether something that was sent could not be written yet."""
        return self._client.is_slow

    @property
    def close_code(self) -> int | None:
        """The code with which the connection was closed, or ``None`` while it is open."""
        return self._client.close_code

    @property
    def close_reason(self) -> str:
        """The reason with which the connection was closed."""
        return self._client.close_reason

    def __str__(self) -> str:
        return str(self._client)

    async def recv(self) -> Message:
        """
        Return the next message.

        :raises ConnectionClosed: if the connection is closed, once all that came before is taken.
        :raises RuntimeError: if another task waits for a message.
        """
        while not self._received:
            if self._end.done():
                raise self._client.closed()
            if self._receiver is not None:
                raise RuntimeError("another task receives")
            self._receiver = self._loop.create_future()
            try:
                await self._receiver
            finally:
                self._receiver = None
        message = self._received.popleft()
        if len(self._received) == MAX_WAITING - 1:
            self._client.resume_receiving()
        return message

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Message:
        try:
            return await self.recv()
        except ConnectionClosed:
            raise StopAsyncIteration from None

    async def send(self, message: Message, fragment_size: int | None = None) -> None:
        """
        Send a message, and wait while the client is slow to take what was sent before.

        :param fragment_size: the most characters or bytes of a frame, or ``None`` for one frame.
        :raises TypeError: if it is not a :class:`Message`.
        :raises ConnectionClosed: if the connection is closing or closed.
        """
        client = self._client
        while client.is_slow and client.is_open:
            await self._drained()
        client.send(message, fragment_size)
        self._burst += len(message.payload)
        if self._burst >= BURST:
            self._burst = 0
            client.flush()
            if client.is_slow:
                await self._drained()

    async def ping(self, payload: str | bytes | None = None) -> float:
        """
        Send a ping, and return the seconds until its pong.

        The pong is seen only while messages are received: no more than 16 of them may be waiting.

        :param payload: at most 125 bytes, unlike those of other pings that wait; ``None`` for a new one.
        :raises ConnectionClosed: if the connection is closing or closed, or becomes so.
        :raises ValueError: if the payload is longer, or that of another.
        """
        if payload is None:
            self._pinged += 1
            payload = f"ping {self._pinged}"
        key = payload.encode() if isinstance(payload, str) else bytes(payload)
        if key in self._pings:
            raise ValueError("another ping with this payload waits")
        self._client.ping(key)
        pong = self._pings[key] = self._loop.create_future()
        since = monotonic()
        try:
            answered: float = await pong
            return answered - since
        finally:
            del self._pings[key]

    async def close(self, code: int = CloseReason.NORMAL_CLOSURE, reason: str = "") -> None:
        """
        Close the connection, and wait for the client's answer, ``close_timeout`` seconds at most.

        :param reason: at most 123 bytes as UTF-8; a longer one is cut.
        """
        self._client.close(code, reason)
        await asyncio.shield(self._end)

    async def _drained(self) -> None:
        """Wait until all is written, or the connection closed."""
        waiter = self._loop.create_future()
        self._senders.append(waiter)
        try:
            await waiter
        finally:
            self._senders.remove(waiter)

    # What the server calls.

    def put(self, message: Message) -> None:
        """Keep a message until it is taken."""
        if not self._is_taken or (len(self._received) >= MAX_WAITING and not self._client.is_open):
            return  # a client that is asked to close is read from on, and may go on sending
        self._received.append(message)
        if len(self._received) == MAX_WAITING:
            self._client.pause_receiving()
        _wake(self._receiver)

    def put_pong(self, payload: bytes) -> None:
        """Pass a pong on to the ping that waits for it."""
        pong = self._pings.get(payload)
        if pong is not None and not pong.done():
            pong.set_result(monotonic())

    def drained(self) -> None:
        """Let those go on that wait for the client."""
        for waiter in self._senders:
            _wake(waiter)

    def put_end(self) -> None:
        """Let everybody know that the connection is closed."""
        _wake(self._end)
        _wake(self._receiver)
        self.drained()
        for pong in self._pings.values():
            if not pong.done():
                pong.set_exception(self._client.closed())

    def discard(self) -> None:
        """Drop the waiting messages, and those that follow, after the end of the handler."""
        self._is_taken = False
        is_full = len(self._received) >= MAX_WAITING
        self._received.clear()
        if is_full:
            self._client.resume_receiving()


def _wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)
