"""
What native code leaves to Python, in the shape that upstream has.

A `WSConnection` runs natively as long as its handshake and its connection are the ones that it holds, with
the methods they were defined with. Otherwise the functions here run, which look up each attribute when they
need it.

Streams like those of `zlib` that a program gives to `PerMessageDeflate` are used here too.

An iterator over events or frames is native until it is used as a generator (PEP 342). Then one of the
generators here takes its place. If the iterator has `begun`, the generator first yields once, where the
iterator is suspended; that value is dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .events import CloseConnection
from .frame_protocol import CloseReason, ParseFailed

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from typing import Any

    from . import WSConnection
    from .connection import Connection, ConnectionState
    from .events import Event
    from .typing import Headers


def state(ws: WSConnection) -> ConnectionState:
    """Return the value of `WSConnection.state`."""
    return ws.handshake.state if ws.connection is None else ws.connection.state


def initiate_upgrade_connection(ws: WSConnection, headers: Headers, path: bytes | str) -> None:
    """Do what `WSConnection.initiate_upgrade_connection` does."""
    ws.handshake.initiate_upgrade_connection(headers, path)


def send(ws: WSConnection, event: Event) -> bytes:
    """Do what `WSConnection.send` does."""
    if ws.connection is not None:
        return b"" + ws.connection.send(event)
    data = b"" + ws.handshake.send(event)
    follow_handshake(ws)
    return data


def receive_data(ws: WSConnection, data: bytes | None) -> None:
    """Do what `WSConnection.receive_data` does."""
    if ws.connection is not None:
        ws.connection.receive_data(data)
    else:
        ws.handshake.receive_data(data)
        follow_handshake(ws)


def follow_handshake(ws: WSConnection) -> None:
    """Take the connection that the handshake has led to, if it has led to one."""
    connection = ws.handshake.connection
    ws.connection = connection
    ws._limit_messages(connection)  # noqa: SLF001


def ws_connection_events(
    ws: WSConnection,
    handshake: Iterable[Event] | None = None,
    connection: Iterable[Event] | None = None,
) -> Generator[Any, Any, None]:
    """Yield the events of `WSConnection.events`, from those of the handshake or connection given on."""
    if connection is None:
        yield from ws.handshake.events() if handshake is None else handshake
        if ws.connection is None:
            return
        connection = ws.connection.events()
    yield from connection


def connection_events(
    connection: Connection, decoded: Iterable[Event], begun: bool, decoding: bool
) -> Generator[Any, Any, None]:
    """Yield the events of `Connection.events`: those that wait, then those that are decoded."""
    if not decoding:
        if begun:
            yield
        while connection._events:  # noqa: SLF001
            yield connection._events.popleft()  # noqa: SLF001
    try:
        if decoding:
            yield
        for event in decoded:  # noqa: UP028 (an exception thrown is raised here, not in the iterator)
            yield event
    except ParseFailed as error:
        yield CloseConnection(code=error.code, reason=str(error))


def items(iterable: Iterable[Any], begun: bool) -> Generator[Any, Any, None]:
    """Yield what a native iterator gives."""
    if begun:
        yield
    for item in iterable:  # noqa: UP028 (as above)
        yield item


def failing(error: BaseException) -> Generator[Any, Any, None]:
    """Raise what native code has raised, as a generator does (PEP 479)."""
    raise error
    yield


def call_executing(method: str, arguments: tuple[Any, ...]) -> None:
    """Call a method of a generator that is being executed, which is an error."""
    generators: list[Any] = []
    generators.append(_calling(generators, method, arguments))
    next(generators[0])


def _calling(generators: list[Any], method: str, arguments: tuple[Any, ...]) -> Generator[Any, Any, None]:
    getattr(generators[0], method)(*arguments)
    yield


def pair(items: Any) -> tuple[Any, Any]:
    """Return the two items of an iterable."""
    first, second = items
    return first, second


def deflate(compressor: Any, data: bytes, fin: bool) -> Any:
    """Compress a fragment of a message, the last one if `fin` (RFC 7692 section 7.2.1)."""
    import zlib  # noqa: PLC0415

    compressed = compressor.compress(data)
    if not fin:
        return compressed
    return (compressed + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]


def inflater(window_bits: int) -> Any:
    """Return a stream that decompresses raw deflate, without zlib's header."""
    import zlib  # noqa: PLC0415

    return zlib.decompressobj(-window_bits)


def inflate(decompressor: Any, data: bytes) -> Any:
    """Decompress a piece of a message (RFC 7692 section 7.2.2), or return the close code for corrupt data."""
    import zlib  # noqa: PLC0415

    try:
        return decompressor.decompress(data)
    except zlib.error:
        return CloseReason.INVALID_FRAME_PAYLOAD_DATA


def inflate_rest(decompressor: Any) -> Any:
    """Decompress what is still owed at the end of a message, as `inflate` does."""
    import zlib  # noqa: PLC0415

    try:
        return decompressor.decompress(b"\x00\x00\xff\xff") + decompressor.flush()
    except zlib.error:
        return CloseReason.INVALID_FRAME_PAYLOAD_DATA
