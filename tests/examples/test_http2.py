"""`http2_server.py` and `http2_client.py`, with `h2` and the framing of `websockets` at the other end."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

import h2.config
import h2.connection
import h2.events
import pytest
from h2.settings import SettingCodes, Settings
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Close, Opcode
from websockets.protocol import Protocol, Side, State

from examples.tls_client import client_context
from tests.examples.programs import Server, run, serving
from tests.servers.ours import LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from websockets.frames import Frame

    from tests.examples.conftest import Certificates

#: RFC 9113, section 6.9.2: what may be sent before the receiver gives more.
INITIAL_WINDOW = 65535


class Peer:
    """Either end of an HTTP/2 connection, whose streams are WebSockets once the handshake is over."""

    def __init__(self, sock: socket.socket, *, client: bool) -> None:
        """Begin on a connected socket."""
        self.sock = sock
        self.side = Side.CLIENT if client else Side.SERVER
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=client))
        self.h2.local_settings = Settings(client, {SettingCodes.ENABLE_CONNECT_PROTOCOL: 0 if client else 1})
        self.websockets: dict[int, Protocol] = {}
        self.events: list[h2.events.Event] = []
        self.acknowledging = True
        self.h2.initiate_connection()
        self.flush()

    def flush(self) -> None:
        """Send what HTTP/2 has to send."""
        self.sock.sendall(self.h2.data_to_send())

    def wait_for(self, kind: type[h2.events.Event]) -> h2.events.Event:
        """Return the next event of that kind."""
        while True:
            for position, event in enumerate(self.events):
                if isinstance(event, kind):
                    return self.events.pop(position)
            self.read()

    def read(self) -> None:
        """Read once; hand data to the WebSocket that they are for."""
        data = self.sock.recv(65536)
        assert data, "the connection has ended"
        for event in self.h2.receive_data(data):
            if isinstance(event, h2.events.DataReceived) and event.data:
                self.websockets[event.stream_id].receive_data(event.data)
                if self.acknowledging:
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            self.events.append(event)
        self.flush()

    def connect(self, **changed: str) -> tuple[int, dict[bytes, bytes]]:
        """Ask for a WebSocket (RFC 8441, section 4); return the stream and the response."""
        while not self.h2.remote_settings.enable_connect_protocol:
            self.read()
        headers = {
            "method": "CONNECT",
            "protocol": "websocket",
            "scheme": "http",
            "path": "/",
            "authority": "localhost",
            "sec-websocket-version": "13",
        } | {name.replace("_", "-"): value for name, value in changed.items()}
        pseudo = ("method", "protocol", "scheme", "path", "authority")
        stream_id = self.h2.get_next_available_stream_id()
        self.h2.send_headers(
            stream_id,
            [(f":{name}" if name in pseudo else name, value) for name, value in headers.items() if value],
            end_stream=headers["method"] == "GET",
        )
        self.flush()
        response = self.wait_for(h2.events.ResponseReceived)
        assert isinstance(response, h2.events.ResponseReceived)
        return stream_id, dict(response.headers)

    def open(self, stream_id: int, *, deflate: bool = False) -> Protocol:
        """Begin with the WebSocket of a stream; compression has the default parameters."""
        websocket = self.websockets[stream_id] = Protocol(self.side, state=State.OPEN, max_size=2**21)
        if deflate:
            websocket.extensions = [PerMessageDeflate(False, False, 15, 15)]
        return websocket

    def send(self, stream_id: int) -> None:
        """Send what the WebSocket has to send, as the window allows."""
        data = b"".join(self.websockets[stream_id].data_to_send())
        while data:
            size = min(self.h2.local_flow_control_window(stream_id), self.h2.max_outbound_frame_size)
            if size <= 0:
                self.read()
                continue
            self.h2.send_data(stream_id, data[:size])
            data = data[size:]
            self.flush()

    def receive(self, stream_id: int) -> Frame:
        """Return the next frame of the WebSocket."""
        while not (frames := self.websockets[stream_id].events_received()):
            self.read()
        (frame,) = frames
        return frame  # type: ignore[return-value]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Return the server as people start it."""
    with serving("-m", "examples.http2_server") as server:
        yield server


