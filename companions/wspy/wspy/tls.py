"""The handshake of TLS, with a deadline for the whole of it."""

from __future__ import annotations

import selectors
import time
from ssl import SSLWantReadError, SSLWantWriteError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from ssl import SSLContext, SSLSocket


def handshake(
    context: SSLContext, sock: socket.socket, deadline: float, *, server_hostname: str | None = None
) -> SSLSocket:
    """
    Return the secure socket over a connected one, which is used up; it has no timeout.

    A timeout of the socket would be that of each read, and a peer that sends a byte now and then would hold
    the handshake up for ever.

    :param deadline: when the handshake has to be done, on the clock ``time.monotonic``.
    :param server_hostname: the name that the server's certificate has to be for, as a client; ``None`` as a
        server.
    :raises OSError: if the handshake fails; ``TimeoutError`` after the deadline.
    """
    secure = context.wrap_socket(
        sock,
        server_side=server_hostname is None,
        server_hostname=server_hostname,
        do_handshake_on_connect=False,
    )
    try:
        secure.settimeout(0)
        while (event := _step(secure)) is not None:
            _wait(secure, deadline, event)
        secure.settimeout(None)
    except BaseException:
        secure.close()
        raise
    return secure


def _step(secure: SSLSocket) -> int | None:
    """Do what can be done; return the event that the rest needs, ``None`` if there is no rest."""
    try:
        secure.do_handshake()
    except SSLWantReadError:
        return selectors.EVENT_READ
    except SSLWantWriteError:
        return selectors.EVENT_WRITE
    return None


def _wait(sock: socket.socket, deadline: float, event: int) -> None:
    """Wait until the socket can be read or written."""
    with selectors.DefaultSelector() as selector:
        selector.register(sock, event)
        if not selector.select(max(0.0, deadline - time.monotonic())):
            raise TimeoutError("the handshake has taken too long")
