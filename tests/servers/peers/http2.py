"""
A client over HTTP/2 (RFC 8441): h2 carries the stream, the `websockets` library speaks the frames in it.

Neither is this package's: its servers are read by independent code here, too.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, RemoteSettingsChanged, ResponseReceived, StreamEnded, StreamReset
from h2.settings import SettingCodes
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.headers import build_extension, parse_extension
from websockets.protocol import Protocol, Side, State

from tests.servers.ours import LIMIT
from tests.servers.peers.base import MAX_SIZE, Ending, RefusedError, Sendable
from tests.servers.programs.behaviour import reset

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

READ_SIZE = 2**16


class HTTP2Peer:
    """One connection with one stream, which is a WebSocket."""

    def __init__(self, uri: str, subprotocols: Sequence[str]) -> None:
        """Connect, wait until the server says that it speaks RFC 8441, and ask for the WebSocket."""
        url = urlsplit(uri)
        assert url.hostname is not None
        self.sock = socket.create_connection((url.hostname, url.port), LIMIT)
        self.h2 = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self.h2.initiate_connection()
        self.ended = False
        self.settled = False
        self.response: dict[str, str] = {}
        self.body = b""
        self.deflate = ClientPerMessageDeflateFactory()
        self.protocol: Protocol | None = None
        self.frames: list[Frame] = []
        self._until(lambda: self.settled)
        assert self.h2.remote_settings.get(SettingCodes.ENABLE_CONNECT_PROTOCOL) == 1

        target = f"{url.path}?{url.query}" if url.query else url.path
        offer = build_extension([(self.deflate.name, list(self.deflate.get_request_params()))])
        self.stream = self.h2.get_next_available_stream_id()
        self.h2.send_headers(self.stream, request(url.netloc, target, offer, subprotocols))
        self._until(lambda: bool(self.response))
        if self.protocol is None:
            self._until(lambda: self.ended)
            self.finish()
            raise RefusedError(int(self.response[":status"]), self.body.decode())
        self.subprotocol = self.response.get("sec-websocket-protocol")
        self.extensions: list[str] = [extension.name for extension in self.protocol.extensions]

    def _until(self, condition: Callable[[], bool]) -> None:
        """Write what is to be written and read what comes, until the condition holds."""
        self._flush()
        while not condition():
            data = self.sock.recv(READ_SIZE)
            if not data:
                self.ended = True
                assert condition(), "the server has closed the connection"
                return
            for event in self.h2.receive_data(data):
                self._handle(event)
            self._flush()

    def _flush(self) -> None:
        self.sock.sendall(self.h2.data_to_send())

    def _handle(self, event: Event) -> None:
        if isinstance(event, RemoteSettingsChanged):
            self.settled = True
        elif isinstance(event, ResponseReceived):
            self._answered({str(name): str(value) for name, value in event.headers})
        elif isinstance(event, DataReceived):
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            self._take(event.data)
        elif isinstance(event, StreamEnded | StreamReset):
            self.ended = True

    def _answered(self, response: dict[str, str]) -> None:
        """Speak WebSocket from here on, if the server has accepted; its first message may follow at once."""
        self.response = response
        if response[":status"] == "200":
            answer = response.get("sec-websocket-extensions")
            self.protocol = Protocol(Side.CLIENT, state=State.OPEN, max_size=MAX_SIZE)
            self.protocol.extensions = [
                self.deflate.process_response_params(parameters, [])
                for _name, parameters in (parse_extension(answer) if answer else [])
            ]

    def _take(self, data: bytes) -> None:
        if self.protocol is None:
            self.body += data
            return
        self.protocol.receive_data(data)
        self.frames += [frame for frame in self.protocol.events_received() if isinstance(frame, Frame)]

    def _write(self) -> None:
        """Send what the protocol has to say, as the window of the stream allows (RFC 9113, section 5.2)."""
        assert self.protocol is not None
        data = b"".join(self.protocol.data_to_send())
        while data and not self.ended:
            self._until(lambda: self.ended or self.h2.local_flow_control_window(self.stream) > 0)
            room = min(self.h2.local_flow_control_window(self.stream), self.h2.max_outbound_frame_size)
            self.h2.send_data(self.stream, data[:room])
            data = data[room:]
        self._flush()

    def _frame(self) -> Frame:
        """Wait for a frame, and answer what came with it."""
        self._until(lambda: bool(self.frames) or self.ended)
        self._write()
        return self.frames.pop(0)

    def send(self, message: Sendable) -> None:
        self._queue(message)
        self._write()

    def _queue(self, message: Sendable) -> None:
        assert self.protocol is not None
        if isinstance(message, bytes):
            self.protocol.send_binary(message)
            return
        first, *others = [message] if isinstance(message, str) else message
        self.protocol.send_text(first.encode(), fin=not others)
        for left, piece in zip(range(len(others) - 1, -1, -1), others, strict=True):
            self.protocol.send_continuation(piece.encode(), fin=left == 0)

    def recv(self) -> str | bytes:
        """Receive a message; control frames between messages are passed over."""
        pieces: list[Frame] = []
        while not pieces or not pieces[-1].fin:
            frame = self._frame()
            assert frame.opcode is not Opcode.CLOSE, frame
            if frame.opcode not in (Opcode.PING, Opcode.PONG):
                pieces.append(frame)
        data = b"".join(bytes(piece.data) for piece in pieces)
        return data.decode() if pieces[0].opcode is Opcode.TEXT else data

    def flood(self, messages: list[str]) -> list[str | bytes]:
        for message in messages:
            self._queue(message)
        self._write()
        return [self.recv() for _ in messages]

    def ping(self, payload: bytes) -> None:
        assert self.protocol is not None
        self.protocol.send_ping(payload)
        self._write()
        pong = Frame(Opcode.PONG, payload)
        self._until(lambda: pong in self.frames)
        self.frames.remove(pong)

    def close(self, code: int = 1000, reason: str = "") -> Ending:
        assert self.protocol is not None
        self.protocol.send_close(code, reason)
        self._write()
        return self.closed()

    def closed(self) -> Ending:
        assert self.protocol is not None
        self._until(lambda: self.ended or any(frame.opcode is Opcode.CLOSE for frame in self.frames))
        self.protocol.receive_eof()
        return self.protocol.close_code, self.protocol.close_reason

    def abort(self) -> None:
        reset(self.sock)
        self.sock.close()

    def finish(self) -> None:
        self.sock.close()


def request(
    authority: str, target: str, extensions: str, subprotocols: Sequence[str]
) -> list[tuple[str, str]]:
    """Return the header of the request (RFC 8441, section 5)."""
    header = [
        (":method", "CONNECT"),
        (":protocol", "websocket"),
        (":scheme", "http"),
        (":authority", authority),
        (":path", target),
        ("sec-websocket-version", "13"),
        ("sec-websocket-extensions", extensions),
    ]
    return header + [("sec-websocket-protocol", ", ".join(subprotocols))] * bool(subprotocols)
