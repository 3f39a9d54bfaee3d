"""Ours and upstream: the same code runs both."""

from __future__ import annotations

from functools import partial
from importlib.metadata import version
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

from benches import data, wire
from benches.contestants.base import Construct, Contestant, Role
from benches.contestants.loops import accepting, constructing, receiving, requesting, sending
from benches.tasks import Loop, Task
from tests import oracle

if TYPE_CHECKING:
    from benches.wire import Incoming, Opcode


class Wsproto(Contestant):
    """A package with the interface of wsproto."""

    peer = False
    imports = "import wsproto"

    def __init__(self, name: str, package: Any, version: str) -> None:
        self.name = name
        self.version = version
        self.package = package

    def connection(self, role: Role, *, deflate: bool = False) -> Any:
        """Return a connection after the handshake."""
        if role is Role.SERVER:
            return self._server(deflate=deflate)
        handshake = requesting(*self._names(Role.CLIENT))
        client, request = handshake.connect()
        handshake.answer(client, wire.response_to(request))
        return client

    def message(self, opcode: Opcode) -> Any:
        """Return the class of the data events."""
        events = self.package.events
        return events.TextMessage if opcode is wire.Opcode.TEXT else events.BytesMessage

    def receive(self, incoming: Incoming) -> Task:
        """Take the bytes and look at the events."""
        connection = self.connection(Role.SERVER)
        return receiving(connection, incoming.wire(), self.message(incoming.opcode))

    def receive_chunked(self, incoming: Incoming) -> Task:
        """Take the bytes piece by piece, and look at the events."""
        connection = self.connection(Role.SERVER)
        chunks = incoming.chunks()
        message = self.message(incoming.opcode)

        def run(times: int) -> object:
            data = None
            for _ in range(times):
                for chunk in chunks:
                    connection.receive_data(chunk)
                    for event in connection.events():
                        if isinstance(event, message):
                            data = event.data
            return data

        return Loop(run, self.receive_whole(incoming).once)

    def receive_whole(self, incoming: Incoming) -> Task:
        """Take the bytes piece by piece; join the data at the end."""
        connection = self.connection(Role.SERVER)
        chunks = incoming.chunks()
        message = self.message(incoming.opcode)
        empty = "" if incoming.text else b""

        def run(times: int) -> object:
            data: Any = None
            for _ in range(times):
                pieces: list[Any] = []
                for chunk in chunks:
                    connection.receive_data(chunk)
                    for event in connection.events():
                        if isinstance(event, message):
                            pieces.append(event.data)  # noqa: PERF401 (as applications do)
                data = empty.join(pieces)
            return data

        return Loop(run, lambda: [run(1)])

    def send(self, role: Role, opcode: Opcode, payload: bytes) -> Task:
        """Make the event, then the frame."""
        data = payload.decode() if opcode is wire.Opcode.TEXT else payload
        run = sending(self.connection(role), self.message(opcode), data)
        return Loop(run, partial(run, 1))

    def construct(self, event: Construct) -> Task:
        """Make an event as applications do."""
        events = self.package.events
        # As they are after `from wsproto.events import ...`.
        close, request_class = events.CloseConnection, events.Request

        def close_connection(times: int) -> object:
            made = None
            for _ in range(times):
                made = close(code=1000, reason="bye")
            return made

        def request(times: int) -> object:
            made = None
            for _ in range(times):
                made = request_class(host="example.com", target="/chat")
            return made

        run = {
            Construct.TEXT_MESSAGE: constructing(events.TextMessage),
            Construct.CLOSE_CONNECTION: close_connection,
            Construct.REQUEST: request,
        }[event]
        return Loop(run, partial(run, 1))

    def server_handshake(self) -> Task:
        """Accept a browser's request."""
        return accepting(*self._names(Role.SERVER))

    def client_handshake(self) -> Task:
        """Request, and see the request accepted."""
        return requesting(*self._names(Role.CLIENT))

    def ping_pong(self, payload: bytes) -> Task:
        """Answer a ping by hand, as the interface has it."""
        connection = self.connection(Role.SERVER)
        received = wire.frame(wire.Opcode.PING, payload)
        ping = self.package.events.Ping

        def run(times: int) -> object:
            pong = None
            for _ in range(times):
                connection.receive_data(received)
                for event in connection.events():
                    if isinstance(event, ping):
                        pong = connection.send(event.response())
            return pong

        return Loop(run, partial(run, 1))

    def receive_compressed(self, stream: data.Compressed) -> Task:
        """Take the frames of the stream round and round."""
        connection = self.connection(Role.SERVER, deflate=True)
        message = self.package.events.TextMessage
        endless = cycle(stream.cycle)

        def run(times: int) -> object:
            text = None
            for frame in islice(endless, times):
                connection.receive_data(frame)
                for event in connection.events():
                    if isinstance(event, message):
                        text = event.data
            return text

        def once() -> list[object]:
            texts: list[object] = []
            for frame in [*stream.prologue, *stream.cycle]:
                connection.receive_data(frame)
                texts += [event.data for event in connection.events() if isinstance(event, message)]
            return texts

        return Loop(run, once)

    def send_compressed(self, stream: data.Compressed) -> Task:
        """Send the messages of the stream round and round."""
        connection = self.connection(Role.SERVER, deflate=True)
        message = self.package.events.TextMessage
        endless = cycle([document.decode() for document in stream.messages])

        def run(times: int) -> object:
            frame = None
            for text in islice(endless, times):
                frame = connection.send(message(data=text))
            return frame

        return Loop(run, lambda: [run(1) for _ in stream.messages])

    def idle_connection(self) -> object:
        """Return a server's connection."""
        return self.connection(Role.SERVER)

    def compressing_connection(self) -> object:
        """Return a server's connection with both contexts in use."""
        return self._compressing(data.compressed(1 << 10), 1)

    def full_connection(self) -> object:
        """Return a server's connection whose contexts are full."""
        return self._compressing(data.compressed(1 << 16), 2)

    def _compressing(self, stream: data.Compressed, count: int) -> object:
        connection = self.connection(Role.SERVER, deflate=True)
        for frame, message in zip(stream.prologue[:count], stream.messages[:count], strict=True):
            connection.receive_data(frame)
            list(connection.events())
            connection.send(self.package.events.TextMessage(data=message.decode()))
        return connection

    def _server(self, *, deflate: bool) -> Any:
        ws, events = self.package, self.package.events
        connection = ws.WSConnection(ws.ConnectionType.SERVER)
        connection.receive_data(wire.REQUEST)
        assert isinstance(next(connection.events()), events.Request)
        extensions = [ws.extensions.PerMessageDeflate()] if deflate else []
        connection.send(events.AcceptConnection(extensions=extensions))
        return connection

    def _names(self, role: Role) -> tuple[Any, Any, Any, Any]:
        """Return what a handshake takes."""
        ws, events = self.package, self.package.events
        roles = ws.ConnectionType
        own = roles.SERVER if role is Role.SERVER else roles.CLIENT
        return ws.WSConnection, own, events.Request, events.AcceptConnection


def ours() -> Wsproto:
    """Return the package under test."""
    number = "upstream again" if oracle.STANDS_IN else version("wsproto")
    return Wsproto("ours", oracle.ours(), number)


def upstream() -> Wsproto:
    """Return the oracle, which is beside it under another name."""
    package = oracle.upstream()
    return Wsproto("upstream", package, package.__version__)
