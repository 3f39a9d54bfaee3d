"""
Each difference in what is read and sent, by an example: what upstream does, and what ours does instead.

`examples_of_objects.py` has those in what the objects are; `test_differences.py` runs both.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

from tests.differential.http_strategies import REQUEST
from tests.differential.wire import BINARY, CLOSE, CONTINUATION, PING, TEXT, Frame

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

#: What an example comes to for each package: (upstream's, ours).
EXAMPLES: dict[str, tuple[Callable[[ModuleType], Any], Any, Any]] = {}


def example(name: str, *, theirs: Any, expected: Any) -> Callable[[Callable[[ModuleType], Any]], None]:
    """Register the example of the difference of this name."""

    def register(action: Callable[[ModuleType], Any]) -> None:
        assert name not in EXAMPLES, name
        EXAMPLES[name] = (action, theirs, expected)

    return register


def request(*changed: tuple[bytes, bytes], without: bytes = b"") -> bytes:
    """Return a request, with some of the headers replaced by others."""
    names = {name for name, _ in changed} | {without}
    lines = [*(line for line in REQUEST if line[0] not in names), *changed]
    return b"GET / HTTP/1.1\r\n" + b"".join(b"%s: %s\r\n" % line for line in lines) + b"\r\n"


def server(package: ModuleType, data: bytes) -> Any:
    """Return a server that has received this."""
    ws = package.WSConnection(package.ConnectionType.SERVER)
    ws.receive_data(data)
    return ws


def client(package: ModuleType, *lines: bytes, extensions: Any = (), before: bytes = b"") -> Any:
    """Return a client that has received a good response, with these lines in it and bytes before it."""
    ws = package.WSConnection(package.ConnectionType.CLIENT)
    data = ws.send(package.events.Request(host="example.com", target="/", extensions=list(extensions)))
    key = data.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0]
    head = [b"HTTP/1.1 101 Switching Protocols", b"Upgrade: websocket", b"Connection: Upgrade", *lines]
    head.append(b"Sec-WebSocket-Accept: " + package.utilities.generate_accept_token(key))
    ws.receive_data(before + b"\r\n".join([*head, b"", b""]))
    return ws


def error(action: Callable[[], Any]) -> str:
    """Return which exception the action raises, and whether it comes with a hint."""
    try:
        action()
    except UnicodeError:
        return "UnicodeError"  # or one of its subclasses, which depends on the version of Python
    except Exception as raised:  # noqa: BLE001 (any of them is what is looked for)
        module = type(raised).__module__.partition(".")[0].replace("upstream_wsproto", "wsproto")
        hint = f", {getattr(raised, 'event_hint', None)}" if hasattr(raised, "event_hint") else ""
        return f"{module}.{type(raised).__name__}{hint}"
    return "no error"


REFUSED = "wsproto.RemoteProtocolError, RejectConnection(status_code=400, headers=[], has_body=False)"


@example(
    "Local mistakes are LocalProtocolError",
    theirs="h11.LocalProtocolError",
    expected="wsproto.LocalProtocolError",
)
def _(package: ModuleType) -> str:
    accept = package.events.AcceptConnection(extra_headers=[(b"Bad Name", b"x")])
    return error(lambda: server(package, request()).send(accept))


@example("Headers that are not ASCII", theirs="UnicodeError", expected=REFUSED)
def _(package: ModuleType) -> str:
    return error(lambda: server(package, request((b"Sec-WebSocket-Protocol", b"\xe9"))))


@example("A Host that is no host name", theirs=["UnicodeError"] * 2, expected=[REFUSED, "no error"])
def _(package: ModuleType) -> list[str]:
    def served(host: bytes) -> str:
        return error(lambda: server(package, request((b"Host", host))))

    return [served(b"\xff"), served(b"xn--strae-oqa.example")]


@example(
    "Window bits that are no number",
    theirs=["builtins.ValueError"] * 2,
    expected=[REFUSED, "no error"],
)
def _(package: ModuleType) -> list[str]:
    def answered(bits: bytes) -> str:
        deflate = package.extensions.PerMessageDeflate()
        line = b"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=" + bits
        return error(lambda: client(package, line, extensions=[deflate]))

    return [answered(b"many"), answered(b"8")]


@example("The end of the transport comes last", theirs=[1006, b"early"], expected=[b"early", 1006])
def _(package: ModuleType) -> Any:
    connection = package.connection.Connection(package.ConnectionType.SERVER)
    connection.receive_data(Frame(BINARY, b"early", mask=b"mask").build())
    connection.receive_data(None)
    assert connection.state is package.connection.ConnectionState.CLOSED
    return [getattr(event, "data", None) or int(event.code) for event in connection.events()]


@example(
    "Empty list elements are ignored",
    theirs=(["permessage-deflate", ""], ["a", "", "b"], "wsproto.RemoteProtocolError"),
    expected=(["permessage-deflate"], ["a", "b"], "no error"),
)
def _(package: ModuleType) -> Any:
    lists = (b"Sec-WebSocket-Extensions", b"permessage-deflate, "), (b"Sec-WebSocket-Protocol", b"a,, b")
    event = next(server(package, request(*lists)).events())
    deflate = package.extensions.PerMessageDeflate()
    line = b"Sec-WebSocket-Extensions: permessage-deflate, "
    answered = error(lambda: client(package, line, extensions=[deflate]))
    return event.extensions, event.subprotocols, answered.partition(",")[0]


def negotiated(package: ModuleType, *offers: bytes) -> Any:
    """Return what a server answers to the offers of a client."""
    ws = server(package, request(*((b"Sec-WebSocket-Extensions", offer) for offer in offers)))
    deflate = package.extensions.PerMessageDeflate()
    data = ws.send(package.events.AcceptConnection(extensions=[deflate]))
    return data.partition(b"Sec-WebSocket-Extensions: ")[2].partition(b"\r\n")[0]


@example("Extension parameters that RFC 7692 does not allow", theirs=b"permessage-deflate", expected=b"")
def _(package: ModuleType) -> Any:
    return negotiated(package, b"permessage-deflate; mystery")


@example(
    "The first acceptable offer wins",
    theirs=b"permessage-deflate; server_max_window_bits=10",
    expected=b"permessage-deflate; server_max_window_bits=12",
)
def _(package: ModuleType) -> Any:
    offers = (
        b"permessage-deflate; server_max_window_bits=12",
        b"permessage-deflate; server_max_window_bits=10",
    )
    return negotiated(package, *offers)


@example("Connection and Upgrade are lists", theirs=REFUSED, expected="no error")
def _(package: ModuleType) -> str:
    data = request(
        (b"Connection", b"Upgrade"), (b"Connection", b"keep-alive"), (b"Upgrade", b"h2c, websocket")
    )
    return error(lambda: server(package, data))


@example("Frames that arrive with the request are kept", theirs=[], expected=["early"])
def _(package: ModuleType) -> Any:
    ws = server(package, request() + Frame(TEXT, b"early", mask=b"mask").build())
    list(ws.events())
    ws.send(package.events.AcceptConnection())
    return [event.data for event in ws.events()]


@example(
    "Informational responses do not end a handshake",
    theirs=["RejectConnection", "AcceptConnection"],
    expected=["AcceptConnection"],
)
def _(package: ModuleType) -> Any:
    ws = client(package, before=b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
    return [type(event).__name__ for event in ws.events()]


def deflating(package: ModuleType) -> Any:
    """Return a client that has permessage-deflate on."""
    deflate = package.extensions.PerMessageDeflate()
    deflate.finalize("permessage-deflate")
    return package.connection.Connection(package.ConnectionType.CLIENT, [deflate])


def deflated(data: bytes) -> bytes:
    """Return a compressed message."""
    compressor = zlib.compressobj(wbits=-15)
    return (compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]


def data_of(connection: Any) -> bytes:
    """Return the data that a connection has received."""
    return b"".join(event.data for event in connection.events() if hasattr(event, "data"))


@example(
    "Control frames between the fragments of a compressed message",
    theirs=zlib.decompressobj(-15).decompress(deflated(b"a message")[:4]) + deflated(b"a message")[4:],
    expected=b"a message",
)
def _(package: ModuleType) -> Any:
    payload = deflated(b"a message")
    connection = deflating(package)
    connection.receive_data(Frame(BINARY, payload[:4], fin=False, rsv=4).build())
    connection.receive_data(Frame(PING).build() + Frame(CONTINUATION, payload[4:]).build())
    return data_of(connection)


@example(
    "Compressed messages without any data",
    theirs=["", "closed: 1007"],
    expected=["", "after", "more"],
)
def _(package: ModuleType) -> Any:
    connection = deflating(package)
    for payload in (b"", deflated(b"after"), deflated(b"more")):
        connection.receive_data(Frame(TEXT, payload, rsv=4).build())
    return [getattr(event, "data", None) or closing(event) for event in connection.events()]


def closing(event: Any) -> str:
    """Return the code of a closing event, or nothing for any other event."""
    return f"closed: {int(event.code)}" if hasattr(event, "code") else ""


@example("Deflate blocks with BFINAL set", theirs=b"a message", expected=b"a message, another, a message")
def _(package: ModuleType) -> Any:
    def final(data: bytes, before: bytes = b"") -> bytes:
        compressor = zlib.compressobj(wbits=-15, zdict=before)
        return compressor.compress(data) + compressor.flush(zlib.Z_FINISH) + b"\x00"

    connection = deflating(package)
    before = b"a message, another, "
    for payload in (final(b"a message"), deflated(b", another, "), final(b"a message", before=before)):
        connection.receive_data(Frame(BINARY, payload, rsv=4).build())
    return data_of(connection)


@example(
    "What is received may refer further back than agreed",
    theirs=["early", "closed: 1007"],
    expected=["early", "late"],
)
def _(package: ModuleType) -> Any:
    deflate = package.extensions.PerMessageDeflate(server_max_window_bits=9)
    deflate.finalize("permessage-deflate; server_max_window_bits=9")
    connection = package.connection.Connection(package.ConnectionType.CLIENT, [deflate])
    once = bytes(index * index // 7 % 251 for index in range(1_000))
    compressor = zlib.compressobj(wbits=-15)
    for data in (once, once[:100]):
        payload = compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH)
        connection.receive_data(Frame(BINARY, payload[:-4], rsv=4).build())
    names = {once: "early", once[:100]: "late"}
    return [names.get(getattr(event, "data", b"")) or closing(event) for event in connection.events()]


@example(
    "A request after the rejection",
    theirs=("builtins.AttributeError", "wsproto.RemoteProtocolError"),
    expected=("wsproto.RemoteProtocolError", "wsproto.RemoteProtocolError"),
)
def _(package: ModuleType) -> Any:
    handshake = package.handshake.H11Handshake(package.ConnectionType.SERVER)
    handshake.send(package.events.RejectConnection())
    first, second = (error(lambda: handshake.receive_data(request())) for _ in range(2))
    return first.partition(",")[0], second.partition(",")[0]


@example(
    "Close code 1014 is accepted",
    theirs=(1002, "CLOSE with unknown reserved code"),
    expected=(1014, ""),
)
def _(package: ModuleType) -> Any:
    connection = package.connection.Connection(package.ConnectionType.CLIENT)
    connection.receive_data(Frame(CLOSE, b"\x03\xf6").build())
    (event,) = connection.events()
    return (int(event.code), event.reason)


@example("Headers may be any iterable", theirs="builtins.TypeError", expected="no error")
def _(package: ModuleType) -> str:
    accept = package.events.AcceptConnection(extra_headers=((b"X-Name", b"value"),))
    return error(lambda: server(package, request()).send(accept))
