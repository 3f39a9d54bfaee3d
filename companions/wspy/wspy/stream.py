"""The bytes of a socket that several threads use: one receives, any number of them send."""

from __future__ import annotations

import errno
import select
import socket
import threading
import time
from contextlib import nullcontext, suppress
from ssl import SSLError, SSLSocket, SSLWantReadError, SSLWantWriteError
from typing import Any, Protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextlib import AbstractContextManager

#: The most bytes taken from a socket at once.
CHUNK = 64 * 1024
#: The longest wait for TLS without another attempt, in seconds: a sender may have read what a receiver needs.
PATIENCE = 1.0


class Source(Protocol):
    """Where what is to be sent is gathered."""

    @property
    def has_output(self) -> bool:
        """Whether anything is to be sent."""

    def output(self) -> bytes:
        """Return what is to be sent, and forget it."""


class Stream:
    """
    A connected socket, whose TLS handshake is done if it has one.

    The socket itself never waits: a thread that waits for it holds no lock that receiving needs, and each
    wait has a timeout of its own. Timeouts are in seconds, ``None`` for none; with 0 nothing waits, and what
    the socket raises when it is not ready propagates.
    """

    def __init__(self, sock: socket.socket) -> None:
        sock.settimeout(0)
        self._sock = sock
        # OpenSSL lets one thread at a time use a connection; of other sockets the system takes care.
        self._is_secure = isinstance(sock, SSLSocket)
        self._using: AbstractContextManager[Any] = threading.Lock() if self._is_secure else nullcontext()
        self._sending = threading.Lock()
        self._unsent = bytearray()
        #: Since when a thread waits for the peer to take something, by ``time.monotonic``, or ``None``.
        self.stuck_since: float | None = None

    def recv(self, timeout: float | None) -> bytes:
        """
        Return received bytes, none at the end of the stream.

        :raises OSError: as ``socket.recv``; ``ConnectionAbortedError`` for an error of TLS, likewise below.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            try:
                with self._using:
                    return self._sock.recv(CHUNK)
            except (BlockingIOError, SSLWantReadError, SSLWantWriteError) as error:
                if timeout == 0:
                    raise
                is_writing = isinstance(error, SSLWantWriteError)
            except SSLError as error:
                raise ConnectionAbortedError(str(error)) from error
            self._wait(deadline, is_writing=is_writing)

    def send(self, data: bytes, timeout: float | None) -> None:
        """
        Send bytes, after those that a timeout has kept from being sent.

        :raises OSError: as ``socket.send``; after a timeout the next call sends the rest first.
        """
        self._acquire(timeout)
        try:
            self._send(data, timeout)
        finally:
            self._sending.release()

    def drain(self, source: Source, timeout: float | None, *, wait: bool = True) -> None:
        """
        Send what a source has gathered.

        :param wait: whether to wait while another thread sends; it sends what it finds here as well.
        :raises OSError: as ``socket.send``; after a timeout the next call sends the rest first.
        """
        # Looked at again once the lock is free: what was gathered meanwhile has been left to this thread.
        while self._unsent or source.has_output:
            if wait:
                self._acquire(timeout)
            elif not self._sending.acquire(blocking=False):
                return
            try:
                self._send(source.output(), timeout)
            finally:
                self._sending.release()

    def shut(self) -> None:
        """Say to the peer that nothing more is sent, by TLS as well if that is used."""
        if isinstance(self._sock, SSLSocket):
            # It waits for the peer's answer, which raises, after it has sent its own.
            with suppress(OSError, ValueError), self._using:
                self._sock.unwrap()
        self._shutdown(socket.SHUT_WR)

    def abort(self) -> None:
        """End both directions: whoever waits for the socket stops waiting. The file descriptor stays."""
        self._shutdown(socket.SHUT_RDWR)

    def _shutdown(self, how: int) -> None:
        # An SSLSocket that is shut down drops its encryption, though another thread may be using it.
        with suppress(OSError):
            socket.socket.shutdown(self._sock, how)

    def _acquire(self, timeout: float | None) -> None:
        if not self._sending.acquire(timeout=-1 if timeout is None else timeout):
            raise TimeoutError("another thread has not finished sending")

    def _send(self, data: bytes, timeout: float | None) -> None:
        deadline = None if timeout is None else time.monotonic() + timeout
        self._unsent += data
        try:
            while self._unsent:
                self._send_some(timeout, deadline)
        finally:
            self.stuck_since = None

    def _send_some(self, timeout: float | None, deadline: float | None) -> None:
        """Send as much as the socket takes, or wait until it does."""
        try:
            with self._using:
                sent = self._sock.send(self._unsent)
        except (BlockingIOError, SSLWantReadError, SSLWantWriteError) as error:
            if timeout == 0:
                raise
            if self.stuck_since is None:
                self.stuck_since = time.monotonic()
            self._wait(deadline, is_writing=not isinstance(error, SSLWantReadError))
        except SSLError as error:
            raise ConnectionAbortedError(str(error)) from error
        else:
            del self._unsent[:sent]
            self.stuck_since = None

    def _wait(self, deadline: float | None, *, is_writing: bool) -> None:
        """Wait until the socket can be written to, or read from."""
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            raise TimeoutError("timed out")
        if not self._is_secure:
            is_ready(self._sock, is_writing, left)
        else:
            is_ready(self._sock, is_writing, PATIENCE if left is None else min(left, PATIENCE))


def is_wait(error: OSError) -> bool:
    """Return whether an exception says that a timeout is over, rather than that the socket has failed."""
    if isinstance(error, TimeoutError):
        return error.errno is None  # the system's, for a peer that acknowledges nothing, has a number
    return isinstance(error, (BlockingIOError, SSLWantReadError, SSLWantWriteError))


def is_ready(sock: socket.socket, is_writing: bool, timeout: float | None) -> bool:  # noqa: FBT001 - of two
    """Wait until a socket is ready, and return whether it is."""
    number = sock.fileno()
    if number == -1:
        raise OSError(errno.EBADF, "the socket is closed")
    if not hasattr(select, "poll"):
        read, write, failed = select.select(
            [] if is_writing else [number], [number] if is_writing else [], [number], timeout
        )
        return bool(read or write or failed)
    poll = select.poll()
    poll.register(number, select.POLLOUT if is_writing else select.POLLIN)
    return bool(poll.poll(None if timeout is None else timeout * 1000))
