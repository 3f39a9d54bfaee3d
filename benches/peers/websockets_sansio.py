"""The sans-I/O layer of `websockets`."""

from __future__ import annotations

from functools import partial
from importlib.metadata import version
from itertools import cycle, islice
from typing import TYPE_CHECKING

from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.frames import Frame
from websockets.frames import Opcode as FrameOpcode
from websockets.http11 import Request, Response
from websockets.protocol import OPEN, Protocol
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from benches import data, wire
from benches.contestants.base import Contestant, Role
from benches.tasks import ClientHandshakes, Loop

if TYPE_CHECKING:
    from benches.tasks import Task
    from benches.wire import Incoming, Opcode

URI = parse_uri("ws://example.com/chat")


class Websockets(Contestant):
    """`ServerProtocol` and `ClientProtocol`. Their users decode text."""

    name = "websockets"
    version = version("websockets")
    imports = "import websockets.server, websockets.frames"

    def receive(self, incoming: Incoming) -> Task:
        """Take the bytes and look at the frames."""
        connection = ServerProtocol(state=OPEN, max_size=None)
        received = incoming.wire()
        opcode = FrameOpcode(incoming.opcode)

        def run_text(times: int) -> object:
            text = None
            for _ in range(times):
                connection.receive_data(received)
                for frame in connection.events_received():
                    if isinstance(frame, Frame) and frame.opcode is opcode:
                        text = str(frame.data, "utf-8")
            return text

        def run_binary(times: int) -> object:
            content = None
            for _ in range(times):
                connection.receive_data(received)
                for frame in connection.events_received():
                    if isinstance(frame, Frame) and frame.opcode is opcode:
                        content = frame.data
            return content

        def once() -> list[object]:
            connection.receive_data(received)
            return [_data(frame, text=incoming.text) for frame in connection.events_received()]

        return Loop(run_text if incoming.text else run_binary, once)

    def receive_whole(self, incoming: Incoming) -> Task:
        """Take the bytes piece by piece; it puts the frame together."""
        connection = ServerProtocol(state=OPEN, max_size=None)
        chunks = incoming.chunks()

        def run(times: int) -> object:
            content = None
            for _ in range(times):
                for chunk in chunks:
                    connection.receive_data(chunk)
                    for frame in connection.events_received():
                        content = _data(frame, text=incoming.text)
            return content

        return Loop(run, lambda: [run(1)])

    def send(self, role: Role, opcode: Opcode, payload: bytes) -> Task:
        """Encode the text, make the frame, fetch the bytes."""
        connection: Protocol = (
            ServerProtocol(state=OPEN) if role is Role.SERVER else ClientProtocol(URI, state=OPEN)
        )
        text = payload.decode() if opcode is wire.Opcode.TEXT else ""

        def run_text(times: int) -> object:
            frame = None
            for _ in range(times):
                connection.send_text(text.encode())
                (frame,) = connection.data_to_send()
            return frame

        def run_binary(times: int) -> object:
            frame = None
            for _ in range(times):
                connection.send_binary(payload)
                (frame,) = connection.data_to_send()
            return frame

        run = run_text if opcode is wire.Opcode.TEXT else run_binary
        return Loop(run, partial(run, 1))

    def server_handshake(self) -> Task:
        """Accept a browser's request."""

        def run(times: int) -> object:
            response = None
            for _ in range(times):
                connection = ServerProtocol()
                connection.receive_data(wire.REQUEST)
                for request in connection.events_received():
                    if isinstance(request, Request):
                        connection.send_response(connection.accept(request))
                        (response,) = connection.data_to_send()
            return response

        return Loop(run, partial(run, 1))

    def client_handshake(self) -> Task:
        """Request, and see the request accepted."""

        def connect() -> tuple[ClientProtocol, bytes]:
            connection = ClientProtocol(URI)
            connection.send_request(connection.connect())
            (request,) = connection.data_to_send()
            return connection, request

        def answer(connection: ClientProtocol, response: bytes) -> bool:
            connection.receive_data(response)
            for event in connection.events_received():
                if isinstance(event, Response):
                    return connection.state is OPEN
            return False

        return ClientHandshakes(connect, answer)  # type: ignore[arg-type]

    def ping_pong(self, payload: bytes) -> Task:
        """Let it answer a ping by itself."""
        connection = ServerProtocol(state=OPEN)
        received = wire.frame(wire.Opcode.PING, payload)

        def run(times: int) -> object:
            pong = None
            for _ in range(times):
                connection.receive_data(received)
                connection.events_received()
                (pong,) = connection.data_to_send()
            return pong

        return Loop(run, partial(run, 1))

    def receive_compressed(self, stream: data.Compressed) -> Task:
        """Take the frames of the stream round and round."""
        connection = _compressing()
        endless = cycle(stream.cycle)

        def run(times: int) -> object:
            text = None
            for wire_frame in islice(endless, times):
                connection.receive_data(wire_frame)
                for frame in connection.events_received():
                    if isinstance(frame, Frame) and frame.opcode is FrameOpcode.TEXT:
                        text = str(frame.data, "utf-8")
            return text

        def once() -> list[object]:
            texts: list[object] = []
            for wire_frame in [*stream.prologue, *stream.cycle]:
                connection.receive_data(wire_frame)
                texts += [_data(frame, text=True) for frame in connection.events_received()]
            return texts

        return Loop(run, once)

    def send_compressed(self, stream: data.Compressed) -> Task:
        """Send the messages of the stream round and round."""
        connection = _compressing()
        endless = cycle([document.decode() for document in stream.messages])

        def run(times: int) -> object:
            frame = None
            for text in islice(endless, times):
                connection.send_text(text.encode())
                (frame,) = connection.data_to_send()
            return frame

        return Loop(run, lambda: [run(1) for _ in stream.messages])

    def idle_connection(self) -> object:
        """Return a server's connection."""
        return _accepted(ServerProtocol())

    def compressing_connection(self) -> object:
        """Return a server's connection with both contexts in use."""
        return _exchanged(data.compressed(1 << 10), 1)

    def full_connection(self) -> object:
        """Return a server's connection whose contexts are full."""
        return _exchanged(data.compressed(1 << 16), 2)


def _exchanged(stream: data.Compressed, count: int) -> object:
    connection = _compressing()
    for frame, message in zip(stream.prologue[:count], stream.messages[:count], strict=True):
        connection.receive_data(frame)
        connection.events_received()
        connection.send_text(message)
        connection.data_to_send()
    return connection


def _compressing() -> ServerProtocol:
    # With zlib's own settings, as upstream has them; what it takes by default costs less memory.
    return _accepted(ServerProtocol(max_size=None, extensions=[ServerPerMessageDeflateFactory()]))


def _accepted(connection: ServerProtocol) -> ServerProtocol:
    connection.receive_data(wire.REQUEST)
    (request,) = connection.events_received()
    assert isinstance(request, Request)
    connection.send_response(connection.accept(request))
    connection.data_to_send()
    return connection


def _data(frame: object, *, text: bool) -> str | bytes:
    assert isinstance(frame, Frame)
    return str(frame.data, "utf-8") if text else bytes(frame.data)
