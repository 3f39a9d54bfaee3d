"""`TextMessage`, `BinaryMessage` and `JSONMessage` (RFC 6455 section 5.6)."""

from __future__ import annotations

import pytest

import wspy


@pytest.mark.parametrize("payload", ["smörgås", "smörgås".encode(), bytearray("smörgås".encode())])
def test_text_is_str_or_utf_8(payload: str | bytes) -> None:
    message = wspy.TextMessage(payload)
    assert message.payload == "smörgås"
    assert message.opcode == wspy.OPCODE_TEXT


@pytest.mark.parametrize("payload", [None, 5, ["a"]])
@pytest.mark.parametrize("make", [wspy.TextMessage, wspy.BinaryMessage])
def test_other_payloads_are_refused(make: type[wspy.Message], payload: object) -> None:
    with pytest.raises(TypeError):
        make(payload)  # type: ignore[call-arg]


def test_text_has_to_be_utf_8() -> None:
    with pytest.raises(UnicodeDecodeError):
        wspy.TextMessage(b"\xff")


@pytest.mark.parametrize("payload", [b"\x00\xff", bytearray(b"\x00\xff"), memoryview(b"\x00\xff")])
def test_binary_is_any_buffer(payload: bytes) -> None:
    message = wspy.BinaryMessage(payload)
    assert message.payload == b"\x00\xff"
    assert type(message.payload) is bytes
    assert message.opcode == wspy.OPCODE_BINARY


def test_binary_is_no_text() -> None:
    with pytest.raises(TypeError):
        wspy.BinaryMessage("text")  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [None, True, 7, 1.5, "ä", [1, "a"], {"a": [1, None]}])
def test_json_of_any_value(value: object) -> None:
    message = wspy.JSONMessage(value)
    assert isinstance(message, wspy.TextMessage)
    assert wspy.TextMessage(message.payload).json() == value


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes"])
def test_json_of_other_values_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        wspy.JSONMessage(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_json_has_no_such_numbers(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        wspy.JSONMessage(value)


def test_text_that_is_no_json() -> None:
    with pytest.raises(ValueError, match="Expecting"):
        wspy.TextMessage("{").json()


def test_messages_of_equal_type_and_payload_are_equal() -> None:
    assert wspy.TextMessage("a") == wspy.TextMessage(b"a") == wspy.TextMessage("a")
    assert hash(wspy.TextMessage("a")) == hash(wspy.TextMessage(b"a"))
    assert wspy.TextMessage("a") != wspy.BinaryMessage(b"a")
    assert wspy.TextMessage("a") != "a"


def test_str_and_repr_show_the_payload() -> None:
    assert str(wspy.TextMessage("a")) == "a"
    assert repr(wspy.BinaryMessage(b"a")) == "BinaryMessage(b'a')"
