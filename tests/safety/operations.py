"""Operations of every kind, as programs: what comes before, and the operation."""

from __future__ import annotations

#: What is made anew before each attempt, and the operation.
OPERATIONS = {
    "a Connection": (
        "",
        "Connection(SERVER)",
    ),
    "a Connection with extensions": (
        "deflate = PerMessageDeflate()",
        "Connection(SERVER, [deflate], b'x')",
    ),
    "a WSConnection": (
        "",
        "WSConnection(SERVER)",
    ),
    "a WSConnection by keyword": (
        "",
        "WSConnection(connection_type=SERVER, max_message_size=5)",
    ),
    "a handshake": (
        "",
        "H11Handshake(SERVER)",
    ),
    "a protocol": (
        "",
        "FrameProtocol(True, [])",
    ),
    "a decoder": (
        "",
        "FrameDecoder(False)",
    ),
    "a message": (
        "",
        "TextMessage('x')",
    ),
    "a message by keyword": (
        "",
        "TextMessage(data='x', frame_finished=False)",
    ),
    "a request": (
        "",
        "Request(host='h', target='/', subprotocols=['a'])",
    ),
    "the list of an event": (
        "event = Request('h', '/')",
        "event.extra_headers",
    ),
    "comparing": (
        "events = Request('h', '/', ['x']), Request('h', '/', ['x'])",
        "events[0] == events[1]",
    ),
    "hashing": (
        "event = CloseConnection(1000, 'reason')",
        "hash(event)",
    ),
    "copying": (
        "event = CloseConnection(1000, 'reason'); import copy",
        "copy.copy(event)",
    ),
    "answering": (
        "event = Ping(b'x')",
        "event.response()",
    ),
    "sending text": (
        "",
        "client.send(TextMessage('x' * 600))",
    ),
    "sending fragments": (
        "",
        "client.send(BytesMessage(b'x', message_finished=False))",
    ),
    "sending a ping": (
        "",
        "client.send(Ping(b'x'))",
    ),
    "sending a close": (
        "",
        "client.send(CloseConnection(1000, 'reason'))",
    ),
    "sending deflated": (
        "",
        "deflating.send(TextMessage('x' * 600))",
    ),
    "receiving text": (
        "server.receive_data(frame(1, b'hello'))",
        "list(server.events())",
    ),
    "receiving other text": (
        "server.receive_data(frame(1, 'gr\\u00fc\\u00dfe'.encode()))",
        "list(server.events())",
    ),
    "receiving bytes": (
        "server.receive_data(frame(2, b'hello' * 200))",
        "list(server.events())",
    ),
    "receiving a ping": (
        "server.receive_data(frame(9, b'hello'))",
        "list(server.events())",
    ),
    "receiving deflated": (
        "server = Connection(SERVER, [enabled()]); server.receive_data(deflating.send(Message('x' * 99)))",
        "list(server.events())",
    ),
    "feeding twice": (
        "data = frame(1, b'hello')",
        "server.receive_data(data[:3]); server.receive_data(data[3:])",
    ),
    "the state": (
        "",
        "server.state",
    ),
    "a response received": (
        "ws = WSConnection(CLIENT); response = answer(ws.send(Request(host='h', target='/')))",
        "ws.receive_data(response); list(ws.events())",
    ),
    "layers": (
        "protocol = FrameProtocol(True, [])",
        "protocol.send_data('x'); protocol.ping(b'x'); protocol.close(1000, 'x'); protocol._frame_decoder",
    ),
    "frames": (
        "decoder = FrameDecoder(False); decoder.receive_bytes(frame(1, b'hello'))",
        "decoder.process_buffer(); decoder.buffer; decoder.extensions",
    ),
    "received frames": (
        "protocol = FrameProtocol(False, [])",
        (
            "protocol.receive_bytes(frame(1, b'hello') + frame(8, b'\\x03\\xe8bye')); "
            "list(protocol.received_frames())"
        ),
    ),
    "the repr of an event": (
        "event = Request('h', '/', ['x'])",
        "repr(event)",
    ),
    "the attributes of an event": (
        "event = CloseConnection(1000, 'reason')",
        "event.__dict__",
    ),
    "pickling": (
        "event = CloseConnection(1000, 'reason')",
        "event.__reduce__()",
    ),
    "a subclass of an event": (
        "",
        "Sub('x'); Sub(data='x').more",
    ),
    "an event with wrong arguments": (
        "",
        "Ping(1, 2, 3)",
    ),
    "a request sent": (
        "ws = WSConnection(CLIENT)",
        "ws.send(Request('h', '/', [enabled()], [(b'a', b'b')], ['c']))",
    ),
    "a request received": (
        (
            "ws = WSConnection(SERVER); request = WSConnection(CLIENT).send(Request('h', '/', "
            "[enabled()], [], ['c']))"
        ),
        "ws.receive_data(request); list(ws.events())",
    ),
    "accepting": (
        (
            "ws = WSConnection(SERVER); ws.receive_data(WSConnection(CLIENT).send(Request('h', '/', "
            "[enabled()])))"
        ),
        (
            "list(ws.events()); "
            "ws.send(AcceptConnection(extensions=[PerMessageDeflate()], extra_headers=[(b'a', b'b')]))"
        ),
    ),
    "rejecting": (
        "ws = WSConnection(SERVER); ws.receive_data(WSConnection(CLIENT).send(Request('h', '/')))",
        (
            "list(ws.events()); "
            "ws.send(RejectConnection(status_code=404, headers=[(b'a', b'b')], has_body=True)); "
            "ws.send(RejectData(b'body'))"
        ),
    ),
    "a rejection received": (
        "ws = WSConnection(CLIENT); ws.send(Request('h', '/'))",
        (
            "ws.receive_data(b'HTTP/1.1 404 No\\r\\nContent-Length: 4\\r\\na: b\\r\\n\\r\\nbody'); "
            "list(ws.events())"
        ),
    ),
    "a bad request": (
        "ws = WSConnection(SERVER)",
        "ws.receive_data(b'GET / HTTP/1.1\\r\\nHost: h\\r\\nUpgrade: x\\r\\n\\r\\n')",
    ),
    "no HTTP": (
        "ws = WSConnection(SERVER)",
        "ws.receive_data(b'\\x00\\r\\n\\r\\n')",
    ),
    "a frame against the rules": (
        "server.receive_data(b'\\xf1\\x80abcd')",
        "list(server.events())",
    ),
    "text that is no UTF-8": (
        "server.receive_data(frame(1, b'\\xff'))",
        "list(server.events())",
    ),
    "bad compressed data": (
        "server = Connection(SERVER, [enabled()]); server.receive_data(b'\\xc1\\x81\\0\\0\\0\\0\\xff')",
        "list(server.events())",
    ),
    "a bad frame for the layers": (
        "decoder = FrameDecoder(False); decoder.receive_bytes(b'\\x8f\\x80abcd')",
        "decoder.process_buffer()",
    ),
    "sending in the wrong state": (
        "client.send(CloseConnection(1000))",
        "client.send(TextMessage('x'))",
    ),
    "sending what is no event": (
        "",
        "client.send(3)",
    ),
    "mixed fragments": (
        "client.send(TextMessage('x', message_finished=False))",
        "client.send(BytesMessage(b'x'))",
    ),
    "a close received": (
        "server.receive_data(frame(8, b'\\x03\\xe8bye'))",
        "[event.response() for event in server.events()]",
    ),
    "the end of the transport": (
        "",
        "server.receive_data(None); list(server.events())",
    ),
    "hooks": (
        "server = Connection(SERVER, [Hook()]); server.receive_data(frame(1, b'hello'))",
        "list(server.events()); server.send(TextMessage('x'))",
    ),
    "a derived permessage-deflate": (
        "server = Connection(SERVER, [Derived()]); server.receive_data(deflating.send(Message('x' * 99)))",
        "list(server.events()); server.send(TextMessage('x'))",
    ),
    "permessage-deflate": (
        "",
        (
            "PerMessageDeflate(client_max_window_bits=10); repr(enabled()); enabled().min_size; "
            "enabled().max_piece_size"
        ),
    ),
    "negotiating": (
        "",
        (
            "PerMessageDeflate().offer(); PerMessageDeflate().accept('permessage-deflate; "
            "client_max_window_bits'); PerMessageDeflate().finalize('permessage-deflate; "
            "server_max_window_bits=10'); PerMessageDeflate().finalize('permessage-deflate; x=y')"
        ),
    ),
    "the hooks of permessage-deflate": (
        "deflate = enabled(); decoder = FrameDecoder(False, [deflate])",
        (
            "deflate.frame_outbound(decoder, Opcode.TEXT, RsvBits(False, False, False), b'hello', True); "
            "deflate.frame_inbound_header(decoder, Opcode.TEXT, RsvBits(True, False, False), 3); "
            "deflate.frame_inbound_payload_data(decoder, b'J\\x04\\x00'); "
            "deflate.frame_inbound_complete(decoder, True)"
        ),
    ),
    "what a connection shows": (
        "ws = WSConnection(SERVER)",
        (
            "repr(ws.handshake); ws.state; ws.handshake._events; ws.handshake._nonce; server._proto; "
            "server._events"
        ),
    ),
    "an upgrade": (
        "ws = WSConnection(SERVER)",
        (
            "ws.initiate_upgrade_connection([(b'Host', b'h'), (b'Connection', b'Upgrade'), "
            "(b'Upgrade', b'websocket'), (b'Sec-WebSocket-Version', b'13'), "
            "(b'Sec-WebSocket-Key', generate_nonce())], '/'); list(ws.events())"
        ),
    ),
    "an iterator that is closed": (
        "server.receive_data(frame(9, b'x'))",
        "events = server.events(); next(events); events.close()",
    ),
    "an iterator that is thrown into": (
        "server.receive_data(frame(9, b'x') * 2); events = server.events()",
        "next(events); events.throw(KeyError('x'))",
    ),
    "functions": (
        "",
        (
            "generate_nonce(); generate_accept_token(b'x'); split_comma_header(b'a, b'); "
            "normed_header_dict([(b'A', b'b'), (b'A', b'c')]); "
            "server_extensions_handshake(['permessage-deflate'], [PerMessageDeflate()]); "
            "client_extensions_handshake(['permessage-deflate'], [PerMessageDeflate()])"
        ),
    ),
}

PROGRAM = """
import base64, collections, copyreg, hashlib, pickle, zlib
from tests.safety.prelude import Derived, Hook, Sub, answer, enabled, frame
from wsproto.handshake import client_extensions_handshake, server_extensions_handshake

#: What operations raise that are to fail.
EXPECTED = LocalProtocolError, RemoteProtocolError, ParseFailed, TypeError, KeyError

def nothing():
    pass

def once(begin=nothing, end=nothing):
    # What the operation needs is made first.
    server, client, deflating = Connection(SERVER), Connection(CLIENT), Connection(CLIENT, [enabled()])
    {setup}
    begin()
    try:
        {operation}
    finally:
        end()
"""


def program(name: str, body: str) -> str:
    """Return a program that defines `once`, for the operation of this name, and goes on with `body`."""
    setup, operation = OPERATIONS[name]
    return PROGRAM.format(setup=setup or "pass", operation=operation) + body
