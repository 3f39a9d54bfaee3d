"""
Write the hand-made inputs of the corpus: `python fuzz/seeds.py`.

Each begins with the eight bytes of options that its target reads (`fuzz/src/TARGET.rs`). The other inputs of
the corpus, named by hashes, were found by libFuzzer, and each of them reaches code that the others do not.
"""

from __future__ import annotations

import random
import zlib
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"


def frame(first: int, payload: bytes, key: bytes | None = None) -> bytes:
    """Encode a frame of at most 65,535 bytes from its first byte, masked under this key."""
    masked = 0x80 if key is not None else 0
    head = bytes([first, masked | len(payload)]) if len(payload) < 126 else bytes([first, masked | 126])
    if len(payload) >= 126:
        head += len(payload).to_bytes(2, "big")
    if key is None:
        return head + payload
    return head + key + bytes(octet ^ key[index % 4] for index, octet in enumerate(payload))


def deflate(data: bytes, bits: int = 15, mode: int = zlib.Z_SYNC_FLUSH) -> bytes:
    """Compress a message as RFC 7692 section 7.2.1 has it."""
    compressor = zlib.compressobj(wbits=-bits)
    return (compressor.compress(data) + compressor.flush(mode)).removesuffix(b"\x00\x00\xff\xff")


def noise(length: int) -> bytes:
    """Return bytes that do not compress."""
    return random.Random(length).randbytes(length)  # noqa: S311


def options(*values: int) -> bytes:
    """Fill options up with zeros."""
    return bytes(values).ljust(8, b"\x00")