@pytest.fixture
def peer(server: Server) -> Iterator[Peer]:
    """Return a client of the server."""
    with socket.create_connection(("127.0.0.1", server.port), LIMIT) as sock:
        yield Peer(sock, client=True)


def test_many_websockets_on_one_connection(peer: Peer) -> None:
    """RFC 8441, section 5: each stream is one, from its handshake to its close frames."""
    streams = [peer.connect() for _ in range(3)]
    assert [response for _, response in streams] == [{b":status": b"200"}] * 3
    for number, (stream_id, _) in enumerate(streams):
        peer.open(stream_id).send_text(f"Äther {number}".encode())
        peer.send(stream_id)
    for number, (stream_id, _) in reversed(list(enumerate(streams))):
        assert peer.receive(stream_id).data == f"Äther {number}".encode()
    for stream_id, _ in streams:
        peer.websockets[stream_id].send_ping(b"?")
        peer.send(stream_id)
        assert (frame := peer.receive(stream_id)).opcode is Opcode.PONG
        assert frame.data == b"?"
        peer.websockets[stream_id].send_close(4000, "bye")
        peer.send(stream_id)
        assert peer.receive(stream_id).opcode is Opcode.CLOSE
        assert peer.websockets[stream_id].close_rcvd == Close(4000, "bye")
        peer.wait_for(h2.events.StreamEnded)


def test_compression_is_negotiated(peer: Peer) -> None:
    """RFC 7692, section 7, in the headers of HTTP/2."""
    stream_id, response = peer.connect(sec_websocket_extensions="permessage-deflate")
    assert response[b"sec-websocket-extensions"].startswith(b"permessage-deflate")
    websocket = peer.open(stream_id, deflate=True)
    for message in (b"x" * 2**20, b"y" * 2**20):
        websocket.send_binary(message)
        peer.send(stream_id)
        assert (frame := peer.receive(stream_id)).opcode is Opcode.BINARY
        assert frame.data == message


def test_a_message_may_be_larger_than_the_window(peer: Peer) -> None:
    """RFC 9113, section 5.2: the server gives the window back while it reads."""
    stream_id, _ = peer.connect()
    websocket = peer.open(stream_id)
    websocket.send_binary(bytes(2**20))
    peer.send(stream_id)
    assert peer.receive(stream_id).data == bytes(2**20)


def test_a_client_that_does_not_read_is_not_read_from(peer: Peer) -> None:
    """Back-pressure: without room for the echoes, the window for messages is not given back."""
    stream_id, _ = peer.connect()
    websocket = peer.open(stream_id)
    peer.acknowledging = False
    message = bytes(10_000)
    sent = 0
    peer.sock.settimeout(0.5)
    with contextlib.suppress(TimeoutError):
        while sent < 10 * INITIAL_WINDOW:
            websocket.send_binary(message)
            peer.send(stream_id)
            sent += len(message)
    assert sent < 3 * INITIAL_WINDOW


def test_what_is_too_big_is_refused(peer: Peer) -> None:
    """RFC 6455, section 7.4.1."""
    stream_id, _ = peer.connect()
    websocket = peer.open(stream_id)
    websocket.send_binary(bytes(2**20 + 1))
    peer.send(stream_id)
    assert peer.receive(stream_id).opcode is Opcode.CLOSE
    assert websocket.close_rcvd == Close(1009, "more than 1048576")


def test_a_stream_that_ends_without_a_close_frame_is_over(peer: Peer) -> None:
    """RFC 8441, section 5: as a TCP connection that ends; the others go on."""
    (ended, _), (other, _) = peer.connect(), peer.connect()
    peer.h2.end_stream(ended)
    peer.flush()
    peer.wait_for(h2.events.StreamEnded)
    peer.open(other).send_text(b"still here")
    peer.send(other)
    assert peer.receive(other).data == b"still here"


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"method": "GET", "protocol": ""}, b"404"),
        ({"protocol": "connect-udp"}, b"404"),
        ({"sec_websocket_version": "12"}, b"400"),
    ],
    ids=["GET", "protocol", "version"],
)
def test_what_is_no_websocket_is_refused(peer: Peer, changed: dict[str, str], status: bytes) -> None:
    """RFC 8441, section 4."""
    _, response = peer.connect(**changed)
    assert response[b":status"] == status


