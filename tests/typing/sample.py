"""
A program that uses the whole interface, for type checkers only: `test_revealed_types.py` has mypy say what it sees.

Under the name of each function stands what mypy must refuse: it has to do so in the same words.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Generic

import wsproto
import wsproto.extensions
import wsproto.frame_protocol
import wsproto.handshake
import wsproto.typing
import wsproto.utilities
from wsproto import ConnectionType, WSConnection
from wsproto.connection import CLIENT, SERVER, Connection, ConnectionState
from wsproto.events import (
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
    T,
    TextMessage,
)
from wsproto.extensions import SUPPORTED_EXTENSIONS, Extension, PerMessageDeflate
from wsproto.frame_protocol import (
    LOCAL_ONLY_CLOSE_REASONS,
    NULL_MASK,
    Buffer,
    CloseReason,
    Frame,
    FrameDecoder,
    FrameProtocol,
    Header,
    MessageDecoder,
    Opcode,
    ParseFailed,
    RsvBits,
    XorMaskerNull,
    XorMaskerSimple,
)
from wsproto.handshake import (
    WEBSOCKET_UPGRADE,
    WEBSOCKET_VERSION,
    H11Handshake,
    client_extensions_handshake,
    server_extensions_handshake,
)
from wsproto.utilities import (
    ACCEPT_GUID,
    LocalProtocolError,
    ProtocolError,
    RemoteProtocolError,
    generate_accept_token,
    generate_nonce,
    normed_header_dict,
    split_comma_header,
)


def package() -> None:
    reveal_type(wsproto.__version__)
    reveal_type(wsproto.__all__)
    reveal_type(wsproto.WSConnection)
    reveal_type(wsproto.ConnectionType)
    reveal_type(wsproto.extensions.PerMessageDeflate())
    reveal_type(wsproto.frame_protocol.CloseReason(1000))
    reveal_type(wsproto.handshake.H11Handshake)
    reveal_type(wsproto.utilities.ProtocolError)
    headers: wsproto.typing.Headers = [(b"name", b"value")]
    reveal_type(headers)


def package_refused() -> None:
    wsproto.unknown
    wsproto.Connection
    wsproto.H11Handshake


def ws_connection(ws: WSConnection) -> bytes:
    reveal_type(WSConnection)
    reveal_type(WSConnection(ConnectionType.CLIENT))
    reveal_type(WSConnection(connection_type=SERVER))
    reveal_type(ws.client)
    reveal_type(ws.handshake)
    reveal_type(ws.handshake.connection)
    reveal_type(ws.connection)
    reveal_type(ws.state)
    reveal_type(ws.initiate_upgrade_connection)
    reveal_type(ws.send)
    reveal_type(ws.receive_data)
    reveal_type(ws.events)
    reveal_type(ws.events())
    ws.initiate_upgrade_connection([(b"host", b"example")], "/")
    ws.receive_data(b"")
    ws.receive_data(None)
    for event in ws.events():
        reveal_type(event)
    reveal_type(list(ws.events()))
    reveal_type(next(ws.events()))
    if ws.connection is not None:
        reveal_type(ws.connection)
    ws.connection = None
    ws.client = True
    return ws.send(Ping())


def ws_connection_refused(ws: WSConnection) -> None:
    WSConnection()
    WSConnection("client")
    WSConnection(CLIENT, [])
    ws.send(b"bytes")
    ws.send()
    ws.receive_data("text")
    ws.initiate_upgrade_connection({}, "/")
    ws.initiate_upgrade_connection(headers=[], path=1)
    ws.state = ConnectionState.OPEN
    ws.unknown
    ws.connection.send(Ping())


def connection(conn: Connection, extensions: list[Extension]) -> None:
    reveal_type(Connection)
    reveal_type(Connection(CLIENT))
    reveal_type(Connection(SERVER, extensions, b"trailing"))
    reveal_type(Connection(connection_type=SERVER, extensions=None, trailing_data=b""))
    reveal_type(conn.client)
    reveal_type(conn.state)
    reveal_type(conn.state is ConnectionState.OPEN)
    reveal_type(conn.send)
    reveal_type(conn.receive_data)
    reveal_type(conn.events)
    reveal_type([type(event) for event in conn.events()])
    conn.client = False


def connection_refused(conn: Connection) -> None:
    Connection()
    Connection(CLIENT, extensions=[5])
    Connection(CLIENT, trailing_data="text")
    conn.send("text")
    conn.receive_data(5)
    conn.state = ConnectionState.CLOSED
    conn.events(5)


def enumerations(state: ConnectionState, code: CloseReason, opcode: Opcode) -> None:
    reveal_type(ConnectionState.CONNECTING)
    reveal_type([*ConnectionState])
    reveal_type(state.value)
    reveal_type(state.name)
    reveal_type(ConnectionType.CLIENT)
    reveal_type(CLIENT)
    reveal_type(SERVER)
    reveal_type(CloseReason.NORMAL_CLOSURE)
    reveal_type(CloseReason.TLS_HANDSHAKE_FAILED.value)
    reveal_type(code.value)
    reveal_type(code + 1)
    reveal_type(LOCAL_ONLY_CLOSE_REASONS)
    reveal_type(Opcode.TEXT)
    reveal_type(opcode.iscontrol())
    if state is not ConnectionState.OPEN:
        reveal_type(state)


def enumerations_refused() -> None:
    ConnectionState.UNKNOWN
    CloseReason.UNKNOWN
    Opcode.UNKNOWN
    ConnectionState.OPEN = ConnectionState.CLOSED


def handshake_events(
    request: Request, accept: AcceptConnection, reject: RejectConnection, data: RejectData
) -> None:
    reveal_type(Event())
    reveal_type(Request)
    reveal_type(Request("host", "/"))
    reveal_type(Request(host="host", target="/", extensions=[PerMessageDeflate()], subprotocols=["chat"]))
    reveal_type(Request("host", "/", ["offer"], [(b"name", b"value")]))
    reveal_type(request.host)
    reveal_type(request.target)
    reveal_type(request.extensions)
    reveal_type(request.extra_headers)
    reveal_type(request.subprotocols)
    reveal_type(AcceptConnection)
    reveal_type(AcceptConnection(subprotocol="chat", extensions=[PerMessageDeflate()]))
    reveal_type(accept.subprotocol)
    reveal_type(accept.extensions)
    reveal_type(accept.extra_headers)
    reveal_type(RejectConnection)
    reveal_type(RejectConnection())
    reveal_type(reject.status_code)
    reveal_type(reject.headers)
    reveal_type(reject.has_body)
    reveal_type(RejectData)
    reveal_type(RejectData(b"sorry"))
    reveal_type(data.data)
    reveal_type(data.body_finished)


def handshake_events_refused(request: Request) -> None:
    Request()
    Request("host")
    Request(b"host", "/")
    Request("host", "/", [5])
    Request("host", "/", extra_headers={"name": "value"})
    request.host = "other"
    AcceptConnection("chat", extensions=["offer"])
    RejectConnection("404")
    RejectData()
    RejectData("text")


def messages(message: Message[str], text: TextMessage, data: BytesMessage) -> None:
    reveal_type(Message)
    reveal_type(Message("text"))
    reveal_type(Message(b"bytes"))
    reveal_type(Message(data=bytearray(), message_finished=False))
    reveal_type(Message[str]("text"))
    reveal_type(Message[str])
    reveal_type(message.data)
    reveal_type(message.frame_finished)
    reveal_type(message.message_finished)
    reveal_type(TextMessage)
    reveal_type(TextMessage("text", frame_finished=True, message_finished=False))
    reveal_type(text.data)
    reveal_type(BytesMessage)
    reveal_type(BytesMessage(b"bytes"))
    reveal_type(BytesMessage(bytearray()))
    reveal_type(data.data)
    reveal_type(data == BytesMessage(b""))
    reveal_type({text: 1, data: 2})
    as_message: Message[str] = text
    as_bytes_message: Message[bytearray | bytes] = data
    as_event: Event = message
    reveal_type((as_message, as_bytes_message, as_event))


def messages_refused(text: TextMessage) -> None:
    Message()
    Message(5)
    TextMessage()
    TextMessage(b"bytes")
    TextMessage("text", finished=True)
    BytesMessage("text")
    text.data = "other"
    text.unknown
    TextMessage[str]("text")
    wrong: Message[int] = Message(5)
    other: Message[bytearray | bytes] = text


def control_events(close: CloseConnection, ping: Ping, pong: Pong) -> None:
    reveal_type(CloseConnection)
    reveal_type(CloseConnection(1000))
    reveal_type(CloseConnection(code=CloseReason.GOING_AWAY, reason="bye"))
    reveal_type(close.code)
    reveal_type(close.reason)
    reveal_type(close.response)
    reveal_type(close.response())
    reveal_type(Ping)
    reveal_type(Ping(b"payload"))
    reveal_type(ping.payload)
    reveal_type(ping.response())
    reveal_type(Pong)
    reveal_type(Pong(payload=b""))
    reveal_type(pong.payload)


def control_events_refused(ping: Ping) -> None:
    CloseConnection()
    CloseConnection("1000")
    CloseConnection(1000, b"reason")
    Ping("text")
    ping.payload = b""
    ping.response().response()
    Ping() < Ping()


def events_as_dataclasses(text: TextMessage, close: CloseConnection) -> None:
    reveal_type(dataclasses.replace(text, data="other"))
    reveal_type(dataclasses.fields(close))
    reveal_type(dataclasses.fields(CloseConnection))
    reveal_type(dataclasses.asdict(close))
    reveal_type(dataclasses.astuple(close))
    reveal_type(CloseConnection.__match_args__)
    reveal_type(TextMessage.__match_args__)
    reveal_type(hash(close))


def events_as_dataclasses_refused(text: TextMessage) -> None:
    dataclasses.replace(text, unknown=1)
    dataclasses.replace(text, data=b"bytes")


def match_events(event: Event) -> None:
    match event:
        case Request(host, target, subprotocols=subprotocols):
            reveal_type((host, target, subprotocols))
        case TextMessage(data, message_finished=finished):
            reveal_type((data, finished))
        case BytesMessage(data=piece):
            reveal_type(piece)
        case CloseConnection(code, reason):
            reveal_type((code, reason))
        case Ping(payload):
            reveal_type(payload)
        case _:
            reveal_type(event)


def match_messages(message: TextMessage | BytesMessage) -> None:
    if isinstance(message, TextMessage):
        reveal_type(message.data)
    else:
        reveal_type(message.data)


@dataclasses.dataclass(frozen=True)
class Stamped(TextMessage):
    """An event with a further field."""

    time: float = 0.0


class Tagged(Message[T], Generic[T]):
    """A generic subclass."""

    tag = "tag"


@dataclasses.dataclass
class Thawed(Ping):
    """Which mypy refuses: the base is frozen."""


def subclasses_of_events(tagged: Tagged[str]) -> None:
    reveal_type(Stamped)
    reveal_type(Stamped("text", time=1.0).data)
    reveal_type(tagged.data)
    reveal_type(Tagged(b"").data)


def joined(pieces: list[TextMessage], *, text: bool) -> None:
    reveal_type("".join(piece.data for piece in pieces))
    reveal_type(TextMessage("") if text else BytesMessage(b""))
    reveal_type([TextMessage(""), BytesMessage(b"")])
    reveal_type([Ping(), Pong()])
    reveal_type(type(pieces[0])("other"))


def handshake(shake: H11Handshake, extensions: list[Extension]) -> None:
    reveal_type(H11Handshake)
    reveal_type(H11Handshake(CLIENT))
    reveal_type(shake.client)
    reveal_type(shake.state)
    reveal_type(shake.connection)
    reveal_type(shake.initiate_upgrade_connection)
    reveal_type(shake.send)
    reveal_type(shake.send(Request("host", "/")))
    reveal_type(shake.receive_data)
    reveal_type(shake.events)
    reveal_type(server_extensions_handshake)
    reveal_type(server_extensions_handshake(["offer"], extensions))
    reveal_type(client_extensions_handshake)
    reveal_type(client_extensions_handshake(iter(["offer"]), extensions))
    reveal_type(WEBSOCKET_VERSION)
    reveal_type(WEBSOCKET_UPGRADE)


def handshake_refused(shake: H11Handshake) -> None:
    H11Handshake()
    shake.state = ConnectionState.OPEN
    shake.connection = None
    shake.send(5)
    server_extensions_handshake([b"offer"], [])


def utilities(headers: list[tuple[bytes, bytes]]) -> None:
    reveal_type(ACCEPT_GUID)
    reveal_type(normed_header_dict(headers))
    reveal_type(split_comma_header)
    reveal_type(generate_nonce)
    reveal_type(generate_accept_token)
    reveal_type(ProtocolError)
    reveal_type(LocalProtocolError("text"))
    reveal_type(RemoteProtocolError)
    reveal_type(RemoteProtocolError("text", event_hint=RejectConnection()).event_hint)


def utilities_refused() -> None:
    split_comma_header("text")
    generate_accept_token("text")
    generate_nonce(5)
    RemoteProtocolError("text", "hint")
    RemoteProtocolError()


def extensions(deflate: PerMessageDeflate, extension: Extension, proto: FrameProtocol) -> None:
    rsv = RsvBits(rsv1=True, rsv2=False, rsv3=False)
    reveal_type(PerMessageDeflate)
    reveal_type(PerMessageDeflate(True, 15, True, None))
    reveal_type(PerMessageDeflate(client_no_context_takeover=True, server_max_window_bits=9))
    reveal_type(PerMessageDeflate.name)
    reveal_type(PerMessageDeflate.DEFAULT_CLIENT_MAX_WINDOW_BITS)
    reveal_type(PerMessageDeflate.DEFAULT_SERVER_MAX_WINDOW_BITS)
    reveal_type(deflate.client_no_context_takeover)
    reveal_type(deflate.server_no_context_takeover)
    reveal_type(deflate.client_max_window_bits)
    reveal_type(deflate.server_max_window_bits)
    deflate.client_max_window_bits = 12
    deflate.server_max_window_bits = 12
    deflate.client_no_context_takeover = deflate.server_no_context_takeover = True
    for each in (deflate, extension):
        reveal_type(each)
    reveal_type(deflate.enabled)
    reveal_type(deflate.offer)
    reveal_type(deflate.accept)
    reveal_type(deflate.finalize)
    reveal_type(deflate.frame_inbound_header)
    reveal_type(deflate.frame_inbound_payload_data)
    reveal_type(deflate.frame_inbound_complete)
    reveal_type(deflate.frame_outbound)
    reveal_type(extension.name)
    reveal_type(extension.enabled)
    reveal_type(extension.offer)
    reveal_type(extension.accept)
    reveal_type(extension.finalize)
    reveal_type(extension.frame_inbound_header)
    reveal_type(extension.frame_inbound_payload_data)
    reveal_type(extension.frame_inbound_complete)
    reveal_type(extension.frame_outbound)
    reveal_type(deflate.frame_outbound(proto, Opcode.TEXT, rsv, b"", True))
    reveal_type(SUPPORTED_EXTENSIONS)
    reveal_type(SUPPORTED_EXTENSIONS["permessage-deflate"]())


def extensions_refused(deflate: PerMessageDeflate) -> None:
    Extension()
    PerMessageDeflate(client_max_window_bits="15")
    PerMessageDeflate(unknown=True)
    deflate.client_max_window_bits = None
    deflate.offer(5)
    deflate.accept(b"offer")


class Overriding(PerMessageDeflate):
    """The signatures that overriding methods have to fit."""

    def __init__(self, limit: int) -> None:
        super().__init__(client_max_window_bits=limit)
        self.limit = limit

    def offer(self) -> bool | str:
        return reveal_type(super().offer())

    def frame_inbound_payload_data(
        self, proto: FrameDecoder | FrameProtocol, data: bytes
    ) -> bytes | CloseReason:
        return reveal_type(super().frame_inbound_payload_data(proto, data))

    def frame_outbound(self, proto: FrameProtocol, data: bytes) -> bytes:
        return data


class Own(Extension):
    """An extension with the one method that is abstract."""

    name = "own"

    def offer(self) -> bool:
        return True

    def accept(self, offer: bytes) -> bool:
        return True


class Incomplete(Extension):
    """An extension without it."""


def extensions_of_our_own() -> None:
    reveal_type(Own().offer())
    reveal_type(Overriding(9).limit)
    Incomplete()


class Framed(Connection):
    """A connection with an argument of its own."""

    def __init__(self, role: ConnectionType, *, label: str) -> None:
        super().__init__(role, trailing_data=b"")
        self.label = label

    def send(self, event: Event) -> bytes:
        return reveal_type(super().send(event))

    def events(self) -> Iterator[Event]:
        return super().events()


def frames(proto: FrameProtocol, decoder: FrameDecoder, message_decoder: MessageDecoder) -> None:
    reveal_type(FrameProtocol)
    reveal_type(FrameProtocol(client=True, extensions=[]))
    reveal_type(proto.client)
    reveal_type(proto.extensions)
    reveal_type(proto.receive_bytes)
    reveal_type(proto.received_frames)
    reveal_type(proto.close)
    reveal_type(proto.ping)
    reveal_type(proto.pong)
    reveal_type(proto.send_data)
    reveal_type(proto.send_data("text", False))
    for frame in proto.received_frames():
        reveal_type(frame.payload)
    reveal_type(FrameDecoder)
    reveal_type(FrameDecoder(True))
    reveal_type(decoder.client)
    reveal_type(decoder.extensions)
    reveal_type(decoder.buffer)
    reveal_type(decoder.receive_bytes)
    reveal_type(decoder.process_buffer)
    reveal_type(MessageDecoder)
    reveal_type(message_decoder.opcode)
    reveal_type(message_decoder.decoder)
    reveal_type(message_decoder.process_frame)
    reveal_type(NULL_MASK)
    reveal_type(ParseFailed)
    reveal_type(ParseFailed("text").code)


def frames_refused(proto: FrameProtocol) -> None:
    FrameProtocol()
    FrameProtocol(True)
    FrameDecoder()
    proto.ping("text")
    proto.close("1000")
    proto.send_data(None)
    ParseFailed()
    ParseFailed("text", 1002)


def named_tuples(header: Header, frame: Frame, bits: RsvBits) -> None:
    reveal_type(RsvBits)
    reveal_type(RsvBits(True, False, rsv3=False))
    reveal_type(bits.rsv1)
    reveal_type(bits[2])
    reveal_type(bits._replace(rsv1=True))
    reveal_type(bits._asdict())
    reveal_type(bits._fields)
    rsv1, rsv2, rsv3 = bits
    reveal_type((rsv1, rsv2, rsv3))
    reveal_type(Header)
    reveal_type(header)
    reveal_type(header.masking_key)
    reveal_type(Frame)
    reveal_type(frame)
    reveal_type(frame.opcode.iscontrol())
    reveal_type(Frame(Opcode.CLOSE, (1000, "reason"), True, True).payload)


def named_tuples_refused(bits: RsvBits) -> None:
    RsvBits(True, False)
    RsvBits(1.5, False, False)
    Header(True, (False, False, False), Opcode.TEXT, 5, None)
    Frame(1, b"", True, True)
    bits.rsv1 = True
    rsv1, rsv2 = bits


def layers(buffer: Buffer, masker: XorMaskerSimple, null: XorMaskerNull) -> None:
    reveal_type(Buffer)
    reveal_type(Buffer(b"bytes"))
    reveal_type(buffer.buffer)
    reveal_type(buffer.bytes_used)
    reveal_type(buffer.feed)
    reveal_type(buffer.consume_at_most)
    reveal_type(buffer.consume_exactly)
    reveal_type(buffer.commit)
    reveal_type(buffer.rollback)
    reveal_type(len(buffer))
    reveal_type(XorMaskerSimple)
    reveal_type(XorMaskerSimple(bytearray(4)))
    reveal_type(masker.process)
    reveal_type(XorMaskerNull)
    reveal_type(null.process)


def layers_refused(buffer: Buffer) -> None:
    Buffer("text")
    buffer.feed("text")
    buffer.consume_at_most(b"")
    XorMaskerSimple()
    XorMaskerSimple("text")
