"""
The code in upstream's documents, of 1.3.2 and of the older release that people still read, runs on ours.

The blocks come from the sdists. Each is run as it stands, with what it presupposes (imports, a socket with
a peer); `blocks.py` lists those that are not run, with reasons, which are checked too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.oracle import ours, upstream
from tests.upstream.blocks import KNOWN, RELEASES, Block, all_blocks, block, known
from tests.upstream.peer import Peer

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from tests.upstream.fetch import Release

BASIC, ADVANCED, README = "docs/source/basic-usage.rst", "docs/source/advanced-usage.rst", "README.rst"

#: The blocks that were run, for the last test and the summary.
RAN: set[Block] = set()

release = pytest.mark.parametrize("release", RELEASES, ids=[each.value[0] for each in RELEASES])


def run(found: Block, names: dict[str, Any]) -> None:
    """Run a block in the namespace that the blocks before it have left."""
    exec(compile(found.code, found.name, "exec"), names)  # noqa: S102 (the documents are what is tested)
    RAN.add(
        next(each for each in all_blocks() if each[:2] == found[:2] and known(each).mark == known(found).mark)
    )


def imports(package: ModuleType) -> dict[str, Any]:
    """Return what the documents take for imported."""
    names: dict[str, Any] = {"List": list}
    for module in (package.events, package.connection, package.handshake, package.extensions):
        names.update({name: value for name, value in vars(module).items() if not name.startswith("_")})
    return {**names, "WSConnection": package.WSConnection}


@release
def test_getting_started_as_a_client(release: Release, capsys: pytest.CaptureFixture[str]) -> None:
    """From the request to the closing handshake, with every event that the document handles."""
    with Peer() as peer:
        names = {**imports(ours()), "socket": peer.socket_for_documents()}
        for mark in ("target='foo'", "sock.connect"):
            run(block(release, BASIC, mark), names)
        while names["ws"].state is not ours().connection.ConnectionState.CLOSED:
            run(block(release, BASIC, "data = sock.recv"), names)
            run(block(release, BASIC, "Connection established"), names)
        names["sock"].close()

    assert capsys.readouterr().out.splitlines() == [
        "Connection established",
        "Received Ping frame with payload b'are you there'",
        "Received TEXT data: a text",
        "Message finished.",
        "Received BINARY data: b'some bytes'",
        "BINARY Message finished.",
        "Connection closed: code=1000 reason=that was all",
    ]
    request, pong, close = peer.received
    assert (request.host, request.target) == ("example.com", "foo")
    assert pong == upstream().events.Pong(b"are you there")
    assert close == upstream().events.CloseConnection(1000, "that was all")


class Sent:
    """A socket that only keeps what is sent, and hands out what there is to read."""

    def __init__(self, incoming: bytes = b"") -> None:
        self.sent = b""
        self.incoming = incoming

    def send(self, data: bytes) -> int:
        self.sent += data
        return len(data)

    def recv(self, _size: int) -> bytes:
        return self.incoming


@release
def test_getting_started_as_a_server(release: Release, capsys: pytest.CaptureFixture[str]) -> None:
    """The server accepts, answers a ping, and answers a close."""
    theirs = upstream()
    client = theirs.WSConnection(theirs.ConnectionType.CLIENT)
    names = {**imports(ours()), "sock": Sent()}
    run(block(release, BASIC, "ws = WSConnection(ConnectionType.SERVER)"), names)

    names["ws"].receive_data(client.send(theirs.events.Request(host="example.com", target="/")))
    run(block(release, BASIC, "Accepting connection request"), names)
    client.receive_data(names["sock"].sent)
    assert list(client.events()) == [theirs.events.AcceptConnection()]
    assert capsys.readouterr().out == "Accepting connection request\n"

    for sent, mark in (
        (theirs.events.Ping(b"there?"), "if isinstance(event, Ping)"),
        (theirs.events.CloseConnection(1000, "bye"), "if isinstance(event, CloseConnection)"),
    ):
        names["ws"].receive_data(client.send(sent))
        (names["event"],) = names["ws"].events()
        names["sock"].sent = b""
        run(block(release, BASIC, mark), names)
        client.receive_data(names["sock"].sent)
    assert list(client.events()) == [
        theirs.events.Pong(b"there?"),
        theirs.events.CloseConnection(1000, "bye"),
    ]


@release
def test_a_connection_without_a_handshake(release: Release) -> None:
    """Advanced usage: `Connection` by itself; it forgets the first argument, and so makes a server."""
    theirs = upstream()
    peer = theirs.connection.Connection(theirs.ConnectionType.CLIENT)
    sock = Sent(peer.send(theirs.events.TextMessage("hello")))
    names = {**imports(ours()), "extensions": [], "sock": sock, "seen": []}
    run(block(release, ADVANCED, "Connection(extensions)"), names)

    assert names["seen"] == [ours().events.TextMessage("hello")]
    peer.receive_data(sock.sent)
    assert list(peer.events()) == [theirs.events.BytesMessage(b"Hi")]


@release
def test_extensions_over_http_2(release: Release) -> None:
    """Advanced usage: both ends agree on permessage-deflate outside wsproto's handshake, and then use it."""
    names = imports(ours())
    names |= {"request_extensions": ["permessage-deflate; client_max_window_bits"], "response_headers": []}
    run(block(release, ADVANCED, "server_extensions_handshake"), names)
    server = names["connection"]
    (header,) = names["response_headers"]

    accepted = header["sec-websocket-extensions"].decode()
    names["accepted_extensions"] = [accepted]
    run(block(release, ADVANCED, "client_extensions_handshake"), names)
    assert [each.enabled() for each in names["extensions"]] == [True]
    client = ours().connection.Connection(ours().ConnectionType.CLIENT, names["extensions"])

    data = client.send(ours().events.TextMessage("x" * 1000))
    assert len(data) < 100
    server.receive_data(data)
    assert list(server.events()) == [ours().events.TextMessage("x" * 1000)]


