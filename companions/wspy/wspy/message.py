"""Messages (RFC 6455 section 5.6)."""

from __future__ import annotations

import json
from typing import Any

from wsproto import events
from wsproto.frame_protocol import Opcode


class Message:
    """
    One message, of any number of frames: a :class:`TextMessage` or a :class:`BinaryMessage`.

    :ivar payload: the text or the bytes.
    """

    __slots__ = ("payload",)

    opcode: Opcode
    payload: Any
    #: The class of the event of `wsproto` that sends such a message.
    event: type[events.Message[Any]]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Message):
            return NotImplemented
        return self.opcode == other.opcode and bool(self.payload == other.payload)

    def __hash__(self) -> int:
        return hash((self.opcode, self.payload))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.payload!r})"


class TextMessage(Message):
    """
    A message of text, UTF-8 on the wire.

    :param payload: the text; bytes are decoded.
    :raises TypeError: if it is neither.
    :raises UnicodeDecodeError: if the bytes are not UTF-8.
    """

    __slots__ = ()

    opcode = Opcode.TEXT
    event = events.TextMessage
    payload: str

    def __init__(self, payload: str | bytes | bytearray) -> None:
        if payload.__class__ is not str:
            if isinstance(payload, bytes | bytearray):
                payload = payload.decode()
            elif not isinstance(payload, str):
                raise TypeError(f"the payload of a TextMessage is str or bytes, not {type(payload).__name__}")
        self.payload = payload

    def json(self) -> Any:
        """
        Parse the text as JSON (RFC 8259).

        :raises ValueError: if it is not JSON.
        """
        return json.loads(self.payload)

    def __str__(self) -> str:
        return self.payload


class BinaryMessage(Message):
    """
    A message of bytes.

    :param payload: ``bytes``, ``bytearray`` or ``memoryview``.
    :raises TypeError: if it is neither.
    """

    __slots__ = ()

    opcode = Opcode.BINARY
    event = events.BytesMessage
    payload: bytes

    def __init__(self, payload: bytes | bytearray | memoryview) -> None:
        if payload.__class__ is not bytes:
            if not isinstance(payload, bytes | bytearray | memoryview):
                raise TypeError(f"the payload of a BinaryMessage is bytes, not {type(payload).__name__}")
            payload = bytes(payload)
        self.payload = payload


class JSONMessage(TextMessage):
    """
    A message of text: the JSON of a value (RFC 8259). It is received as a :class:`TextMessage`.

    :param value: what ``json.dumps`` takes.
    :raises TypeError: if the value cannot be written as JSON.
    :raises ValueError: if it contains itself, or a number that JSON does not have, such as infinity.
    """

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        super().__init__(json.dumps(value, allow_nan=False, separators=(",", ":"), ensure_ascii=False))
        self.value = value
