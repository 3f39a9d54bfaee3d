"""`FrameStream`: frames in bytes, without I/O (RFC 6455 section 5)."""

from __future__ import annotations

import pytest

import wspy
from tests.connection import wire
from tests.wspy.sessions import upgraded
from wsproto import ConnectionType
from wsproto.frame_protocol import ParseFailed
from wspy.frame_stream import FrameStream

SERVER, CLIENT = ConnectionType.SERVER, ConnectionType.CLIENT

FRAMES = [
    wspy.Frame(wspy.OPCODE_TEXT, "hello"),
    wspy.Frame(wspy.OPCODE_TEXT, "ä".encode()[:1], fin=False),
    wspy.ControlFrame(wspy.OPCODE_PING, b"between"),
    wspy.Frame(wspy.OPCODE_CONTINUATION, "ä".encode()[1:]),
    wspy.Frame(wspy.OPCODE_BINARY, bytes(126)),
    wspy.Frame(wspy.OPCODE_BINARY, bytes(65535)),
    wspy.Frame(wspy.OPCODE_BINARY, bytes(65536)),
    wspy.ControlFrame(wspy.OPCODE_PONG),
    wspy.ControlFrame.close(1000, "bye"),
]


def stream(role: ConnectionType, limit: int | None = None) -> FrameStream:
    return FrameStream(upgraded(role), limit)


def received(frames: FrameStream, data: bytes) -> list[wspy.Frame]:
    """Return the frames in received bytes."""
    frames.receive(data)
    return list(iter(frames.next, None))


@pytest.mark.parametrize(("sender", "receiver"), [(CLIENT, SERVER), (SERVER, CLIENT)])
@pytest.mark.parametrize("chunk", [1000, 10**6])
def test_frames_arrive_as_they_were_sent(
    sender: ConnectionType, receiver: ConnectionType, chunk: int
) -> None:
    """The fragments of a character are not joined, and control frames are frames like others."""
    near, far = stream(sender), stream(receiver)
    data = b"".join(map(near.encode, FRAMES))
    arrived = []
    for start in range(0, len(data), chunk):
        arrived += received(far, data[start : start + chunk])
    assert arrived == FRAMES


def test_frames_arrive_byte_by_byte() -> None:
    near, far = stream(CLIENT), stream(SERVER)
    data = b"".join(map(near.encode, FRAMES[:5]))
    assert [
        frame for index in range(len(data)) for frame in received(far, data[index : index + 1])
    ] == FRAMES[:5]


def test_received_control_frames_are_control_frames() -> None:
    (frame,) = received(stream(SERVER), wire.frame(0x88, b"\x03\xe8bye"))
    assert isinstance(frame, wspy.ControlFrame)
    assert (frame.close_code(), frame.close_reason()) == (1000, "bye")


def test_a_server_does_not_mask() -> None:
    assert stream(SERVER).encode(wspy.Frame(wspy.OPCODE_TEXT, "hello")) == b"\x81\x05hello"


def test_a_client_masks_with_a_fresh_key() -> None:
    frame = wspy.Frame(wspy.OPCODE_TEXT, "hello")
    encoded = [stream(CLIENT).encode(frame) for _ in range(20)]
    for data in encoded:
        assert data[:2] == b"\x81\x85"
        assert bytes(byte ^ data[2 + index % 4] for index, byte in enumerate(data[6:])) == b"hello"
    assert len({data[2:6] for data in encoded}) > 10


def test_reserved_bits_and_opcodes_are_sent_as_they_are() -> None:
    assert stream(SERVER).encode(wspy.Frame(0x3, b"x", rsv1=True, rsv3=True)) == b"\xd3\x01x"


@pytest.mark.parametrize(
    "data",
    [
        wire.frame(0xC1, b"x"),  # a reserved bit
        wire.frame(0x83, b""),  # a reserved opcode
        b"\x81\x00",  # without a mask
        wire.frame(0x09, b""),  # a control frame in fragments
        b"\x89\xfe\x00\x7e" + bytes(130),  # a control frame of 126 bytes
        b"\x81\xfe\x00\x01" + bytes(5),  # a length in too many bytes
    ],
)
def test_broken_frames_are_refused(data: bytes) -> None:
    with pytest.raises(ParseFailed) as caught:
        received(stream(SERVER), data)
    assert caught.value.code == wspy.CLOSE_PROTOCOL_ERROR


def test_a_frame_beyond_the_limit_is_refused_at_its_header() -> None:
    assert received(stream(SERVER, 100), wire.frame(0x82, bytes(100)))
    with pytest.raises(ParseFailed) as caught:
        received(stream(SERVER, 100), b"\x82\xff\x00\x00\x00\x01\x00\x00\x00\x00")
    assert caught.value.code == wspy.CLOSE_MESSAGE_TOO_BIG


def test_what_is_received_and_not_read() -> None:
    frames = FrameStream(upgraded(SERVER)._replace(trailing=wire.frame(0x81, b"a")))
    frames.receive(wire.frame(0x81, b"b")[:3])
    assert frames.next() == wspy.Frame(wspy.OPCODE_TEXT, "a")
    assert frames.next() is None
    assert frames.unread() == wire.frame(0x81, b"b")[:3]
    assert frames.unread() == b""
