"""A server on asyncio: one thread, any number of clients."""

from __future__ import annotations

import asyncio
import inspect
import logging
import sys
import threading
from contextlib import nullcontext, suppress
from time import monotonic
from typing import Any

from wsproto.frame_protocol import CloseReason

from .base_server import (
    BUSY,
    HANDLERS,
    STOPPING_SIGNALS,
    SWEEP,
    BaseServer,
    calling_at_signals,
    listening,
)
from .client import Client
from .handshaking import Handshaking
from .session import check_close_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextlib import AbstractContextManager

    from typing_extensions import Self

    from .message import Message

logger = logging.getLogger("wspy")

#: The most clients beyond `max_connections` that are answered with 503 at a time; further ones are
#: disconnected without an answer.
MAX_REFUSED = 64


class AsyncServer(BaseServer[Client]):
    """
    A server on asyncio, which uses the best selector of the platform, and uvloop if that is installed.

    Subclasses replace the handlers. A handler that is a coroutine function is awaited; the handlers of one
    client run one after another, in the order of what is received. What handlers send is written when they
    return. A close frame is answered when it arrives: coroutines that handle messages before it can send
    nothing more.

    :param max_queue: the most bytes that may wait for a client that does not read; it is disconnected beyond
        that.
    :param keywords: those of :class:`BaseServer`.
    """

    loop: asyncio.AbstractEventLoop

    def __init__(self, address: tuple[str, int], *, max_queue: int = 1 << 20, **keywords: Any) -> None:
        super().__init__(address, **keywords)
        self.max_queue = max_queue
        if inspect.iscoroutinefunction(self.onerror):
            raise TypeError("onerror is called where nothing can be awaited")
        handlers = [getattr(self, name) for name in (*HANDLERS, "onsent")]
        self.has_coroutines = any(map(inspect.iscoroutinefunction, handlers))
        self.wants_sent = type(self).onsent is not AsyncServer.onsent
        self._server: asyncio.Server | None = None
        self._connected: set[Handshaking | Client] = set()
        self._sweeper: asyncio.TimerHandle | None = None
        self._is_empty: asyncio.Event
        #: The clients beyond `max_connections`, while they read their 503.
        self._refused: set[Handshaking | Client] = set()
        self._stopping: asyncio.Task[None] | None = None
        #: The tasks that wait for the server to stop, which does not wait for them.
        self._stoppers: set[asyncio.Task[Any] | None] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def onsent(self, client: Client, message: Message) -> Any:
        """Handle that a message has been written to the socket completely."""

    @property
    def clients(self) -> list[Client]:
        """The clients whose handshake is done."""
        return [each for each in self._connected if isinstance(each, Client)]

    @property
    def address(self) -> Any:
        """
        The address that the server listens at.

        :raises OSError: if it does not.
        """
        if self._server is None or not self._server.sockets:
            raise OSError("the server does not listen")
        return self._server.sockets[0].getsockname()

    def broadcast(self, message: Message) -> None:
        """Send a message to all clients that are open."""
        for client in self.clients:
            if client.is_open:
                client.send(message)

    # Its life.

    async def start(self) -> None:
        """
        Listen.

        :raises OSError: if the address is not to be had.
        """
        if self._server is not None:
            raise OSError("the server listens already")
        self.loop = asyncio.get_running_loop()
        self._is_empty = asyncio.Event()
        self._is_empty.set()
        self._stopping = None
        host, port = self.bind_address
        limits: dict[str, Any] = {} if self.ssl is None else {"ssl_handshake_timeout": self.handshake_timeout}
        # For all interfaces, asyncio would listen at one port for IPv4 and at another one for IPv6.
        place = {"host": host, "port": port} if host else {"sock": listening(self.bind_address)}
        self._server = await self.loop.create_server(
            lambda: Handshaking(self), ssl=self.ssl, backlog=1024, **place, **limits
        )
        self._sweep()
        logger.info("listening at %s", self.address)

    async def stop(self, code: int = CloseReason.GOING_AWAY) -> None:
        """
        Stop: listen no more, close all connections, and wait for the clients' answers.

        Clients that do not answer within ``close_timeout`` seconds are disconnected, and handlers that still
        run then are cancelled.

        :raises ValueError: if the code is never sent (RFC 6455 section 7.4).
        """
        check_close_code(code)
        if self._server is None:
            return
        if self._stopping is None:
            self._stopping = self.loop.create_task(self._stop(self._server, code))
        stopper = asyncio.current_task()
        self._stoppers.add(stopper)
        try:
            await asyncio.shield(self._stopping)
        finally:
            self._stoppers.discard(stopper)

    async def _stop(self, server: asyncio.Server, code: int) -> None:
        deadline = monotonic() + self.close_timeout
        server.close()
        for each in [*self._connected, *self._refused]:
            if isinstance(each, Client):
                each.close(code)
            else:
                each.transport.abort()
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._is_empty.wait(), self.close_timeout)
        for each in list(self._connected):
            each.transport.abort()
        await self._is_empty.wait()
        await self._end_tasks(deadline)
        if self._sweeper is not None:
            self._sweeper.cancel()
        self._server = None
        logger.info("stopped")

    async def _end_tasks(self, deadline: float) -> None:
        """Wait for the handlers that run, but for one that stops the server; cancel them in the end."""
        tasks = {task for task in self._tasks if task not in self._stoppers}
        if tasks:
            await asyncio.wait(tasks, timeout=max(0.0, deadline - monotonic()))
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=1.0)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def run(self) -> None:
        """
        Serve until CTRL-C or SIGTERM, then stop gracefully. Signals are handled in the main thread alone.

        :raises OSError: if the address is not to be had.
        """
        loop = _new_event_loop()
        try:
            with suppress(KeyboardInterrupt):
                loop.run_until_complete(self._serve())
        finally:
            loop.run_until_complete(_cancel_rest())
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    async def _serve(self) -> None:
        stopping = asyncio.Event()
        with _at_signals(asyncio.get_running_loop(), stopping.set):
            async with self:
                await stopping.wait()

    # What the protocols call.

    @property
    def is_stopping(self) -> bool:
        """Whether the server stops, or has stopped."""
        return self._stopping is not None

    def join(self, protocol: Handshaking | Client) -> None:
        """Count a connection; refuse one too many."""
        self._is_empty.clear()
        self._connected.add(protocol)
        if self.is_stopping:
            protocol.transport.abort()
        elif isinstance(protocol, Handshaking) and len(self._connected) > self.max_connections:
            logger.warning("refused a connection: there are %d", self.max_connections)
            self.leave(protocol)
            if len(self._refused) < MAX_REFUSED:
                self._refused.add(protocol)
                protocol.refuse(BUSY)
            else:
                protocol.transport.abort()

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a coroutine that calls handlers, until the server has stopped at the latest."""
        task = self.loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def leave(self, protocol: Handshaking | Client) -> None:
        """Forget a connection."""
        self._connected.discard(protocol)
        self._refused.discard(protocol)
        if not self._connected:
            self._is_empty.set()

    def refused(self, protocol: Handshaking, status: int) -> None:
        """Log a handshake that was refused."""
        logger.info("%s: refused with %d", protocol.transport.get_extra_info("peername"), status)

    def too_slow(self, client: Client, reason: str) -> None:
        """Log a client that is disconnected because it does not read."""
        logger.warning("%s: disconnected, since %s", client, reason)

    def drained(self, client: Client) -> Any:
        """Learn that all that was sent to a client is written."""

    def _sweep(self) -> None:
        """Look at all connections now and then: one timer instead of several for each of them."""
        self._sweeper = self.loop.call_later(SWEEP, self._sweep)
        now = monotonic()
        for each in [*self._connected, *self._refused]:
            each.check(now)


def _at_signals(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> AbstractContextManager[None]:
    """Have the loop call a function at CTRL-C and SIGTERM, in the main thread alone."""
    if sys.platform == "win32":
        return calling_at_signals(lambda: loop.call_soon_threadsafe(stop))
    if threading.current_thread() is threading.main_thread():
        for number in STOPPING_SIGNALS:
            loop.add_signal_handler(number, stop)  # closing the loop removes it
    return nullcontext()


async def _cancel_rest() -> None:
    """Cancel what handlers have begun, and left."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _new_event_loop() -> asyncio.AbstractEventLoop:
    """Return a loop of uvloop, if that is installed."""
    make: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
    if sys.platform != "win32":
        with suppress(ImportError):
            from uvloop import new_event_loop as make  # noqa: PLC0415 - it need not be there
    return make()
