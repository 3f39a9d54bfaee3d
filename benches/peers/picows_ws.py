"""`picows`: its asyncio protocol on a transport that goes nowhere."""

from __future__ import annotations

import logging
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from picows import WSAutoPingStrategy, WSFrame, WSListener, WSMsgType, WSTransport
from picows.picows import WSProtocol  # type: ignore[attr-defined]

from benches import wire
from benches.contestants.base import Contestant, Role
from benches.peers.transport import Transport, within
from benches.tasks import ClientHandshakes, Loop

if TYPE_CHECKING:
    from collections.abc import Callable

    from benches.tasks import Task
    from benches.wire import Incoming, Opcode

#: It reports every connection at the level INFO.
logging.getLogger("picows").setLevel(logging.WARNING)

MAX_FRAME_SIZE = 1 << 27


class TextListener(WSListener):
    """Keeps the last text."""

    data: object = None

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Look at a frame."""
        if frame.msg_type == WSMsgType.TEXT:
            self.data = frame.get_payload_as_utf8_text()


class BinaryListener(WSListener):
    """Keeps the last bytes."""

    data: object = None

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Look at a frame."""
        if frame.msg_type == WSMsgType.BINARY:
            self.data = frame.get_payload_as_bytes()


class CollectingListener(WSListener):
    """Keeps everything."""

    def __init__(self) -> None:
        self.all: list[object] = []

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Look at a frame."""
        text = frame.msg_type == WSMsgType.TEXT
        self.all.append(frame.get_payload_as_utf8_text() if text else frame.get_payload_as_bytes())


class Connection:
    """A protocol with its transport, after the handshake."""

    def __init__(self, role: Role, listener: WSListener, buffer: int = 0) -> None:
        self.listener = listener
        self.protocol, self.transport = within(_connect(role, lambda *_: listener, buffer))
        if role is Role.SERVER:
            within(self.fed(wire.REQUEST))
        else:
            within(self.fed(wire.response_to(self.transport.taken())))
        self.transport.pieces.clear()
        self.ws: WSTransport = self.protocol.transport

    def feed(self, data: bytes) -> None:
        """Do what asyncio does for a `BufferedProtocol`; the copy is the one that the kernel makes."""
        protocol = self.protocol
        at, size = 0, len(data)
        while at < size:
            buffer = protocol.get_buffer(-1)
            count = min(len(buffer), size - at)
            buffer[:count] = data if count == size else memoryview(data)[at : at + count]
            protocol.buffer_updated(count)
            at += count

    async def fed(self, data: bytes) -> None:
        """Feed with a loop running."""
        self.feed(data)


class Picows(Contestant):
    """`WSProtocol`, with a listener in Python."""

    name = "picows"
    version = version("picows")
    imports = "import picows"

    def receive(self, incoming: Incoming) -> Task:
        """Feed the protocol, which calls the listener."""
        received = incoming.wire()
        # Its buffer is as large as it wants in the long run.
        room = 2 * len(received)
        listener = TextListener() if incoming.text else BinaryListener()
        connection = Connection(Role.SERVER, listener, room)

        def run(times: int) -> object:
            feed = connection.feed
            for _ in range(times):
                feed(received)
            return listener.data

        def once() -> list[object]:
            collecting = CollectingListener()
            Connection(Role.SERVER, collecting, room).feed(received)
            return collecting.all

        return Loop(run, once)

    def receive_whole(self, incoming: Incoming) -> Task:
        """Feed the protocol piece by piece; it puts the frame together."""
        chunks = incoming.chunks()
        listener = TextListener() if incoming.text else BinaryListener()
        connection = Connection(Role.SERVER, listener, 2 * sum(map(len, chunks)))

        def run(times: int) -> object:
            feed = connection.feed
            for _ in range(times):
                for chunk in chunks:
                    feed(chunk)
            return listener.data

        return Loop(run, lambda: [run(1)])

    def send(self, role: Role, opcode: Opcode, payload: bytes) -> Task:
        """Have the frame written; it encodes the text itself."""
        connection = Connection(role, CollectingListener())
        message: Any = payload.decode() if opcode is wire.Opcode.TEXT else payload
        kind = WSMsgType.TEXT if opcode is wire.Opcode.TEXT else WSMsgType.BINARY

        def run(times: int) -> object:
            frame = None
            ws, transport = connection.ws, connection.transport
            for _ in range(times):
                ws.send(kind, message)
                frame = transport.taken()
            return frame

        return Loop(run, partial(run, 1))

    def server_handshake(self) -> Task:
        """Accept a browser's request."""

        async def handshake(times: int) -> object:
            response = None
            for _ in range(times):
                listener = CollectingListener()
                protocol, transport = _made(Role.SERVER, lambda *_, listener=listener: listener)
                protocol.get_buffer(-1)[: len(wire.REQUEST)] = wire.REQUEST
                protocol.buffer_updated(len(wire.REQUEST))
                response = transport.taken()
            return response

        def run(times: int) -> object:
            return within(handshake(times))

        return Loop(run, lambda: bytes(within(handshake(1))))

    def client_handshake(self) -> Task:
        """Request, and see the request accepted."""

        def connect() -> tuple[object, bytes]:
            listener = CollectingListener()
            protocol, transport = _made(Role.CLIENT, lambda *_: listener)
            return (protocol, listener), transport.taken()

        def answer(connection: Any, response: bytes) -> bool:
            protocol, _ = connection
            protocol.get_buffer(-1)[: len(response)] = response
            protocol.buffer_updated(len(response))
            return protocol.listener is not None

        return InLoop(connect, answer)

    def ping_pong(self, payload: bytes) -> Task:
        """Let it answer a ping by itself."""
        connection = Connection(Role.SERVER, CollectingListener())
        received = wire.frame(wire.Opcode.PING, payload)

        def run(times: int) -> object:
            pong = None
            feed, transport = connection.feed, connection.transport
            for _ in range(times):
                feed(received)
                pong = transport.taken()
            return pong

        return Loop(run, partial(run, 1))

    def idle_connection(self) -> object:
        """Return a server's protocol with its transport and listener."""
        return Connection(Role.SERVER, TextListener(), 16 * 1024)


