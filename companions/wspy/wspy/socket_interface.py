"""The methods of sockets that mean the same for a websocket."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Self


class SocketInterface:
    """Passes on what a socket does."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def bind(self, address: Any) -> None:
        """Bind the socket to an address."""
        self._sock.bind(address)

    def listen(self, backlog: int = 128) -> None:
        """Let clients connect."""
        self._sock.listen(backlog)

    def setsockopt(self, *arguments: Any) -> None:
        """Set an option of the socket."""
        self._sock.setsockopt(*arguments)

    def getsockopt(self, *arguments: Any) -> int | bytes:
        """Return an option of the socket."""
        return self._sock.getsockopt(*arguments)

    def settimeout(self, value: float | None) -> None:
        """Set the timeout of sending and receiving, in seconds; ``None`` for none, 0 to never wait."""
        self._sock.settimeout(value)

    def gettimeout(self) -> float | None:
        """Return the timeout of sending and receiving, in seconds."""
        return self._sock.gettimeout()

    def setblocking(self, flag: bool) -> None:  # noqa: FBT001 - as `socket.setblocking`
        """Let sending and receiving wait, or not."""
        self._sock.setblocking(flag)

    def getsockname(self) -> Any:
        """Return the address of this end."""
        return self._sock.getsockname()

    def getpeername(self) -> Any:
        """Return the address of the peer."""
        return self._sock.getpeername()

    def fileno(self) -> int:
        """Return the file descriptor, -1 after :meth:`close`."""
        return self._sock.fileno()

    def shutdown(self, how: int) -> None:
        """Shut one or both directions of the socket."""
        self._sock.shutdown(how)

    def close(self) -> None:
        """Close the socket, without a close frame."""
        self._sock.close()

    def abort(self) -> None:
        """End both directions at once, of whatever thread waits; the file descriptor stays open."""
        # An SSLSocket that is shut down drops its encryption, though another thread may be using it.
        with suppress(OSError):
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)

    def refuse(self, response: bytes) -> None:
        """
        Send what fits of a response to a request that is not read, and end the stream.

        The socket stays open for some time: closing it would reset a client that has not read yet.
        """
        with suppress(OSError):
            self._sock.settimeout(0)
            self._sock.send(response)
            self._sock.shutdown(socket.SHUT_WR)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
