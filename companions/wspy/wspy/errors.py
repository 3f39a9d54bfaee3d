"""The exceptions of the package."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class WspyError(Exception):
    """The base of the exceptions of this package."""


class HandshakeError(WspyError):
    """
    The opening handshake has failed (RFC 6455 section 4).

    :ivar status: the status code of the HTTP response, or ``None`` if the peer has sent none.
    :ivar headers: the headers of the response, names in lower case.
    :ivar body: the body of the response, as much as has arrived.
    """

    def __init__(
        self,
        message: str,
        status: int | None = None,
        headers: Sequence[tuple[bytes, bytes]] = (),
        body: bytes = b"",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = list(headers)
        self.body = body

    def values(self, name: bytes) -> list[str]:
        """Return the values of a header, whose name is given in lower case."""
        return [value.decode("latin-1") for key, value in self.headers if key.lower() == name]


class ConnectionClosed(WspyError):  # noqa: N818 - it says what has happened, and is no error of anybody's
    """
    The connection is closing or closed.

    :ivar code: the status code (RFC 6455 section 7.4): 1005 if the peer gave none, 1006 if it sent no close
        frame.
    :ivar reason: the reason, or an empty string.
    """

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"the connection is closed ({code}{reason and ': ' + reason})")
        self.code = code
        self.reason = reason
