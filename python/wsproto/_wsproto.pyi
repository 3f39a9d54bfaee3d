from collections import deque
from collections.abc import Generator, Iterable, Sequence
from typing import Any

from typing_extensions import Self

from .connection import Connection, ConnectionState, ConnectionType
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
from .typing import Headers

__all__ = [
    "AcceptConnection",
    "BytesMessage",
    "CloseConnection",
    "Event",
    "H11Handshake",
    "Message",
    "Ping",
    "Pong",
    "RejectConnection",
    "RejectData",
    "Request",
    "TextMessage",
    "client_extensions_handshake",
    "event_defaults",
    "generate_accept_token",
    "generate_nonce",
    "normed_header_dict",
    "server_extensions_handshake",
    "split_comma_header",
]

event_defaults: dict[type, dict[str, Any]]

class H11Handshake:
    client: bool
    _state: ConnectionState
    _connection: Connection | None
    _events: deque[Event]
    _nonce: bytes | None

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self: ...
    def __init__(self, connection_type: ConnectionType) -> None: ...
    @property
    def state(self) -> ConnectionState: ...
    @property
    def connection(self) -> Connection | None: ...
    @property
    def _initiating_request(self) -> Request | None: ...
    def initiate_upgrade_connection(self, headers: Headers, path: bytes | str) -> None: ...
    def send(self, event: Event) -> bytes: ...
    def receive_data(self, data: bytes | None) -> None: ...
    def events(self) -> Generator[Event]: ...

def server_extensions_handshake(requested: Iterable[str], supported: list[Extension]) -> bytes | None: ...
def client_extensions_handshake(
    accepted: Iterable[str], supported: Sequence[Extension]
) -> list[Extension]: ...
def normed_header_dict(h11_headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]: ...
def split_comma_header(value: bytes) -> list[str]: ...
def generate_nonce() -> bytes: ...
def generate_accept_token(token: bytes) -> bytes: ...
