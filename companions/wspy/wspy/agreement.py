"""What the handshake of a connection has agreed on, as its users see it."""

from __future__ import annotations

from abc import ABC, abstractmethod

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wsproto.extensions import Extension

    from .handshake import Upgraded


class Agreement(ABC):
    """The properties of an open connection."""

    __slots__ = ()

    @property
    @abstractmethod
    def upgraded(self) -> Upgraded:
        """What the handshake has agreed on."""

    @property
    def location(self) -> str:
        """The path and query that the client has asked for."""
        return self.upgraded.location

    @property
    def protocol(self) -> str | None:
        """The subprotocol, if one was agreed on."""
        return self.upgraded.protocol

    @property
    def extensions(self) -> list[Extension]:
        """The extensions in use."""
        return list(self.upgraded.extensions)

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """The headers of the peer's request or response, but for those of the handshake itself."""
        return list(self.upgraded.headers)

    @property
    def user(self) -> str | None:
        """Who the client is, if the server has asked."""
        return self.upgraded.user


def name_of(address: object) -> str:
    """Return an address, as ``socket.getpeername`` returns it, for people."""
    if not isinstance(address, tuple):
        return str(address or "unnamed")
    host = str(address[0]).removeprefix("::ffff:")  # IPv4, by a socket of both
    return f"[{host}]:{address[1]}" if ":" in host else f"{host}:{address[1]}"
