"""A socket with a peer, for documents that assume that the reader has one."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

from tests.oracle import upstream

if TYPE_CHECKING:
    from types import TracebackType

#: No test waits longer than this for its peer.
LIMIT = 20.0


class Peer:
    """An upstream server on loopback, which greets with one event of each kind and keeps what it is sent."""

    def __init__(self, *, compress: bool = False) -> None:
        """Listen; one connection is served, on a thread of its own."""
        self.package = upstream()
        self.compress = compress
        self.received: list[Any] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def __enter__(self) -> Peer:  # noqa: PYI034 (typing.Self came with Python 3.11)
        """Leave the block to wait for the end of the conversation."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for the peer."""
        if kind is None:
            self.thread.join(LIMIT)
            assert not self.thread.is_alive(), "the conversation did not end"
        self.listener.close()

    def socket_for_documents(self) -> Any:
        """Return what `import socket` would give, but whose sockets all connect to this peer."""
        port = self.listener.getsockname()[1]

        class Socket(socket.socket):
            def connect(self, address: Any) -> None:
                assert address == ("example.com", 80)
                self.settimeout(LIMIT)
                super().connect(("127.0.0.1", port))

        class Module:
            AF_INET = socket.AF_INET
            SOCK_STREAM = socket.SOCK_STREAM
            socket = Socket

        return Module

    def _serve(self) -> None:
        events = self.package.events
        connection, _ = self.listener.accept()
        connection.settimeout(LIMIT)
        ws = self.package.WSConnection(self.package.ConnectionType.SERVER)
        with connection:
            while data := connection.recv(65536):
                ws.receive_data(data)
                for event in ws.events():
                    self.received.append(event)
                    if isinstance(event, events.Request):
                        connection.sendall(ws.send(events.AcceptConnection()))
                        for greeting in (
                            events.Ping(b"are you there"),
                            events.TextMessage("a text"),
                            events.BytesMessage(b"some bytes"),
                            events.CloseConnection(1000, "that was all"),
                        ):
                            connection.sendall(ws.send(greeting))
                    elif isinstance(event, events.CloseConnection):
                        return