class InLoop(ClientHandshakes):
    """The same with a running event loop, which picows needs when it makes a connection."""

    def once(self) -> tuple[bytes, bool]:
        """Return the request, and whether the answer was accepted."""

        async def once() -> tuple[bytes, bool]:
            return super(InLoop, self).once()

        done: tuple[bytes, bool] = within(once())
        return done

    def cost(self, times: int) -> float:
        """Return seconds of CPU time."""

        async def cost() -> float:
            return super(InLoop, self).cost(times)

        taken: float = within(cost())
        return taken


def _made(role: Role, listener: Callable[..., WSListener], buffer: int = 16 * 1024) -> tuple[Any, Transport]:
    """Make a connection with the arguments that its own functions give, but no pings and no time-out."""
    protocol = WSProtocol(
        "example.com" if role is Role.CLIENT else None,  # host_port
        "/chat" if role is Role.CLIENT else None,  # ws_path
        role is Role.CLIENT,
        listener,
        logging.getLogger("picows"),
        True,  # noqa: FBT003 (disconnect_on_exception)
        None,  # websocket_handshake_timeout
        False,  # noqa: FBT003 (enable_auto_ping)
        10,  # auto_ping_idle_timeout
        10,  # auto_ping_reply_timeout
        WSAutoPingStrategy.PING_WHEN_IDLE,
        True,  # noqa: FBT003 (enable_auto_pong)
        MAX_FRAME_SIZE,
        None,  # extra_headers
        buffer,
    )
    transport = Transport()
    protocol.connection_made(transport)
    return protocol, transport


async def _connect(role: Role, listener: Callable[..., WSListener], buffer: int) -> tuple[Any, Transport]:
    return _made(role, listener, max(buffer, 16 * 1024))
