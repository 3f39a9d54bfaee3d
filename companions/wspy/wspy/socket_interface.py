"""The methods of sockets that mean the same for a websocket."""

from __future__ import annotations

from typing import Any

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket

    from typing_extensions import Self

    from .tls import SecureSocket


class SocketInterface:
    """Passes on what a socket does."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock: socket.socket | SecureSocket = sock

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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
