"""A server whose handler is a coroutine that has a connection to itself."""

from __future__ import annotations

import asyncio
from typing import Any

from wsproto.frame_protocol import CloseReason

from .async_connection import AsyncConnection
from .async_server import AsyncServer
from .errors import ConnectionClosed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .client import Client
    from .message import Message


def serve(
    handler: Callable[[AsyncConnection], Awaitable[object]], host: str = "", port: int = 0, **options: Any
) -> AsyncServer:
    """
    Return a server that calls a coroutine function with each connection; ``async with`` runs it.

    The connection is closed with code 1000 when the handler returns, and with 1011 when it raises. It has
    ended when the handler's ``recv`` and ``send`` raise :class:`ConnectionClosed`, which the handler need not
    catch. :meth:`AsyncServer.stop`, at the end of the ``async with`` as well, cancels handlers that go on for
    more than ``close_timeout`` seconds.

    >>> async def echo(connection):
    ...     async for message in connection:
    ...         await connection.send(message)
    >>> async def main():
    ...     async with wspy.serve(echo, "localhost", 8000):
    ...         await asyncio.Future()

    :param handler: a function of an :class:`AsyncConnection`.
    :param host: the host to listen at, ``""`` for all interfaces.
    :param port: the port, 0 for any.
    :param options: those of :class:`AsyncServer`.
    """
    return _HandlerServer(handler, (host, port), **options)


class _HandlerServer(AsyncServer):
    """Passes what clients send to the connections of their handlers."""

    def __init__(
        self,
        handler: Callable[[AsyncConnection], Awaitable[object]],
        address: tuple[str, int],
        **options: Any,
    ) -> None:
        super().__init__(address, **options)
        self._handler = handler

    async def _handle(self, client: Client, connection: AsyncConnection) -> None:
        """Run the handler, and close the connection after it."""
        code = CloseReason.NORMAL_CLOSURE
        try:
            await self._handler(connection)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises
            if not isinstance(error, ConnectionClosed) or client.is_open:
                self.report(client, error)
                code = CloseReason.INTERNAL_ERROR
        except asyncio.CancelledError as error:
            if self.is_stopping:
                code = CloseReason.GOING_AWAY
                raise
            cancelled = RuntimeError("what a handler awaited was cancelled")
            cancelled.__cause__ = error
            self.report(client, cancelled)
            code = CloseReason.INTERNAL_ERROR
        finally:
            connection.discard()
            client.close(code)

    def onopen(self, client: Client) -> None:
        """Begin to run the handler."""
        super().onopen(client)
        client.data = connection = AsyncConnection(client)
        self.spawn(self._handle(client, connection))

    def onmessage(self, client: Client, message: Message) -> None:
        """Pass a message on."""
        client.data.put(message)

    def onpong(self, client: Client, payload: bytes) -> None:
        """Pass a pong on."""
        client.data.put_pong(payload)

    def onclose(self, client: Client, code: int, reason: str) -> None:
        """Pass the end on."""
        super().onclose(client, code, reason)
        client.data.put_end()

    def drained(self, client: Client) -> None:
        """Let the handler send again."""
        client.data.drained()
