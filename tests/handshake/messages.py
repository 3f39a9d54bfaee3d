"""Messages of the opening handshake (RFC 6455 section 1.3), and the two sides of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wsproto.connection import CLIENT, SERVER
from wsproto.events import Request
from wsproto.handshake import H11Handshake
from wsproto.utilities import generate_accept_token

if TYPE_CHECKING:
    from wsproto.typing import Headers

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
TOKEN = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

HEADERS: Headers = [
    (b"Host", b"example.com"),
    (b"Upgrade", b"websocket"),
    (b"Connection", b"Upgrade"),
    (b"Sec-WebSocket-Key", KEY),
    (b"Sec-WebSocket-Version", b"13"),
]


def request(*more: tuple[bytes, bytes], without: bytes = b"", line: bytes = b"GET /chat HTTP/1.1") -> bytes:
    """Return a request, with headers added to the good ones or taken away from them."""
    headers = [header for header in HEADERS if header[0] != without]
    return head(line, *headers, *more)


def response(client: H11Handshake, *more: tuple[bytes, bytes], without: bytes = b"") -> bytes:
    """Return what a server answers to the request that the client has sent."""
    nonce: Any = client._nonce
    headers = [
        (b"Upgrade", b"websocket"),
        (b"Connection", b"Upgrade"),
        (b"Sec-WebSocket-Accept", generate_accept_token(nonce)),
    ]
    kept = [header for header in headers if header[0] != without]
    return head(b"HTTP/1.1 101 Switching Protocols", *kept, *more)


def head(line: bytes, *headers: tuple[bytes, bytes]) -> bytes:
    """Return the head of a message."""
    return b"".join([line, b"\r\n", *(b"%s: %s\r\n" % header for header in headers), b"\r\n"])


def server(*received: bytes) -> H11Handshake:
    """Return a server that has received this."""
    handshake = H11Handshake(SERVER)
    for data in received:
        handshake.receive_data(data)
    return handshake


def client(**fields: Any) -> H11Handshake:
    """Return a client that has sent its request."""
    handshake = H11Handshake(CLIENT)
    handshake.send(Request(host="example.com", target="/chat", **fields))
    return handshake
