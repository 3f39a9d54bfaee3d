"""What both servers have: the options, and the handlers that subclasses replace."""

from __future__ import annotations

import logging
import signal
import socket
import threading
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from .authentication import authentication
from .handshake import Policy, refusal
from .websocket import CLOSE_TIMEOUT, HANDSHAKE_TIMEOUT, MAX_MESSAGE_SIZE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from ssl import SSLContext

    from wsproto.extensions import Extension

    from .authentication import Authentication
    from .message import Message

logger = logging.getLogger("wspy")

#: The time between two looks at all clients, in seconds.
SWEEP = 0.5
#: The seconds that a client has to read its 503.
REFUSAL_TIMEOUT = 1.0
#: The response to a client beyond `max_connections`.
BUSY = refusal(503).output

#: The signals that stop a server which runs in the main thread.
STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM)
#: The handlers of both servers, but for `onerror`.
HANDLERS = ("onopen", "onmessage", "onping", "onpong", "onclose")

#: What a server calls a client in its handlers.
AnyClient = TypeVar("AnyClient")


class BaseServer(Generic[AnyClient]):
    """
    The options of a server, and its handlers. The handlers log what they are called for, at the level DEBUG.

    :param address: the host, ``""`` for all interfaces, and the port, 0 for any.
    :param extensions: prototypes of the extensions to accept, the preferred one first.
    :param protocols: the subprotocols, the preferred one first (RFC 6455 section 1.9).
    :param trusted_origins: the origins (RFC 6454) of the pages that may connect, such as
        ``"https://example.com"``; ``None`` for all of them, or with ``auth`` for those of the server's own
        host.
    :param auth: ``(user, password)``, a mapping of users to passwords, or an :class:`Authentication`.
    :param location: the path to serve, or ``None`` for every path.
    :param ssl: the context of secure sockets (``wss``).
    :param loglevel: the level of the logger ``wspy``, which is also given a handler if there is none;
        ``None`` to leave logging as it is.
    :param max_connections: the most clients at a time; ``AsyncServer`` counts one once its handshake of TLS
        is done.
    :param max_message_size: the most bytes of a received message, or ``None`` for no limit.
    :param handshake_timeout: the longest that the opening handshake may take, TLS included, in seconds.
    :param close_timeout: the longest that the closing handshake may take, in seconds.
    :param ping_interval: the seconds of silence after which a client is pinged, or ``None`` for never.
    :param ping_timeout: the seconds that a client has to answer that ping, by whatever it sends.
    """

    def __init__(  # noqa: PLR0913 - all but the first are keywords
        self,
        address: tuple[str, int],
        *,
        extensions: Sequence[Extension] = (),
        protocols: Sequence[str] = (),
        trusted_origins: Sequence[str] | None = None,
        auth: tuple[str, str] | Mapping[str, str] | Authentication | None = None,
        location: str | None = None,
        ssl: SSLContext | None = None,
        loglevel: int | None = None,
        max_connections: int = 1_000,
        max_message_size: int | None = MAX_MESSAGE_SIZE,
        handshake_timeout: float = HANDSHAKE_TIMEOUT,
        close_timeout: float = CLOSE_TIMEOUT,
        ping_interval: float | None = 20.0,
        ping_timeout: float = 20.0,
    ) -> None:
        self.bind_address = address
        self.ssl = ssl
        self.max_connections = max_connections
        self.max_message_size = max_message_size
        self.handshake_timeout = handshake_timeout
        self.close_timeout = close_timeout
        self.ping_interval = ping_interval
        self.ping_timeout = ping_timeout
        self.policy = Policy(
            protocols=tuple(protocols),
            extensions=tuple(extensions),
            trusted_origins=trusted_origins,
            auth=None if auth is None else authentication(auth),
            location=location,
            max_message_size=max_message_size,
        )
        if loglevel is not None:
            logging.basicConfig()
            logger.setLevel(loglevel)

    def onopen(self, client: AnyClient) -> Any:
        """Handle a client whose handshake is done."""
        logger.debug("%s: open", client)

    def onmessage(self, client: AnyClient, message: Message) -> Any:
        """Handle a message."""
        logger.debug("%s: message of %d", client, len(message.payload))

    def onping(self, client: AnyClient, payload: bytes) -> Any:
        """Handle a ping, which is answered already."""
        logger.debug("%s: ping %r", client, payload)

    def onpong(self, client: AnyClient, payload: bytes) -> Any:
        """Handle a pong."""
        logger.debug("%s: pong %r", client, payload)

    def onclose(self, client: AnyClient, code: int, reason: str) -> Any:
        """
        Handle the end of a connection; called once for each client.

        :param code: the status code (RFC 6455 section 7.4): that of the end which closed first, 1005 if the
            client gave none, 1006 if the stream has ended without a close frame.
        """
        logger.debug("%s: closed %d %s", client, code, reason)

    def onerror(self, client: AnyClient, error: Exception) -> None:
        """Handle an exception of another handler; the connection is closed with code 1011 afterwards."""
        logger.error("%s: a handler has raised", client, exc_info=error)

    def report(self, client: AnyClient, error: Exception) -> None:
        """Call :meth:`onerror`, which may fail as well."""
        try:
            self.onerror(client, error)
        except Exception:
            logger.exception("%s: onerror has raised", client)


def listening(address: tuple[str, int]) -> socket.socket:
    """Return a socket that listens, for IPv6 and IPv4 if the host is ``""``."""
    host, port = address
    if not host and socket.has_dualstack_ipv6():
        return socket.create_server(("", port), family=socket.AF_INET6, backlog=1024, dualstack_ipv6=True)
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return socket.create_server(found[0][4][:2], family=found[0][0], backlog=1024)


@contextmanager
def calling_at_signals(stop: Callable[[], object]) -> Iterator[None]:
    """Call a function at CTRL-C and SIGTERM, in the main thread alone, and put the handlers back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = [signal.signal(number, lambda *_: stop()) for number in STOPPING_SIGNALS]
    try:
        yield
    finally:
        for number, handler in zip(STOPPING_SIGNALS, before, strict=True):
            signal.signal(number, handler)
