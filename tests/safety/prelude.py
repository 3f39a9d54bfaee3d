"""What programs of these tests have in common: frames, a request and its answer, and extensions."""

from __future__ import annotations

from wsproto.events import TextMessage
from wsproto.extensions import CloseReason, Extension, FrameDecoder, FrameProtocol, PerMessageDeflate
from wsproto.utilities import generate_accept_token

REQUEST = (
    b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)


def frame(opcode: int, payload: bytes, *, fin: bool = True, rsv1: bool = False) -> bytes:
    """Return a frame that is masked with a key of zeros."""
    first = bytes([fin << 7 | rsv1 << 6 | opcode])
    if len(payload) < 126:
        return first + bytes([0x80 | len(payload)]) + bytes(4) + payload
    if len(payload) < 1 << 16:
        return first + b"\xfe" + len(payload).to_bytes(2, "big") + bytes(4) + payload
    return first + b"\xff" + len(payload).to_bytes(8, "big") + bytes(4) + payload


def answer(request: bytes) -> bytes:
    """Return the response that accepts a request."""
    key = request.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + generate_accept_token(key) + b"\r\n\r\n"
    )


def enabled() -> PerMessageDeflate:
    deflate = PerMessageDeflate()
    deflate._enabled = True
    return deflate


class Hook(Extension):
    """An extension that changes nothing."""

    name = "hook"

    def enabled(self) -> bool:
        return True

    def offer(self) -> bool:
        return True


class Derived(PerMessageDeflate):
    """permessage-deflate with a hook of its own, which changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._enabled = True

    def frame_inbound_payload_data(
        self, proto: FrameDecoder | FrameProtocol, data: bytes
    ) -> bytes | CloseReason:
        return super().frame_inbound_payload_data(proto, data)


class Sub(TextMessage):
    """A subclass of an event, with a further attribute."""

    more = 1
