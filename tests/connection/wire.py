"""Frames written by hand, so that the tests say what is on the wire (RFC 6455 section 5.2)."""

from __future__ import annotations

KEY = b"\x37\xfa\x21\x3d"


def frame(first: int, payload: bytes = b"", *, masked: bool = True) -> bytes:
    """Write a frame: its first byte, and what follows from the payload."""
    length = len(payload)
    mask = 0x80 if masked else 0
    if length < 126:
        header = bytes([first, mask | length])
    elif length < 1 << 16:
        header = bytes([first, mask | 126]) + length.to_bytes(2, "big")
    else:
        header = bytes([first, mask | 127]) + length.to_bytes(8, "big")
    if not masked:
        return header + payload
    return header + KEY + bytes(byte ^ KEY[index % 4] for index, byte in enumerate(payload))


#: First bytes: FIN and the opcode.
TEXT, BINARY, CLOSE, PING, PONG = 0x81, 0x82, 0x88, 0x89, 0x8A
#: The same without FIN, and the continuation that has it.
TEXT_BEGINS, BINARY_BEGINS, CONTINUES, ENDS = 0x01, 0x02, 0x00, 0x80
