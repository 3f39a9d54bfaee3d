"""`Frame` and `ControlFrame` (RFC 6455 sections 5.2 and 5.5)."""

from __future__ import annotations

import pytest

import wspy


@pytest.mark.parametrize("payload", ["smörgås", "smörgås".encode(), bytearray(b"abc"), memoryview(b"abc")])
def test_payload_is_str_or_bytes(payload: str | bytes) -> None:
    frame = wspy.Frame(wspy.OPCODE_TEXT, payload)
    assert frame.payload == (payload.encode() if isinstance(payload, str) else bytes(payload))


@pytest.mark.parametrize("payload", [None, 5, ["a"]])
def test_other_payloads_are_refused(payload: object) -> None:
    with pytest.raises(TypeError):
        wspy.Frame(wspy.OPCODE_TEXT, payload)  # type: ignore[arg-type]


def test_a_frame_is_final_and_without_reserved_bits_unless_told() -> None:
    frame = wspy.Frame(wspy.OPCODE_BINARY, b"x")
    assert (frame.fin, frame.rsv1, frame.rsv2, frame.rsv3) == (True, False, False, False)


def test_text_of_a_frame() -> None:
    assert wspy.Frame(wspy.OPCODE_TEXT, "grüß").text() == "grüß"


@pytest.mark.parametrize("opcode", [-1, 16, 256])
def test_an_opcode_has_four_bits(opcode: int) -> None:
    with pytest.raises(ValueError, match="four bits"):
        wspy.Frame(opcode)


def test_reserved_opcodes_can_be_built() -> None:
    assert wspy.Frame(0x3, b"").opcode == 3


def test_control_frames_are_never_fragments() -> None:
    with pytest.raises(ValueError, match="fragment"):
        wspy.Frame(wspy.OPCODE_PING, b"", fin=False)


@pytest.mark.parametrize("make", [wspy.Frame, wspy.ControlFrame])
def test_control_frames_have_at_most_125_bytes(make: type[wspy.Frame]) -> None:
    assert len(make(wspy.OPCODE_PING, bytes(125)).payload) == 125
    with pytest.raises(ValueError, match="125"):
        make(wspy.OPCODE_PING, bytes(126))


@pytest.mark.parametrize("opcode", [wspy.OPCODE_TEXT, wspy.OPCODE_BINARY, wspy.OPCODE_CONTINUATION, 0xB])
def test_control_frames_have_an_opcode_of_control_frames(opcode: int) -> None:
    with pytest.raises(ValueError, match="control"):
        wspy.ControlFrame(opcode)


def test_close_frames_have_code_and_reason() -> None:
    frame = wspy.ControlFrame.close(wspy.CLOSE_GOING_AWAY, "früh")
    assert frame.payload == b"\x03\xe9fr\xc3\xbch"
    assert (frame.close_code(), frame.close_reason()) == (1001, "früh")


def test_close_frames_may_have_no_code() -> None:
    frame = wspy.ControlFrame.close()
    assert (frame.payload, frame.close_code(), frame.close_reason()) == (b"", None, "")


def test_a_reason_needs_a_code() -> None:
    with pytest.raises(ValueError, match="code"):
        wspy.ControlFrame.close(None, "because")


@pytest.mark.parametrize("code", [-1, 65536])
def test_a_close_code_has_16_bits(code: int) -> None:
    with pytest.raises(ValueError, match="16 bits"):
        wspy.ControlFrame.close(code)


def test_frames_of_equal_fields_are_equal() -> None:
    assert wspy.Frame(wspy.OPCODE_TEXT, "a") == wspy.Frame(1, b"a")
    assert hash(wspy.Frame(wspy.OPCODE_TEXT, "a")) == hash(wspy.Frame(1, b"a"))
    assert wspy.Frame(wspy.OPCODE_TEXT, "a") != wspy.Frame(wspy.OPCODE_TEXT, "a", fin=False)
    assert wspy.Frame(wspy.OPCODE_TEXT, "a") != b"a"


def test_the_repr_names_the_opcode() -> None:
    assert "TEXT" in repr(wspy.Frame(wspy.OPCODE_TEXT, "a"))


def test_opcodes_and_close_codes_are_those_of_the_rfc() -> None:
    opcodes = [
        getattr(wspy, f"OPCODE_{name}")
        for name in ("CONTINUATION", "TEXT", "BINARY", "CLOSE", "PING", "PONG")
    ]
    assert opcodes == [0, 1, 2, 8, 9, 10]
    names = [
        "NORMAL",
        "GOING_AWAY",
        "PROTOCOL_ERROR",
        "UNSUPPORTED_DATA",
        "NO_STATUS",
        "ABNORMAL",
        "INVALID_DATA",
    ]
    names += ["POLICY_VIOLATION", "MESSAGE_TOO_BIG", "INTERNAL_ERROR"]
    codes = [getattr(wspy, f"CLOSE_{name}") for name in names]
    assert codes == [1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1011]
