"""`threaded_server.py` with the threaded client of `websockets`."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from examples import threaded_server
from tests.examples.programs import Server, serving
from tests.servers.ours import LIMIT
from tests.servers.public_server import in_thread
from tests.servers.test_echo_server import UPGRADE, read_to_the_end

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Return the server as people start it."""
    with serving("-m", "examples.threaded_server") as server:
        yield server


def test_it_numbers_the_messages_of_each_client(server: Server) -> None:
    """RFC 6455, section 5.4: pieces of any kind are joined first."""
    with connect(server.uri, proxy=None) as one, connect(server.uri, proxy=None) as other:
        one.send("Äther")
        other.send(["in ", "three ", "pieces"])
        one.send("x" * 2**19)
        one.send(bytes(range(256)))
        assert one.recv(LIMIT) == "1: Äther"
        assert other.recv(LIMIT) == "1: in three pieces"
        assert one.recv(LIMIT) == "2: " + "x" * 2**19
        assert one.recv(LIMIT) == bytes(range(256))
        assert one.ping(b"?").wait(LIMIT)


def test_it_returns_the_close_frame(server: Server) -> None:
    """RFC 6455, section 5.5.1."""
    with connect(server.uri, proxy=None) as client:
        client.close(4000, "bye")
        assert (client.close_code, client.close_reason) == (4000, "bye")


def test_it_refuses_what_is_too_big(server: Server) -> None:
    """RFC 6455, section 7.4.1: code 1009, which the client reads though it was still sending."""
    with connect(server.uri, proxy=None) as client:
        client.send("x" * (2**20 + 1))
        with pytest.raises(ConnectionClosed):
            client.recv(LIMIT)
        assert client.close_code == 1009


def test_what_is_no_handshake_gets_an_http_error(server: Server) -> None:
    """RFC 6455, section 4.2.1."""
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(server.uri.replace("ws", "http"), timeout=LIMIT)  # noqa: S310 (our own)
    caught.value.close()
    assert caught.value.code == 400


def serving_here() -> AbstractContextManager[int]:
    """Run the server in this process, with what was changed about it; the port is what is entered."""
    return in_thread(threaded_server.Server(("127.0.0.1", 0), threaded_server.Handler))


def test_it_asks_whether_a_silent_client_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 6455, section 5.5.2: a ping after some silence, and the end after more of it."""
    monkeypatch.setattr(threaded_server, "PING_INTERVAL", 0.1)
    with serving_here() as port, socket.create_connection(("127.0.0.1", port), LIMIT) as sock:
        sock.sendall(UPGRADE)
        assert read_to_the_end(sock).partition(b"\r\n\r\n")[2] == b"\x89\x00"


def test_it_gives_the_whole_handshake_so_much_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that sends a byte now and then has no more of it than a silent one."""
    monkeypatch.setattr(threaded_server, "HANDSHAKE_TIMEOUT", 0.3)
    with serving_here() as port, socket.create_connection(("127.0.0.1", port), LIMIT) as sock:
        sock.settimeout(0.05)
        with suppress(ConnectionError):  # where a byte crosses the end of the connection
            for byte in UPGRADE:
                sock.sendall(bytes([byte]))
                with suppress(TimeoutError):
                    assert sock.recv(1) == b""
                    return
            pytest.fail("it waited for all of it")
