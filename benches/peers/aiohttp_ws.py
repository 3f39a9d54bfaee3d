"""The reader and the writer inside `aiohttp`, with its accelerations; its HTTP server is not taken apart."""

from __future__ import annotations

from functools import partial
from importlib.metadata import version
from itertools import cycle, islice
from typing import TYPE_CHECKING

from aiohttp._websocket.helpers import websocket_mask
from aiohttp._websocket.reader import WebSocketDataQueue, WebSocketReader
from aiohttp._websocket.writer import WebSocketWriter
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_websocket import WSMsgType

from benches import data, wire
from benches.contestants.base import Contestant, Role
from benches.peers.transport import Transport, loop, straight
from benches.tasks import Loop

if TYPE_CHECKING:
    from benches.tasks import Task
    from benches.wire import Incoming, Opcode

assert "cython" in type(websocket_mask).__name__, "aiohttp without its accelerations is not worth measuring"

#: More than ever lies in the queue here, so that nothing pauses.
LIMIT = 1 << 27


class Aiohttp(Contestant):
    """`WebSocketReader` with its queue, and `WebSocketWriter` on a transport that goes nowhere."""

    name = "aiohttp"
    version = version("aiohttp")
    imports = "import aiohttp.http_websocket"

    def receive(self, incoming: Incoming) -> Task:
        """Feed the reader and read the queue."""
        queue, reader = _reader()
        received = incoming.wire()
        kind = WSMsgType(incoming.opcode)
        count = range(len(incoming.payloads))

        async def receive(times: int) -> object:
            content = None
            for _ in range(times):
                reader.feed_data(received)
                for _ in count:
                    message = await queue.read()
                    if message.type is kind:
                        content = message.data
            return content

        async def once() -> list[object]:
            reader.feed_data(received)
            return [(await queue.read()).data for _ in count]

        return Loop(lambda times: straight(receive(times)), lambda: straight(once()))

    def receive_whole(self, incoming: Incoming) -> Task:
        """Feed the reader piece by piece; it puts the frame together."""
        queue, reader = _reader()
        chunks = incoming.chunks()

        async def receive(times: int) -> object:
            content = None
            for _ in range(times):
                for chunk in chunks:
                    reader.feed_data(chunk)
                content = (await queue.read()).data
            return content

        return Loop(lambda times: straight(receive(times)), lambda: [straight(receive(1))])

    def send(self, role: Role, opcode: Opcode, payload: bytes) -> Task:
        """Encode the text, and have the frame written."""
        transport, writer = _writer(role)
        text = payload.decode() if opcode is wire.Opcode.TEXT else ""
        kind = WSMsgType(opcode)

        async def send_text(times: int) -> object:
            frame = None
            for _ in range(times):
                await writer.send_frame(text.encode(), kind)
                frame = transport.taken()
            return frame

        async def send_binary(times: int) -> object:
            frame = None
            for _ in range(times):
                await writer.send_frame(payload, kind)
                frame = transport.taken()
            return frame

        send = send_text if opcode is wire.Opcode.TEXT else send_binary

        def run(times: int) -> object:
            return straight(send(times))

        return Loop(run, lambda: bytes(straight(send(1))))

    def ping_pong(self, payload: bytes) -> Task:
        """Read the ping and write the pong, as `WebSocketResponse.receive` does."""
        queue, reader = _reader()
        transport, writer = _writer(Role.SERVER)
        received = wire.frame(wire.Opcode.PING, payload)

        async def answer(times: int) -> object:
            pong = None
            for _ in range(times):
                reader.feed_data(received)
                message = await queue.read()
                if message.type is WSMsgType.PING:
                    await writer.send_frame(message.data, WSMsgType.PONG)
                    pong = transport.taken()
            return pong

        def run(times: int) -> object:
            return straight(answer(times))

        return Loop(run, partial(run, 1))

    def receive_compressed(self, stream: data.Compressed) -> Task:
        """Take the frames round and round. It compresses at another level: no match for sending."""
        queue, reader = _reader()
        endless = cycle(stream.cycle)

        async def receive(times: int) -> object:
            text = None
            for frame in islice(endless, times):
                reader.feed_data(frame)
                message = await queue.read()
                if message.type is WSMsgType.TEXT:
                    text = message.data
            return text

        async def once() -> list[object]:
            texts: list[object] = []
            for frame in [*stream.prologue, *stream.cycle]:
                reader.feed_data(frame)
                texts.append((await queue.read()).data)
            return texts

        return Loop(lambda times: straight(receive(times)), lambda: straight(once()))

    def idle_connection(self) -> object:
        """Return a reader with its queue, and a writer: less than a whole connection of aiohttp's."""
        return _reader(), _writer(Role.SERVER)


def _reader() -> tuple[WebSocketDataQueue, WebSocketReader]:
    queue = WebSocketDataQueue(BaseProtocol(loop()), LIMIT, loop=loop())
    return queue, WebSocketReader(queue, 0, compress=True, decode_text=True)


def _writer(role: Role) -> tuple[Transport, WebSocketWriter]:
    transport = Transport()
    return transport, WebSocketWriter(BaseProtocol(loop()), transport, use_mask=role is Role.CLIENT)
