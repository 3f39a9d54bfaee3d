"""The interface of a contestant, which takes part in the workloads for which it returns a task."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benches.data import Compressed
    from benches.tasks import Task
    from benches.wire import Incoming, Opcode


class Role(Enum):
    """The side of the connection; the client masks what it sends."""

    CLIENT = "client"
    SERVER = "server"


class Construct(Enum):
    """The events whose construction is measured."""

    TEXT_MESSAGE = "TextMessage(data)"
    CLOSE_CONNECTION = "CloseConnection(code=, reason=)"
    REQUEST = "Request(host=, target=)"


class Contestant:
    """A library, or what stands in for one."""

    #: What it is called in the table.
    name: str
    version: str
    #: Whether the library under test has to be ahead of it everywhere.
    peer = True
    #: The statement that imports what a sans-I/O user of it needs.
    imports: str | None = None

    def receive(self, incoming: Incoming) -> Task | None:
        """As a server: take the bytes and look at the messages in them."""
        return None

    def receive_chunked(self, incoming: Incoming) -> Task | None:
        """As a server: take the bytes in pieces, and look at each piece of the message as it comes."""
        return None

    def receive_whole(self, incoming: Incoming) -> Task | None:
        """As a server: take the bytes in pieces, and put the message together."""
        return None

    def send(self, role: Role, opcode: Opcode, payload: bytes) -> Task | None:
        """Make the frame of a message, from `str` or `bytes` on."""
        return None

    def construct(self, event: Construct) -> Task | None:
        """Make an event."""
        return None

    def server_handshake(self) -> Task | None:
        """Make a connection, take `wire.REQUEST` and give the response."""
        return None

    def client_handshake(self) -> Task | None:
        """Make a connection, give a request and take the response."""
        return None

    def ping_pong(self, payload: bytes) -> Task | None:
        """As a server: take a ping and give the pong."""
        return None

    def receive_compressed(self, stream: Compressed) -> Task | None:
        """As a server with permessage-deflate: take the next frame of the stream."""
        return None

    def send_compressed(self, stream: Compressed) -> Task | None:
        """As a server with permessage-deflate: make the frame of the next message of the stream."""
        return None

    def idle_connection(self) -> object | None:
        """Return a server's connection after the handshake."""
        return None

    def compressing_connection(self) -> object | None:
        """Return a server's connection that has received and sent a compressed message of 1 KiB."""
        return None

    def full_connection(self) -> object | None:
        """Return a server's connection that has received and sent more than a window holds, compressed."""
        return None
