# The events, for type checkers: native classes that behave as these dataclasses, in every method that
# `dataclasses` generates.

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from inspect import Signature
from types import GenericAlias
from typing import Any, ClassVar, Generic, TypeVar

from typing_extensions import disjoint_base

from .extensions import Extension
from .typing import Headers

__all__ = [
    "AcceptConnection",
    "BytesMessage",
    "CloseConnection",
    "Event",
    "Message",
    "Ping",
    "Pong",
    "RejectConnection",
    "RejectData",
    "Request",
    "T",
    "TextMessage",
]

class Event:
    if sys.version_info < (3, 11):
        __signature__: ClassVar[Signature]

@disjoint_base
@dataclass(frozen=True)
class Request(Event):
    host: str
    target: str
    extensions: Sequence[Extension] | Sequence[str] = ...
    extra_headers: Headers = ...
    subprotocols: list[str] = ...

@disjoint_base
@dataclass(frozen=True)
class AcceptConnection(Event):
    subprotocol: str | None = None
    extensions: list[Extension] = ...
    extra_headers: Headers = ...

@disjoint_base
@dataclass(frozen=True)
class RejectConnection(Event):
    status_code: int = 400
    headers: Headers = ...
    has_body: bool = False

@disjoint_base
@dataclass(frozen=True)
class RejectData(Event):
    data: bytes
    body_finished: bool = True

@disjoint_base
@dataclass(frozen=True)
class CloseConnection(Event):
    code: int
    reason: str | None = None
    def response(self) -> CloseConnection: ...

T = TypeVar("T", bytes | bytearray, str)  # noqa: PYI001 - upstream's name

@disjoint_base
@dataclass(frozen=True)
class Message(Event, Generic[T]):
    data: T
    frame_finished: bool = True
    message_finished: bool = True
    # `Generic` is for type checkers; at run time there is only this.
    def __class_getitem__(cls, data: Any, /) -> GenericAlias: ...

@dataclass(frozen=True)
class TextMessage(Message[str]): ...

@dataclass(frozen=True)
class BytesMessage(Message[bytearray | bytes]): ...

@disjoint_base
@dataclass(frozen=True)
class Ping(Event):
    payload: bytes = b""
    def response(self) -> Pong: ...

@disjoint_base
@dataclass(frozen=True)
class Pong(Event):
    payload: bytes = b""