@release
def test_readme(release: Release, capsys: pytest.CaptureFixture[str]) -> None:
    """The README's client, and its loop over the events."""
    theirs = upstream()
    names = imports(ours())
    run(block(release, README, "echo.websocket.org"), names)

    client = names["ws"]
    server = theirs.WSConnection(theirs.ConnectionType.SERVER)
    fresh = ours().WSConnection(ours().ConnectionType.CLIENT)
    server.receive_data(fresh.send(ours().events.Request(host="echo.websocket.org", target="/")))
    data = server.send(theirs.events.AcceptConnection())
    for event in (
        theirs.events.TextMessage("text"),
        theirs.events.BytesMessage(b"bytes"),
        theirs.events.CloseConnection(1000),
    ):
        data += server.send(event)
    assert client.state is ours().connection.ConnectionState.CONNECTING
    names |= {"ws": fresh, "some_byte_string_of_data": data}
    run(block(release, README, "some_byte_string_of_data"), names)
    run(block(release, README, "We got text!"), names)
    assert capsys.readouterr().out.splitlines() == ["We got text! text", "We got bytes! b'bytes'"]


LEFT_OUT = [found for found in all_blocks() if known(found).raises is not None]


@pytest.mark.parametrize("package", [ours, upstream], ids=["ours", "upstream"])
@pytest.mark.parametrize("found", LEFT_OUT, ids=[found.name for found in LEFT_OUT])
def test_what_is_left_out_cannot_run(found: Block, package: Callable[[], ModuleType]) -> None:
    """A block that is left out fails with 1.3.2 as it does with ours, and with the error that is named."""
    names = imports(package()) | {"some_socket": Sent()}
    names["ws"] = package().WSConnection(package().ConnectionType.CLIENT)
    code = found.code.replace("from wsproto", f"from {package().__name__}")
    expected = known(found).raises
    assert expected is not None
    with pytest.raises(expected):
        exec(compile(code, found.name, "exec"), names)  # noqa: S102


def test_every_block_is_run_or_known_not_to_be(summary: Callable[[str], None]) -> None:
    """Last in this file: nothing in the documents was passed over, and no entry is out of date."""
    everything = all_blocks()
    left_out = [found for found in everything if known(found).left_out]
    assert {each.mark for each in KNOWN} == {known(found).mark for found in everything}
    assert sorted(found.name for found in RAN) == sorted(
        found.name for found in everything if found not in left_out
    )
    python = [found for found in left_out if not found.code.startswith("$")]
    summary(
        f"code blocks in upstream's documents: {len(RAN)} of {len(everything)} run;"
        f" {len(left_out) - len(python)} are shell commands, {len(python)} cannot run in 1.3.2"
    )
    for reason in sorted({f"{known(found).mark!r}: {known(found).left_out}" for found in python}):
        summary(f"  {reason}")
