"""
A failed allocation is a MemoryError: nothing crashes, nothing panics, and the next call works.

The interpreter's own allocator is made to fail (`_testcapi.set_nomemory`) once at each position of each
operation, and from each position on.
"""

from __future__ import annotations

import textwrap

import pytest

from tests.safety.isolated import run

pytest.importorskip("_testcapi", reason="this interpreter has no _testcapi, which makes allocations fail")

#: What is made anew before each attempt, and the operation.
OPERATIONS = {
    "a Connection": ("", "Connection(SERVER)"),
    "a Connection with extensions": ("deflate = PerMessageDeflate()", "Connection(SERVER, [deflate], b'x')"),
    "a WSConnection": ("", "WSConnection(SERVER)"),
    "a WSConnection by keyword": ("", "WSConnection(connection_type=SERVER, max_message_size=5)"),
    "a handshake": ("", "H11Handshake(SERVER)"),
    "a protocol": ("", "FrameProtocol(True, [])"),
    "a decoder": ("", "FrameDecoder(False)"),
    "a message": ("", "TextMessage('x')"),
    "a message by keyword": ("", "TextMessage(data='x', frame_finished=False)"),
    "a request": ("", "Request(host='h', target='/', subprotocols=['a'])"),
    "the list of an event": ("event = Request('h', '/')", "event.extra_headers"),
    "comparing": ("events = Request('h', '/', ['x']), Request('h', '/', ['x'])", "events[0] == events[1]"),
    "hashing": ("event = CloseConnection(1000, 'reason')", "hash(event)"),
    "copying": ("event = CloseConnection(1000, 'reason'); import copy", "copy.copy(event)"),
    "answering": ("event = Ping(b'x')", "event.response()"),
    "sending text": ("", "client.send(TextMessage('x' * 600))"),
    "sending fragments": ("", "client.send(BytesMessage(b'x', message_finished=False))"),
    "sending a ping": ("", "client.send(Ping(b'x'))"),
    "sending a close": ("", "client.send(CloseConnection(1000, 'reason'))"),
    "sending deflated": ("", "deflating.send(TextMessage('x' * 600))"),
    "receiving text": ("server.receive_data(frame(1, b'hello'))", "list(server.events())"),
    "receiving other text": (
        "server.receive_data(frame(1, 'gr\\u00fc\\u00dfe'.encode()))",
        "list(server.events())",
    ),
    "receiving bytes": ("server.receive_data(frame(2, b'hello' * 200))", "list(server.events())"),
    "receiving a ping": ("server.receive_data(frame(9, b'hello'))", "list(server.events())"),
    "receiving deflated": (
        "server = Connection(SERVER, [enabled()]); server.receive_data(deflating.send(Message('x' * 99)))",
        "list(server.events())",
    ),
    "feeding twice": (
        "data = frame(1, b'hello')",
        "server.receive_data(data[:3]); server.receive_data(data[3:])",
    ),
    "the state": ("", "server.state"),
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
}

PROGRAM = """
import _testcapi, base64, collections, copyreg, hashlib
from wsproto.extensions import Extension

def frame(opcode, payload):
    return bytes([0x80 | opcode]) + (
        bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\\xfe" + len(payload).to_bytes(2, "big")
    ) + bytes(4) + payload

def answer(request):
    key = request.split(b"Sec-WebSocket-Key: ")[1].split(b"\\r\\n")[0]
    return (b"HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
            b"Sec-WebSocket-Accept: " + generate_accept_token(key) + b"\\r\\n\\r\\n")

def enabled():
    deflate = PerMessageDeflate()
    deflate._enabled = True
    return deflate

class Hook(Extension):
    name = "hook"
    def enabled(self):
        return True

def attempt(action):
    try:
        action()
    except (LocalProtocolError, RemoteProtocolError, TypeError):
        pass

def once(limits):
    server, client, deflating = Connection(SERVER), Connection(CLIENT), Connection(CLIENT, [enabled()])
    {setup}
    if limits is not None:
        _testcapi.set_nomemory(*limits)
    try:
        {operation}
    finally:
        _testcapi.remove_mem_hooks()

once(None)
once(None)
failures = {{}}
for last in (False, True):
    succeeded, position = 0, 0
    # An operation may go on after an allocation that is optional to the interpreter.
    while succeeded < 4 and position < 600:
        limits = (position, 0) if last else (position, position + 1)
        try:
            once(limits)
            succeeded += 1
        except MemoryError:
            succeeded = 0
        except BaseException as error:
            succeeded = 0
            failures.setdefault(f"{{type(error).__name__}}: {{error}}", (last, position))
        position += 1
    assert succeeded, "it never succeeds"
once(None)
for failure in failures.items():
    print(*failure)
"""


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_failed_allocation_is_a_memory_error(name: str) -> None:
    setup, operation = OPERATIONS[name]
    assert run(textwrap.dedent(PROGRAM).format(setup=setup or "pass", operation=operation)) == ""
