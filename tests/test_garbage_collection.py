"""The garbage collector may run at any moment: during the import, and while an object is being made."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.oracle import ours

EAGER = "import gc; gc.set_threshold(1)\n"

PROGRAMS = {
    "import": EAGER + "import wsproto",
    "objects": """
import gc
from wsproto import ConnectionType, WSConnection, connection, events, extensions, frame_protocol, handshake
gc.set_threshold(1)
for _ in range(300):
    for kind in ConnectionType:
        made = [WSConnection(kind), handshake.H11Handshake(kind), connection.Connection(kind)]
        made += [one.events() for one in made]
        made += [frame_protocol.FrameProtocol(True, []), frame_protocol.FrameDecoder(True)]
        made += [frame_protocol.MessageDecoder(), frame_protocol.Buffer(), extensions.PerMessageDeflate()]
        made += [events.Ping(b"x"), events.Request("host", "/"), events.TextMessage("x")]
        made.append(frame_protocol.FrameProtocol(True, []).received_frames())
""",
    "cycles": """
import gc, weakref
from wsproto import ConnectionType, WSConnection, connection, events, extensions
gc.disable()

def opened():
    made = WSConnection(ConnectionType.SERVER)
    made.initiate_upgrade_connection([
        (b"Host", b"host"), (b"Connection", b"upgrade"), (b"Upgrade", b"websocket"),
        (b"Sec-WebSocket-Version", b"13"), (b"Sec-WebSocket-Key", b"key"),
    ], "/")
    made.send(events.AcceptConnection())
    return made

references = []
for make in (
    lambda: WSConnection(ConnectionType.CLIENT),
    lambda: (made := WSConnection(ConnectionType.SERVER)).handshake and made,
    lambda: (made := opened()).connection and made,
    lambda: (made := opened()).handshake.connection and made,
    lambda: (made := opened()).connection._proto._frame_decoder and made,
    lambda: opened().connection,
    lambda: connection.Connection(ConnectionType.CLIENT),
    lambda: extensions.PerMessageDeflate(),
):
    made = make()
    made.itself = made
    references.append(weakref.ref(made))
for extensions in {"extensions": []}, {}:
    event = events.Request("host", "/", **extensions)
    event.extensions.append(event)
    references.append(weakref.ref(event))
del made, event
gc.collect()
assert [reference() for reference in references] == [None] * 10
""",
    "no cycles": """
import gc, weakref
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Request, TextMessage

gc.disable()
client, server = WSConnection(ConnectionType.CLIENT), WSConnection(ConnectionType.SERVER)
references = [weakref.ref(client), weakref.ref(server)]
server.receive_data(client.send(Request("host", "/")))
for event in server.events():
    client.receive_data(server.send(AcceptConnection()))
for event in client.events():
    server.receive_data(client.send(TextMessage("x")))
for event in server.events():
    server.receive_data(None)
    assert server.state and client.state
list(server.events())
del client, server
assert [reference() for reference in references] == [None] * 2
""",
    "memory that was an object's before": """
import gc, weakref
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, Ping, RejectData, Request, TextMessage

class Note(TextMessage):
    pass

gc.disable()
gone = []
for number in range(100):
    some = [Ping(b"x"), TextMessage(f"{number}"), BytesMessage(b"x"), Request("host", "/"), Note("own")]
    some += [AcceptConnection(), RejectData(b"", True), iter(WSConnection(ConnectionType.CLIENT).events())]
    some[-4].attribute = some
    assert all(map(gc.is_tracked, some))
    assert some[1].data == f"{number}" and some[3].extensions == [] and not vars(some[1]).get("attribute")
    for event in some[3], some[5]:
        event.extra_headers.append(event)
        gone.append(weakref.ref(event))
    gone += map(weakref.ref, some[:3])
    del some, event
    if number % 7 == 0:
        gc.collect()
gc.collect()
assert not any(reference() for reference in gone)
""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_collection(name: str) -> None:
    """A process of its own does this, and survives."""
    folder = str(Path(str(ours().__file__)).parents[1])
    program = f"import sys; sys.path.insert(0, {folder!r})\n{PROGRAMS[name]}"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
