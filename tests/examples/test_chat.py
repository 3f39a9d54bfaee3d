"""`chat_server.py`: its page over plain HTTP, and the chat with clients of `websockets`."""

from __future__ import annotations

import json
import re
import socket
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from examples import chat_server
from tests.examples.programs import Server, serving
from tests.servers.ours import LIMIT
from tests.servers.test_echo_server import UPGRADE, read_to_the_end

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[Server]:
    """Return the server as people start it."""
    with serving("-m", "examples.chat_server") as server:
        yield server


@contextmanager
def enter(server: Server, name: str, origin: str | None = None) -> Iterator[ClientConnection]:
    """Enter the chat, and wait until that is known."""
    uri = server.uri.replace("http", "ws") + f"chat?name={name}"
    with connect(uri, proxy=None, origin=None if origin is None else Origin(origin)) as client:
        assert heard(client) == (None, f"{name} is here")
        yield client


def heard(client: ClientConnection) -> tuple[str | None, str]:
    """Return who has said what."""
    message = json.loads(client.recv(LIMIT))
    return message["name"], message["line"]


@pytest.mark.parametrize("query", ["", "?name=Ada"])
def test_the_page_is_served_by_the_same_server(server: Server, query: str) -> None:
    """And the script in it connects to where the page is from."""
    with urllib.request.urlopen(server.uri + query, timeout=LIMIT) as response:  # noqa: S310 (our own)
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        page = response.read()
    assert page == Path(chat_server.PAGE).read_bytes()
    assert re.search(
        rb"new WebSocket\(`ws\$\{location\.protocol\.slice\(4\)\}//\$\{location\.host\}/chat", page
    )


def test_everyone_reads_what_one_says(server: Server) -> None:
    """And that people come and go."""
    with enter(server, "Ada") as ada:
        with enter(server, "Grace") as grace:
            assert heard(ada) == (None, "Grace is here")
            ada.send("hello")
            grace.send(["hel", "lo, Äda"])
            assert heard(ada) == heard(grace) == ("Ada", "hello")
            assert heard(ada) == heard(grace) == ("Grace", "hello, Äda")
            grace.close(1001, "leaving")
            assert grace.close_code == 1001
        assert heard(ada) == (None, "Grace has left")
        assert ada.ping(b"?").wait(LIMIT)


def test_a_line_may_only_be_so_long(server: Server) -> None:
    """RFC 6455, section 7.4.1."""
    with enter(server, "Ada") as ada:
        ada.send("x" * (chat_server.MAX_LINE + 1))
        with pytest.raises(ConnectionClosed):
            ada.recv(LIMIT)
        assert ada.close_code == 1009


def test_pages_from_elsewhere_are_kept_out(server: Server) -> None:
    """RFC 6455, section 10.2: the browser says where the page is from; other programs need not."""
    with enter(server, "Ada", origin=server.uri.rstrip("/")):
        pass
    with pytest.raises(InvalidStatus) as caught, enter(server, "Eve", origin="http://elsewhere.example"):
        pass
    assert caught.value.response.status_code == 403


def test_what_is_neither_page_nor_handshake_gets_an_error(server: Server) -> None:
    """RFC 6455, section 4.2.1."""
    with socket.create_connection(("127.0.0.1", server.port), LIMIT) as sock:
        sock.sendall(b"GET /chat HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert sock.recv(65536).startswith(b"HTTP/1.1 400 ")


def test_who_does_not_keep_up_is_dropped(server: Server) -> None:
    """Back-pressure for many: no client waits for one that does not read, and memory stays bounded."""
    with enter(server, "Ada") as ada, socket.create_connection(("127.0.0.1", server.port), LIMIT) as slow:
        slow.sendall(UPGRADE.replace(b"GET / ", b"GET /chat?name=Slow "))
        assert heard(ada) == (None, "Slow is here")
        line = "x" * chat_server.MAX_LINE
        for _ in range(10_000):  # more than all the buffers of a system hold
            ada.send(line)
            if (said := heard(ada)) != ("Ada", line):
                break
        assert said == (None, "Slow has left")
        read_to_the_end(slow)
