"""The clients of an :class:`AsyncServer`, as asyncio protocols, until their handshake is done."""

from __future__ import annotations

import asyncio
import logging
from time import monotonic
from typing import cast

from .agreement import name_of
from .base_server import REFUSAL_TIMEOUT
from .client import Client
from .handshake import ServerHandshake

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .async_server import AsyncServer

logger = logging.getLogger("wspy")


class Handshaking(asyncio.Protocol):
    """The handshake of a client that has connected; :class:`Client` goes on from there."""

    transport: asyncio.Transport

    def __init__(self, server: AsyncServer) -> None:
        self._server = server
        self._handshake = ServerHandshake(server.policy)
        self._deadline = monotonic() + server.handshake_timeout
        self._is_refused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Join the server."""
        self.transport = cast("asyncio.Transport", transport)
        self._server.join(self)

    def data_received(self, data: bytes) -> None:
        """Answer the request, once it is complete."""
        transport = self.transport
        if self._is_refused:
            return
        try:
            answer = self._handshake.receive(data)
        except Exception:
            logger.exception("%s: the handshake has raised", name_of(transport.get_extra_info("peername")))
            transport.abort()
            return
        if answer is None or transport.is_closing():
            return
        if answer.upgraded is None:
            self._server.refused(self, answer.status)
            transport.write(answer.output)
            transport.close()
            return
        self._server.leave(self)
        client = Client(self._server, transport, answer.upgraded)
        transport.set_protocol(client)
        transport.write(answer.output)
        client.begin(answer.upgraded.trailing)

    def refuse(self, response: bytes) -> None:
        """
        Answer a client whose request is not read, and end the stream.

        The client closes the socket: it would be reset by the end that has not read everything.
        """
        self._is_refused = True
        self._deadline = monotonic() + REFUSAL_TIMEOUT
        self.transport.write(response)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - the reason makes no difference
        """Leave the server."""
        self.transport.close()  # asyncio of Python 3.10 takes a lost connection of TLS for one left open
        self._server.leave(self)

    def check(self, now: float) -> None:
        """End a handshake that takes too long."""
        if now >= self._deadline:
            self.transport.abort()
