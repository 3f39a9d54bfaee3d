"""The clients of an :class:`AsyncServer`, as asyncio protocols: open connections."""

from __future__ import annotations

import asyncio
import inspect
from collections import deque
from functools import partial
from time import monotonic
from typing import Any

from wsproto.frame_protocol import CloseReason

from .agreement import Agreement, name_of
from .errors import ConnectionClosed
from .session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .async_server import AsyncServer
    from .handshake import Upgraded
    from .message import Message

#: The most received messages that wait for a coroutine handler before the client is not read from.
MAX_WAITING = 16


class Client(Session, Agreement, asyncio.Protocol):
    """
    A client of an :class:`AsyncServer`, as its handlers get it.

    Nothing here waits: what is sent is queued, and written when the handler returns. The methods are for the
    thread of the event loop.

    :ivar data: for the server's own use; ``None`` at the beginning.
    """

    __slots__ = (
        "_deadline",
        "_handlers",
        "_has_ended_stream",
        "_heard",
        "_is_full",
        "_is_slow",
        "_loop",
        "_pinged",
        "_queued",
        "_quiet_since",
        "_server",
        "_unwritten",
        "_waiting",
        "data",
        "on_message",
        "transport",
    )

    def __init__(self, server: AsyncServer, transport: asyncio.Transport, upgraded: Upgraded) -> None:
        self._server = server
        self.transport = transport
        self._loop = server.loop
        self._waiting: deque[partial[Any]] | None = deque() if server.has_coroutines else None
        self._handlers: asyncio.Task[None] | None = None
        on_message = Client._on_message_later if server.has_coroutines else server.onmessage
        self.on_message: Callable[[Client, Message], object] = on_message
        super().__init__(upgraded, self, server.max_message_size)
        self._unsent = deque() if server.wants_sent else None
        self._is_slow = False
        self._is_full = False
        #: The bytes that were sent since writing has paused.
        self._queued = 0
        self._unwritten = 0
        self._heard = True
        self._quiet_since = 0.0
        self._pinged: float | None = None
        self._deadline: float | None = None
        self._has_ended_stream = False
        self.data: Any = None

    # What handlers use, beside the methods of the session.

    def close(self, code: int = CloseReason.NORMAL_CLOSURE, reason: str = "") -> None:
        """
        Begin to close the connection, unless that has begun already.

        It ends when the client answers, or after ``close_timeout`` seconds.

        :param reason: at most 123 bytes as UTF-8; a longer one is cut.
        """
        super().close(code, reason)
        self._limit_closing()
        if self._is_full:
            self.resume_receiving()  # the client's close frame comes after the waiting messages

    @property
    def address(self) -> Any:
        """The address of the client, as ``socket.getpeername``."""
        return self.transport.get_extra_info("peername")

    @property
    def is_slow(self) -> bool:
        """Whether something that was sent could not be written yet."""
        return self._is_slow

    def __str__(self) -> str:
        return name_of(self.address)

    # What the session calls.

    def _on_message_later(self, message: Message) -> None:
        """Pass a message on to a handler that may be a coroutine."""
        self._call(self._server.onmessage, message)

    def on_ping(self, payload: bytes) -> None:
        """Pass a ping on."""
        self._call(self._server.onping, payload)

    def on_pong(self, payload: bytes) -> None:
        """Pass a pong on."""
        self._call(self._server.onpong, payload)

    def on_close(self, code: int, reason: str) -> None:
        """Pass the end on, once everything before it is handled."""
        self._call(self._server.onclose, code, reason)

    def _call(self, handler: Callable[..., Any], *arguments: Any) -> None:
        """Call a handler, or let the task that awaits handlers do so."""
        if self._waiting is None:
            handler(self, *arguments)
            return
        if len(self._waiting) >= MAX_WAITING and not self.is_open and handler != self._server.onclose:
            return  # a client that is asked to close is read from on, and may go on sending
        self._waiting.append(partial(handler, self, *arguments))
        if self._handlers is None:
            self._handlers = self._server.spawn(self._await_handlers(self._waiting))
        if len(self._waiting) == MAX_WAITING:
            self.pause_receiving()

    async def _await_handlers(self, waiting: deque[partial[Any]]) -> None:
        """Await the handlers of what has been received, one after another."""
        while waiting:
            call = waiting.popleft()
            try:
                result = call()
                if inspect.isawaitable(result):
                    await result
            except Exception as error:  # noqa: BLE001 - whatever a handler raises
                self._fail(error)
            except asyncio.CancelledError as error:
                if self._server.is_stopping:
                    self._skip_to_the_end()
                else:
                    cancelled = RuntimeError("what a handler awaited was cancelled")
                    cancelled.__cause__ = error
                    self._fail(cancelled)
            if self._is_full and len(waiting) < MAX_WAITING:
                self.resume_receiving()
        self._handlers = None

    def _skip_to_the_end(self) -> None:
        """Handle nothing more of what has been received, but for the end."""
        if self._waiting:
            ends = [call for call in self._waiting if call.func == self._server.onclose]
            self._waiting.clear()
            self._waiting.extend(ends)

    def _fail(self, error: Exception) -> None:
        """End the connection because a handler has raised."""
        if isinstance(error, ConnectionClosed) and not self.is_open:
            return  # it has not seen that the client is gone
        self._skip_to_the_end()
        self._server.report(self, error)
        try:
            self.fail(CloseReason.INTERNAL_ERROR)
        except Exception as another:  # noqa: BLE001 - of `onclose`, which is the last of all handlers
            self._server.report(self, another)
        self.flush()

    def _guarded(self, call: Callable[..., object], *arguments: Any) -> None:
        """Call something that calls handlers."""
        try:
            call(*arguments)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises
            self._fail(error)

    # What the event loop calls.

    def begin(self, trailing: bytes) -> None:
        """Begin to receive, with what has come after the request."""
        # A write that is not complete at once pauses writing, and the end of the pause says that it is
        # complete.
        # (To TLS of asyncio, an empty buffer is as high as 0.)
        self.transport.set_write_buffer_limits(0 if self._server.ssl is None else 1, 0)
        self._server.join(self)
        self._guarded(self._call, self._server.onopen)
        self.data_received(trailing)

    def data_received(self, data: bytes) -> None:
        """Handle what is received; write all that was sent meanwhile at once."""
        self._heard = True
        self._is_idle = False
        try:
            self.receive(data)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises
            self._fail(error)
        output = self._output
        if len(output) == 1 and not self._is_slow and not self._unsent and not self.is_ended:
            # As `flush`, without a call of Python.
            self._is_idle = True
            self.transport.write(output.pop())
        else:
            self.flush()

    def eof_received(self) -> None:
        """Learn that the client sends nothing more."""
        self._guarded(self.receive, None)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - the session tells how it was closed
        """Leave the server."""
        self.transport.close()  # asyncio of Python 3.10 takes a lost connection of TLS for one left open
        self._is_idle = False
        self._guarded(self.receive, None)
        self._server.leave(self)

    def pause_writing(self) -> None:
        """Receive nothing while something is unwritten."""
        self._is_slow = True
        self._queued = 0
        self._unwritten = -1
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """Learn that everything is written."""
        self._is_slow = False
        self._sent()
        if not self._is_full:
            self._read_again()
        self._server.drained(self)

    def pause_receiving(self) -> None:
        """Receive nothing more from an open client, but for what has been taken from the socket already."""
        if not self.is_open:
            return
        self._is_full = True
        self.transport.pause_reading()

    def resume_receiving(self) -> None:
        """Receive again."""
        self._is_full = False
        if not self._is_slow:
            self._read_again()

    def _read_again(self) -> None:
        # The client could not be heard meanwhile.
        self._heard = True
        self.transport.resume_reading()

    def wake(self) -> None:
        """Have the event loop write what was sent, when it is next at it."""
        self._is_idle = False
        self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Write what was sent, now."""
        self._is_idle = True
        output = self._output
        if output:
            if self._is_slow or self._unsent:
                self._write_and_report()
            else:
                self.transport.write(output.pop() if len(output) == 1 else self.output())
        if self.is_ended and not self._has_ended_stream:
            self._close_stream()

    def _write_and_report(self) -> None:
        """Write for a client that is slow, or whose messages are reported once they are written."""
        # What writing has paused for does not count, however large it is.
        waiting = min(self._queued, self.transport.get_write_buffer_size())
        if self._is_slow and waiting > self._server.max_queue:
            self._server.too_slow(self, f"more than {self._server.max_queue} bytes wait for it")
            self.transport.abort()
            return
        output = self.output()
        self._queued += len(output)
        self.transport.write(output)
        if not self._is_slow:
            self._sent()

    def _sent(self) -> None:
        """Report the messages that are written."""
        unsent = self._unsent
        # What the handler sends itself is not written yet.
        for _ in range(len(unsent or ())):
            if unsent:
                self._guarded(self._call, self._server.onsent, unsent.popleft())

    def _close_stream(self) -> None:
        """Close the stream: this end first, then, in time, the client's (RFC 6455 section 7.1.1)."""
        self._has_ended_stream = True
        self._limit_closing()
        if self.transport.can_write_eof() and not self.transport.is_closing():
            self.transport.write_eof()
        else:
            self.transport.close()

    def _limit_closing(self) -> None:
        if self._deadline is None:
            self._deadline = monotonic() + self._server.close_timeout

    def check(self, now: float) -> None:
        """See whether the client is there: the server calls this now and then."""
        server = self._server
        if self._deadline is not None:
            if now >= self._deadline:
                self.transport.abort()
        elif self._is_slow:
            self._check_progress(now)
        elif not self.is_open:
            return  # the end of the stream has been received, and that of the transport is under way
        elif self._heard or self._is_full:
            self._heard = False
            self._quiet_since = now
            self._pinged = None
        elif self._pinged is not None:
            if now - self._pinged >= server.ping_timeout:
                self._guarded(self.fail, CloseReason.INTERNAL_ERROR, "keep-alive ping unanswered")
                self.flush()
        elif server.ping_interval is not None and now - self._quiet_since >= server.ping_interval:
            self._pinged = now
            self.ping(b"keep-alive")
            self.flush()

    def _check_progress(self, now: float) -> None:
        """End the connection of a client that takes nothing of what waits for it."""
        server = self._server
        unwritten = self.transport.get_write_buffer_size()
        if unwritten != self._unwritten:
            self._unwritten = unwritten
            self._quiet_since = now
        elif (
            server.ping_interval is not None
            and now - self._quiet_since >= server.ping_interval + server.ping_timeout
        ):
            seconds = server.ping_interval + server.ping_timeout
            server.too_slow(self, f"it has taken nothing for {seconds:g} s")
            self.transport.abort()