def test_garbage_ends_the_connection(server: Server) -> None:
    """RFC 9113, section 3.4: what does not begin with the preface is not HTTP/2."""
    with socket.create_connection(("127.0.0.1", server.port), LIMIT) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        while sock.recv(65536):
            pass


def test_over_tls(certificates: Certificates) -> None:
    """RFC 9113, section 3.2: the way of browsers."""
    context = client_context(certificates.authority)
    context.set_alpn_protocols(["h2"])
    with (
        serving("-m", "examples.http2_server", "--certificate", certificates.server) as server,
        socket.create_connection(("127.0.0.1", server.port), LIMIT) as sock,
        context.wrap_socket(sock, server_hostname="127.0.0.1") as tls,
    ):
        assert tls.selected_alpn_protocol() == "h2"
        peer = Peer(tls, client=True)
        stream_id, _ = peer.connect()
        peer.open(stream_id).send_text(b"hello")
        peer.send(stream_id)
        assert peer.receive(stream_id).data == b"hello"


@contextlib.contextmanager
def answering(behave: Callable[[Peer], None]) -> Iterator[int]:
    """Be the server of one connection, in a thread."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        failures: list[BaseException] = []

        def serve() -> None:
            try:
                with listener.accept()[0] as sock:
                    sock.settimeout(LIMIT)
                    behave(Peer(sock, client=False))
            except BaseException as error:  # noqa: BLE001 (it is raised again in the test)
                failures.append(error)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            thread.join(LIMIT)
    if failures:
        raise failures[0]


def echo_twice(peer: Peer) -> None:
    """Accept with compression, send two messages back, and return the close frame."""
    request = peer.wait_for(h2.events.RequestReceived)
    assert isinstance(request, h2.events.RequestReceived)
    headers = dict(request.headers)
    assert (headers[b":method"], headers[b":protocol"]) == (b"CONNECT", b"websocket")
    assert headers[b"sec-websocket-extensions"].startswith(b"permessage-deflate")
    stream_id = request.stream_id
    accepted = [(b":status", b"200"), (b"sec-websocket-extensions", b"permessage-deflate")]
    peer.h2.send_headers(stream_id, accepted)
    websocket = peer.open(stream_id, deflate=True)
    websocket.send_ping(b"?")
    peer.send(stream_id)
    for _ in range(2):
        while (frame := peer.receive(stream_id)).opcode is not Opcode.TEXT:
            assert frame.opcode is Opcode.PONG
        websocket.send_text(frame.data)
        peer.send(stream_id)
    assert peer.receive(stream_id).opcode is Opcode.CLOSE
    peer.send(stream_id)
    peer.wait_for(h2.events.StreamEnded)


def refuse(peer: Peer) -> None:
    """Refuse the request."""
    request = peer.wait_for(h2.events.RequestReceived)
    assert isinstance(request, h2.events.RequestReceived)
    peer.h2.send_headers(request.stream_id, [(b":status", b"403")], end_stream=True)
    peer.flush()
    while peer.sock.recv(65536):
        pass


def test_the_client_talks_to_another_implementation() -> None:
    """With compression, and messages larger than a window."""
    with answering(echo_twice) as port:
        client = run("-m", "examples.http2_client", "--port", str(port), "Äther", "x" * 100_000)
    assert client.returncode == 0, client.stderr
    assert client.stdout.splitlines() == ["Äther", "x" * 100_000]


def test_the_client_says_that_it_was_refused() -> None:
    """With the status."""
    with answering(refuse) as port:
        client = run("-m", "examples.http2_client", "--port", str(port), "hello")
    assert client.returncode == 1
    assert client.stderr.endswith("refused: 403\n")


def test_both_together(server: Server) -> None:
    """The conversation of the two docstrings."""
    client = run("-m", "examples.http2_client", "--port", str(server.port), "one", "two")
    assert client.returncode == 0, client.stderr
    assert client.stdout.splitlines() == ["one", "two"]
