"""The handshake of secure sockets, with a deadline for the whole of it."""

from __future__ import annotations

import time
from ssl import SSLWantReadError, SSLWantWriteError

from .stream import is_ready

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from ssl import SSLContext, SSLSocket


def wrap(context: SSLContext, sock: socket.socket, server_hostname: str | None = None) -> SSLSocket:
    """
    Return the secure socket over a connected one, which is used up; its handshake is not done.

    :param server_hostname: the name that the server's certificate has to be for, as a client; ``None`` as a
        server.
    """
    return context.wrap_socket(
        sock,
        server_side=server_hostname is None,
        server_hostname=server_hostname,
        do_handshake_on_connect=False,
    )


def handshake(sock: SSLSocket, deadline: float) -> None:
    """
    Do the handshake of TLS.

    A timeout of the socket would be that of each read, and a peer that sends a byte now and then would hold
    the handshake up for ever.

    :param deadline: when the handshake has to be done, on the clock ``time.monotonic``.
    :raises OSError: if the handshake fails; ``TimeoutError`` after the deadline.
    """
    sock.settimeout(0)
    while True:
        try:
            sock.do_handshake()
        except SSLWantReadError:
            is_writing = False
        except SSLWantWriteError:
            is_writing = True
        else:
            return
        left = deadline - time.monotonic()
        if left <= 0 or not is_ready(sock, is_writing, left):
            raise TimeoutError("the handshake of TLS has taken too long")