KEY = b"\x37\xfa\x21\x3d"
HELLO = b"\xf2\x48\xcd\xc9\xc9\x07\x00"
TEXT = "Dies ist Text, это текст, 這是文字, und 😀🏴 sind Zeichen; éèê."
CLIENT, DEFLATE = 1, 2
RECEIVE = {
    "text": options(CLIENT, 3) + frame(0x81, TEXT.encode()),
    "fragments": options(CLIENT, 1)
    + frame(0x01, "é".encode()[:1])
    + frame(0x89, b"ping")
    + frame(0x80, "é".encode()[1:])
    + frame(0x88, b"\x03\xe8bye"),
    "masked": options(0, 2)
    + frame(0x82, bytes(range(200)), KEY)
    + frame(0x8A, b"", KEY)
    + frame(0x88, b"", KEY),
    "limit": options(CLIENT, 3, 0, 10) + frame(0x01, b"12345") + frame(0x80, b"123456"),
    "bad_text": options(CLIENT, 4) + frame(0x81, b"ab\xed\xa0\x80cd"),
    "bad_close": options(CLIENT, 1) + frame(0x88, b"\x03\xed"),
    "reserved_bit": options(CLIENT, 1) + frame(0xC1, b"a"),
    "compressed": options(CLIENT | DEFLATE, 2, 1)
    + frame(0xC1, HELLO)
    + frame(0xC1, b"\xf2\x00\x11\x00\x00")
    + frame(0x82, b"plain"),
    "compressed_fragments": options(DEFLATE, 3, 7, 0, 6)
    + frame(0x41, deflate(TEXT.encode() * 3)[:20], KEY)
    + frame(0x89, b"p", KEY)
    + frame(0x80, deflate(TEXT.encode() * 3)[20:], KEY),
    "compressed_limit": options(CLIENT | DEFLATE, 1, 3, 50) + frame(0xC2, deflate(bytes(1000))),
    "corrupt": options(CLIENT | DEFLATE, 1) + frame(0xC1, b"xxxxxxxxx"),
}
INFLATE = {
    "hello": options(0, 6, 0, 0, 255) + HELLO,
    "taken_over": options(0, 6, 1, 2, 149) + HELLO + b"\xf2\x00\x11\x00\x00",
    "not_taken_over": options(1, 6, 1, 2, 149) + HELLO + b"\xf2\x00\x11\x00\x00",
    "stored": options(0, 6, 2, 1, 255) + b"\x00\x05\x00\xfa\xffHello\x00",
    "two_blocks": options(0, 0, 3, 4, 255) + b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00",
    "final": options(0, 6, 1, 0, 130) + b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00" + HELLO,
    "dynamic": options(0, 6, 5, 9, 255) + deflate(TEXT.encode() * 9),
    "zeros": options(0, 6, 4, 255, 255) + deflate(bytes(30_000)),
    "corrupt": options(0, 6, 1, 0, 255) + b"xxxxxxxxx",
    # A block that does not end: what is appended to the message inflates to 21 letters.
    "data_in_tail": options(0, 6, 1, 2, 255) + bytes.fromhex("04c00109000000c3a0acfefd3b0c"),
}
DEFLATED = {
    # What is repeated lies beyond the window, or just within it.
    "beyond_512": options(0, 6, 7, 0, 7) + noise(700),
    "beyond_1024": options(1, 6, 7, 0, 7) + noise(1300),
    "within_2048": options(2, 6, 7, 0, 7) + noise(1300),
    "short": options(6, 6, 7, 0, 7, 0) + TEXT.encode(),
    "fragments": options(6, 6, 7, 0, 6, 1) + TEXT.encode(),
    "small_window": options(0, 9, 8, 0, 7, 0, 7) + bytes(range(256)) + TEXT.encode(),
    "stored": options(3, 0, 7, 0, 5, 2, 6) + TEXT.encode(),
    "default": options(6, 10, 7, 1, 4, 3, 5) + TEXT.encode(),
    "fast": options(2, 1, 0, 0, 7, 0, 15) + TEXT.encode() * 2,
}
UPGRADE = b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
REQUEST = (
    b"GET /chat HTTP/1.1\r\nHost: h\r\n" + UPGRADE + b"Sec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: a, b\r\n"
    b"Sec-WebSocket-Extensions: permessage-deflate\r\nX-Other: value\r\n\r\n"
)
ACCEPTANCE = (
    b"HTTP/1.1 101 Switching Protocols\r\n"
    + UPGRADE
    + b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
    b"Sec-WebSocket-Protocol: a\r\n\r\n"
)
OPEN, END = 2, 4
HANDSHAKE = {
    "request": options(OPEN, 5) + REQUEST + b"\x81\x80",
    "request_at_end": options(END, 6) + REQUEST,
    "request_with_content": options(0, 4)
    + REQUEST.replace(b"X-Other: value", b"Content-Length: 3")
    + b"abcde",
    "post": options(0, 3) + REQUEST.replace(b"GET", b"POST"),
    "no_key": options(0, 3) + REQUEST.replace(b"-Key", b"-Kex"),
    "version": options(0, 2) + REQUEST.replace(b": 13", b": 12"),
    "bare_line_ends": options(OPEN, 1) + REQUEST.replace(b"\r\n", b"\n") + b"\x81",
    "folded": options(0, 4) + REQUEST.replace(b"X-Other: value", b"X-Other: v\r\n alue"),
    "not_http": options(0, 1) + b"\x16\x03\x01\x02\x00\x01",
    "acceptance": options(CLIENT | OPEN, 6) + ACCEPTANCE + b"\x81\x01a",
    "bad_token": options(CLIENT, 6) + ACCEPTANCE.replace(b"s3p", b"s3q"),
    "refusal": options(CLIENT, 4) + b"HTTP/1.1 403 No\r\nContent-Length: 5\r\n\r\nhello, rest",
    "refusal_in_chunks": options(CLIENT, 3)
    + b"HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nTrailer: a\r\n\r\n",
    "refusal_to_the_end": options(CLIENT | END, 3) + b"HTTP/1.0 500 \r\n\r\nhello",
    "cut": options(CLIENT | END, 3) + b"HTTP/1.1 403 No\r\nContent-Length: 5\r\n\r\nhel",
}
EXTENSIONS = {
    "name": options() + b"permessage-deflate",
    "all": options(5, 1, 2, 3, 4)
    + b"permessage-deflate; client_max_window_bits=10; server_max_window_bits=9; "
    + b"client_no_context_takeover; server_no_context_takeover",
    "quoted": options(0, 6, 6, 6, 6) + b'permessage-deflate;client_max_window_bits="12"',
    "without_value": options() + b"permessage-deflate; client_max_window_bits",
    "several": options(3) + b"other, , permessage-deflate; x,\tpermessage-deflate;",
    "eight": options() + b"permessage-deflate; server_max_window_bits=8",
    "repeated": options() + b"permessage-deflate; server_max_window_bits=10; server_max_window_bits=10",
    "bare": options() + b"whatever; server_max_window_bits=10",
}
TEXTS = {
    "mixture": options(3, 0, 9) + TEXT.encode(),
    "ascii": options(7, 200, 0) + b"only ASCII",
    "narrow": options(1, 63, 31) + "éü".encode(),
    "two_bytes": options(2, 1, 31) + "ж漢\uffff".encode(),
    "four_bytes": options(1, 62, 31) + "😀\U0010ffff".encode(),
    "surrogate": options(1, 0) + b"a\xed\xa0\x80",
    "overlong": options(1, 64) + b"\xc0\x80\xe0\x80\x80\xf0\x80\x80\x80",
    "too_high": options(1, 63) + b"\xf4\x90\x80\x80",
    "cut": options(2, 61) + "漢".encode()[:2],
}
MASKS = {
    "hello": KEY + bytes([0, 128, 0, 0]) + b"\x7f\x9f\x4d\x51\x58",
    "long": KEY + bytes([33, 100, 31, 0]) + TEXT.encode(),
    "no_key": bytes(4) + bytes([7, 3, 5, 0]) + TEXT.encode(),
    "ascii": b"    " + bytes([1, 50, 31, 0]) + b"the quick brown fox",
    "block": b"\x80\x00\xff\x01" + bytes([63, 200, 15, 0]) + bytes(range(64)),
}
CORPUS = {
    "receive": RECEIVE,
    "inflate": INFLATE,
    "deflate": DEFLATED,
    "handshake": HANDSHAKE,
    "extensions": EXTENSIONS,
    "text": TEXTS,
    "mask": MASKS,
}

if __name__ == "__main__":
    for target, inputs in CORPUS.items():
        (FOLDER / target).mkdir(parents=True, exist_ok=True)
        for name, data in inputs.items():
            (FOLDER / target / name).write_bytes(data)
