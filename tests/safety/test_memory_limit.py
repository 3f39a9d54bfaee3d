"""Under a memory limit, allocations that grow with input raise MemoryError; the connection still works."""

from __future__ import annotations

import sys
import textwrap

import pytest

from tests.safety.isolated import run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the limit is set as Linux has it")

#: 200 MiB more than the process has are what it may get.
LIMIT = """
import resource
from tests.safety import prelude
from tests.safety.prelude import frame

def limit(mebibytes=200):
    with open("/proc/self/statm") as file:
        size = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + (mebibytes << 20), resource.RLIM_INFINITY))

def attempt(action):
    try:
        action()
    except MemoryError:
        print("MemoryError", flush=True)

block = bytes(64 << 20)
request = prelude.REQUEST + b"\\r\\n"
"""

#: Feeding without decoding: a peer can do this to a server that has stopped to iterate.
PROGRAMS = {
    "a connection that is fed": """
        conn = Connection(SERVER)
        conn.receive_data(frame(2, b"x"))
        limit()
        attempt(lambda: [conn.receive_data(block) for _ in range(9)])
        print(next(conn.events()).data)
    """,
    "a server that is fed before it agrees": """
        ws = WSConnection(SERVER)
        ws.receive_data(request)
        limit()
        attempt(lambda: [ws.receive_data(block) for _ in range(9)])
        print(type(next(ws.events())).__name__.encode())
    """,
    "a decoder that is fed": """
        decoder = FrameDecoder(False)
        decoder.receive_bytes(frame(2, b"x"))
        limit()
        attempt(lambda: [decoder.receive_bytes(block) for _ in range(9)])
        print(decoder.process_buffer().payload)
    """,
    "a buffer": """
        buffer = Buffer(b"x")
        limit()
        attempt(lambda: [buffer.feed(block) for _ in range(9)])
        print(bytes(buffer.consume_exactly(1)))
    """,
    "a server that agrees after it was fed": """
        ws = WSConnection(SERVER)
        ws.receive_data(request)
        ws.receive_data(frame(2, block) + frame(2, b"x"))
        list(ws.events())
        limit(20)
        attempt(lambda: ws.send(AcceptConnection()))
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)
        ws.send(AcceptConnection())
        print([event.data for event in ws.events()][-1])
    """,
    "the body of a rejection": """
        ws = WSConnection(SERVER)
        ws.receive_data(request)
        list(ws.events())
        ws.send(RejectConnection(has_body=True))
        limit(20)
        attempt(lambda: ws.send(RejectData(block)))
        print(bytes(WSConnection(CLIENT).send(Request("x", "/"))[22:23]))
    """,
    "a large header": """
        limit(100)
        value = b"x" * (60 << 20)
        attempt(lambda: WSConnection(CLIENT).send(Request("h", "/", extra_headers=[(b"a", value)])))
        print(bytes(WSConnection(CLIENT).send(Request("x", "/"))[22:23]))
    """,
    "what a hook returns": """
        class Hook(prelude.Hook):
            def frame_inbound_payload_data(self, proto, data):
                return block if data == b"large" else data
        conn = Connection(SERVER, [Hook()])
        conn.receive_data(frame(2, b"large"))
        limit(20)
        attempt(lambda: list(conn.events()))
        conn = Connection(SERVER, [Hook()])
        conn.receive_data(frame(2, b"x"))
        print([event.data for event in conn.events()][0])
    """,
    "what a hook adds": """
        class Hook(prelude.Hook):
            def frame_inbound_complete(self, proto, fin):
                return None if fin else block
        conn = Connection(SERVER, [Hook()])
        conn.receive_data(frame(2, b"y", fin=False))
        limit(20)
        attempt(lambda: list(conn.events()))
        conn = Connection(SERVER, [Hook()])
        conn.receive_data(frame(2, b"x"))
        print([event.data for event in conn.events()][0])
    """,
    "a large text after half a code point": """
        conn = Connection(SERVER)
        text = "\\u20ac".encode()
        conn.receive_data(frame(1, text[:1], fin=False))
        list(conn.events())
        data = frame(0, text[1:] + bytes(150 << 20))
        conn.receive_data(data)
        limit()
        attempt(lambda: list(conn.events()))
        print(Connection(SERVER).send(Ping(b"x"))[2:])
    """,
}

COMPRESSED = """
    extension = PerMessageDeflate(compression_level={level})
    extension.accept("permessage-deflate")
    conn = Connection(SERVER, [extension])
    first = conn.send(BytesMessage(bytes(100)))
    # Nothing is repeated within a window.
    message = BytesMessage(os.urandom(1 << 20) * 300)
    limit(40)
    attempt(lambda: conn.send(message))
    assert conn.state is ConnectionState.OPEN
    extension = PerMessageDeflate()
    extension.finalize("permessage-deflate")
    client = Connection(CLIENT, [extension])
    client.receive_data(first + conn.send(BytesMessage(b"x")))
    print([bytes(event.data) for event in client.events()][1])
"""

for level in (None, 6):
    PROGRAMS[f"a message that is compressed at level {level}"] = COMPRESSED.format(level=level)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_memory_limit_is_a_memory_error(name: str) -> None:
    told, works = run(LIMIT + textwrap.dedent(PROGRAMS[name])).splitlines()
    assert told == "MemoryError"
    assert works in {"b'x'", "b'Request'"}
