"""Secure sockets: a handshake with a deadline for the whole of it, and sockets that threads may share."""

from __future__ import annotations

import selectors
import threading
import time
from functools import partial
from ssl import SSLWantReadError, SSLWantWriteError
from typing import Any, TypeVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from ssl import SSLContext, SSLSocket

#: The longest wait without another attempt, in seconds: another thread may have read what it waits for.
PATIENCE = 1.0

_Result = TypeVar("_Result")

_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
#: What OpenSSL waits for. After `shutdown` there is no TLS, and what waits is the call itself.
_EVENTS: dict[type[OSError], int] = {SSLWantReadError: _READ, SSLWantWriteError: _WRITE}


class SecureSocket:
    """
    An ``SSLSocket`` that one thread may read while another writes.

    A connection of OpenSSL is not safe for threads, and ``SSLSocket`` has a lock for it in the newest Pythons
    alone. Here every call of OpenSSL holds a lock, and none waits.

    :param sock: the socket, which is made non-blocking; its timeout is kept here.
    """

    def __init__(self, sock: SSLSocket) -> None:
        sock.settimeout(0)
        self._sock = sock
        self._lock = threading.Lock()
        self._timeout: float | None = None

    def recv(self, size: int) -> bytes:
        """
        Return at most so many received bytes, none at the end of the stream.

        :raises TimeoutError: after the timeout.
        """
        return self._until_done(partial(self._sock.recv, size), _READ, _after(self._timeout))

    def send(self, data: bytes | bytearray | memoryview) -> int:
        """
        Send bytes, and return how many were sent.

        :raises TimeoutError: after the timeout; the next call has to begin with the same bytes.
        """
        return self._until_done(partial(self._sock.send, data), _WRITE, _after(self._timeout))

    def sendall(self, data: bytes) -> None:
        """
        Send all bytes.

        :raises TimeoutError: after the timeout.
        """
        deadline = _after(self._timeout)
        rest = memoryview(data)
        while rest:
            rest = rest[self._until_done(partial(self._sock.send, rest), _WRITE, deadline) :]

    def do_handshake(self, deadline: float) -> None:
        """
        Do the handshake of TLS.

        :raises TimeoutError: after the deadline.
        """
        self._until_done(self._sock.do_handshake, _READ, deadline)

    def shutdown(self, how: int) -> None:
        """Shut one or both directions; what is received afterwards is not decrypted."""
        with self._lock:
            self._sock.shutdown(how)

    def settimeout(self, value: float | None) -> None:
        """Set the timeout of sending and receiving, in seconds."""
        self._timeout = value

    def gettimeout(self) -> float | None:
        """Return the timeout of sending and receiving, in seconds."""
        return self._timeout

    def setblocking(self, flag: bool) -> None:  # noqa: FBT001 - as `socket.setblocking`
        """Let sending and receiving wait, or not."""
        self._timeout = None if flag else 0.0

    def __getattr__(self, name: str) -> Any:
        """Return what does not read or write from the socket itself."""
        return getattr(self._sock, name)

    def _until_done(self, call: Callable[[], _Result], event: int, deadline: float | None) -> _Result:
        """Call what reads or writes until it needs to wait no more."""
        while True:
            try:
                with self._lock:
                    return call()
            except (SSLWantReadError, SSLWantWriteError, BlockingIOError) as error:
                if self._timeout == 0:
                    raise
                event = _EVENTS.get(type(error), event)
            left = PATIENCE if deadline is None else deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("timed out")
            with selectors.DefaultSelector() as selector:
                selector.register(self._sock, event)
                selector.select(min(left, PATIENCE))


def handshake(
    context: SSLContext, sock: socket.socket, deadline: float, *, server_hostname: str | None = None
) -> SecureSocket:
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
        made = SecureSocket(secure)
        made.do_handshake(deadline)
    except BaseException:
        secure.close()
        raise
    return made


def _after(timeout: float | None) -> float | None:
    """Return the time after a timeout, on the clock ``time.monotonic``."""
    return None if timeout is None else time.monotonic() + timeout
