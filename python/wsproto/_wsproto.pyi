# The native module, from which the rest of the package derives or re-exports, with upstream's types.
#
# Its classes are the bases of the public ones, which have a constructor in Python and instances with a
# `__dict__`. The event classes are public themselves, so they are declared in `events.pyi`.

from collections import deque
from collections.abc import Generator, Mapping
from typing import Any, TypeVar

from typing_extensions import disjoint_base

from .connection import Connection as OpenConnection
from .connection import ConnectionState, ConnectionType
from .events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Message,
    Ping,
    Pong,
    RejectConnection,
    RejectData,
    Request,
    TextMessage,
)
from .extensions import Extension
from .frame_protocol import Buffer, CloseReason, Frame, Opcode, RsvBits
from .frame_protocol import FrameDecoder as Decoder
from .frame_protocol import FrameProtocol as Protocol
from .handshake import H11Handshake as OpeningHandshake
from .typing import Headers

__all__ = [
    "AcceptConnection",
    "BytesMessage",
    "CloseConnection",
    "Connection",
    "Event",
    "FrameDecoder",
    "FrameProtocol",
    "H11Handshake",
    "Message",
    "PerMessageDeflate",
    "Ping",
    "Pong",
    "RejectConnection",
    "RejectData",
    "Request",
    "TextMessage",
    "WSConnection",
    "define",
    "event_defaults",
    "generate_accept_token",
    "generate_nonce",
    "guarded_paths",
    "set_instance_dict",
]

def set_instance_dict(class_: type[Any], descriptor: object, /) -> None: ...

event_defaults: Mapping[type[Any], Mapping[str, Any]]

@disjoint_base
class WSConnection:
    client: bool
    handshake: OpeningHandshake
    connection: OpenConnection | None
    def __init__(self, connection_type: ConnectionType, *, max_message_size: int | None = None) -> None: ...
    @property
    def max_message_size(self) -> int | None: ...
    @property
    def state(self) -> ConnectionState: ...
    def initiate_upgrade_connection(self, headers: Headers, path: bytes | str) -> None: ...
    def send(self, event: Event) -> bytes: ...
    def receive_data(self, data: bytes | None) -> None: ...
    def events(self) -> Generator[Event]: ...
    @property
    def _native_connection(self) -> OpenConnection: ...
    def _limit_messages(self, connection: OpenConnection | None) -> None: ...

_Class = TypeVar("_Class", bound=type)

def define(cls: _Class) -> _Class: ...

@disjoint_base
class H11Handshake:
    client: bool
    _state: ConnectionState
    _connection: OpenConnection | None
    _events: deque[Event]
    _nonce: bytes | None
    @property
    def _initiating_request(self) -> Request | None: ...
    def __init__(self, connection_type: ConnectionType) -> None: ...
    @property
    def state(self) -> ConnectionState: ...
    @property
    def connection(self) -> OpenConnection | None: ...
    def initiate_upgrade_connection(self, headers: Headers, path: bytes | str) -> None: ...
    def send(self, event: Event) -> bytes: ...
    def receive_data(self, data: bytes | None) -> None: ...
    def events(self) -> Generator[Event]: ...

@disjoint_base
class Connection:
    client: bool
    _state: ConnectionState
    _events: deque[Event]
    def __init__(
        self,
        connection_type: ConnectionType,
        extensions: list[Extension] | None = None,
        trailing_data: bytes = b"",
        *,
        max_message_size: int | None = None,
    ) -> None: ...
    @property
    def max_message_size(self) -> int | None: ...
    @property
    def _proto(self) -> Protocol: ...
    @property
    def state(self) -> ConnectionState: ...
    def send(self, event: Event) -> bytes: ...
    def receive_data(self, data: bytes | None) -> None: ...
    def events(self) -> Generator[Event]: ...

@disjoint_base
class PerMessageDeflate:
    DEFAULT_CLIENT_MAX_WINDOW_BITS: int
    DEFAULT_SERVER_MAX_WINDOW_BITS: int
    client_no_context_takeover: bool
    server_no_context_takeover: bool
    _enabled: bool
    _compressor: Any
    _decompressor: Any
    @property
    def _inbound_compressed(self) -> bool | None: ...
    @property
    def _inbound_is_compressible(self) -> bool: ...
    def __init__(self, *_args: Any, **_kwargs: Any) -> None: ...
    @property
    def compression_level(self) -> int | None: ...
    @property
    def memory_level(self) -> int: ...
    @property
    def min_size(self) -> int: ...
    @property
    def max_piece_size(self) -> int: ...
    @property
    def client_max_window_bits(self) -> int: ...
    @client_max_window_bits.setter
    def client_max_window_bits(self, value: int) -> None: ...
    @property
    def server_max_window_bits(self) -> int: ...
    @server_max_window_bits.setter
    def server_max_window_bits(self, value: int) -> None: ...
    def enabled(self) -> bool: ...
    def offer(self) -> bool | str: ...
    def accept(self, offer: str) -> bool | None | str: ...  # noqa: RUF036 - upstream's order
    def finalize(self, offer: str) -> None: ...
    def frame_inbound_header(
        self,
        proto: Decoder | Protocol,
        opcode: Opcode,
        rsv: RsvBits,
        payload_length: int,
    ) -> CloseReason | RsvBits: ...
    def frame_inbound_payload_data(
        self,
        proto: Decoder | Protocol,
        data: bytes,
    ) -> bytes | CloseReason: ...
    def frame_inbound_complete(
        self,
        proto: Decoder | Protocol,
        fin: bool,
    ) -> bytes | CloseReason | None: ...
    def frame_outbound(
        self,
        proto: Decoder | Protocol,
        opcode: Opcode,
        rsv: RsvBits,
        data: bytes,
        fin: bool,
    ) -> tuple[RsvBits, bytes]: ...

@disjoint_base
class FrameDecoder:
    def __init__(self, client: bool, extensions: list[Extension] | None = None) -> None: ...
    @property
    def client(self) -> bool: ...
    @property
    def extensions(self) -> list[Extension]: ...
    @property
    def buffer(self) -> Buffer: ...
    def receive_bytes(self, data: bytes) -> None: ...
    def process_buffer(self) -> Frame | None: ...

@disjoint_base
class FrameProtocol:
    def __init__(self, client: bool, extensions: list[Extension]) -> None: ...
    @property
    def client(self) -> bool: ...
    @property
    def extensions(self) -> list[Extension]: ...
    @property
    def _frame_decoder(self) -> Decoder: ...
    def receive_bytes(self, data: bytes) -> None: ...
    def received_frames(self) -> Generator[Frame]: ...
    def close(self, code: int | None = None, reason: str | None = None) -> bytearray: ...
    def ping(self, payload: bytes = b"") -> bytearray: ...
    def pong(self, payload: bytes = b"") -> bytearray: ...
    def send_data(self, payload: bytes | bytearray | str = b"", fin: bool = True) -> bytearray: ...

#: For each fast path that uses internals of CPython, whether it is used on this interpreter.
guarded_paths: dict[str, bool]

def generate_nonce() -> bytes: ...
def generate_accept_token(token: bytes) -> bytes: ...
