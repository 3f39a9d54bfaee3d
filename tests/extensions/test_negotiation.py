"""
The negotiation of permessage-deflate on hostile or odd headers (RFC 7692 sections 5 and 7.1).

`tests/differential/test_negotiation.py` compares everything else with upstream.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, RejectConnection, Request
from wsproto.extensions import PerMessageDeflate
from wsproto.handshake import client_extensions_handshake, server_extensions_handshake
from wsproto.utilities import RemoteProtocolError, generate_accept_token, split_comma_header

if TYPE_CHECKING:
    from collections.abc import Callable

KIB = 1 << 10

#: What lists, parameters and quoted strings are made of.
SCRAPS = [
    ",",
    ";",
    '"',
    "\\",
    '"\\',
    '\\"',
    '",',
    ", ",
    "; ",
    "=",
    '="',
    " ",
    "\t,",
    'a="b,c";',
    "a, ",
    "\\\\,",
]

NAME = "permessage-deflate"


def seconds(action: Callable[[], object]) -> float:
    """Return the CPU time of the action, which may refuse what it is given."""
    before = time.process_time()
    with suppress(RemoteProtocolError):
        action()
    return time.process_time() - before


def repeated(scrap: str, size: int) -> str:
    """Return so many bytes of it, after the name of the extension."""
    return f"{NAME}; " + (scrap * (size // len(scrap) + 1))[:size]


def request(header: str) -> bytes:
    """Return a client's request with this offer."""
    lines = ["GET / HTTP/1.1", "Host: example.com", "Upgrade: websocket", "Connection: Upgrade"]
    lines += ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: " + "A" * 22 + "=="]
    return "\r\n".join([*lines, f"Sec-WebSocket-Extensions: {header}", "", ""]).encode()


@pytest.mark.parametrize("scrap", SCRAPS)
def test_long_lists_take_linear_time(scrap: str) -> None:
    """
    A list of 256 KiB is done in a moment, of which one step for each pair of its bytes would be an hour.

    What fits in a header is 16 KiB: the functions beneath take more.
    """
    text = repeated(scrap, 256 * KIB)
    assert seconds(lambda: split_comma_header(text.encode())) < 1
    assert seconds(lambda: PerMessageDeflate().accept(text)) < 1
    assert seconds(lambda: PerMessageDeflate().finalize(text)) < 1
    elements = split_comma_header(text.encode())
    assert seconds(lambda: server_extensions_handshake(elements, [PerMessageDeflate()])) < 2
    assert seconds(lambda: client_extensions_handshake(elements, [PerMessageDeflate()])) < 2


@pytest.mark.parametrize("scrap", SCRAPS)
def test_whole_handshakes_do_too(scrap: str) -> None:
    """A header as long as h11 takes it, on either side; a server declines, a client refuses."""
    header = repeated(scrap, 15 * KIB).strip()

    def serve() -> None:
        server = WSConnection(ConnectionType.SERVER)
        server.receive_data(request(header))
        assert isinstance(next(server.events()), Request)
        assert b"101" in server.send(AcceptConnection(extensions=[PerMessageDeflate()]))

    def connect() -> None:
        client = WSConnection(ConnectionType.CLIENT)
        sent = client.send(Request(host="example.com", target="/", extensions=[PerMessageDeflate()]))
        key = sent.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0]
        lines = [b"HTTP/1.1 101 Switching Protocols", b"Upgrade: websocket", b"Connection: Upgrade"]
        lines += [b"Sec-WebSocket-Accept: " + generate_accept_token(key)]
        lines += [b"Sec-WebSocket-Extensions: " + header.encode(), b"", b""]
        client.receive_data(b"\r\n".join(lines))

    assert seconds(serve) < 0.25
    assert seconds(connect) < 0.25


@pytest.mark.parametrize(
    ("header", "answer"),
    [
        # 7.1.3: the examples of the RFC.
        ("permessage-deflate", "permessage-deflate"),
        (
            "permessage-deflate; client_max_window_bits; server_max_window_bits=10",
            "permessage-deflate; client_max_window_bits=15; server_max_window_bits=10",
        ),
        (
            "permessage-deflate; client_no_context_takeover; server_max_window_bits=10, permessage-deflate",
            "permessage-deflate; client_no_context_takeover; server_max_window_bits=10",
        ),
        # 7.1.2.1 and 7.1.2.2: eight bits are more than zlib can do, so the next alternative is taken.
        (
            "permessage-deflate; server_max_window_bits=8, permessage-deflate; server_no_context_takeover",
            "permessage-deflate; server_no_context_takeover",
        ),
        ("permessage-deflate; client_max_window_bits=8", None),
        # RFC 6455 section 9.1: quoted values are values.
        ('permessage-deflate; server_max_window_bits="9"', "permessage-deflate; server_max_window_bits=9"),
        # 7.1.1: without a value.
        (
            "permessage-deflate; client_no_context_takeover; server_no_context_takeover",
            "permessage-deflate; client_no_context_takeover; server_no_context_takeover",
        ),
        ("permessage-deflate; client_no_context_takeover=true", None),
        # 7.1: unknown, repeated and malformed parameters, other extensions, nothing at all.
        ("permessage-deflate; unknown", None),
        ("permessage-deflate; server_max_window_bits=9; server_max_window_bits=9", None),
        ("permessage-deflate; server_max_window_bits", None),
        ("permessage-deflate; server_max_window_bits=016", None),
        ("permessage-deflate; server_max_window_bits=-9", None),
        ("x-webkit-deflate-frame", None),
        ("x-webkit-deflate-frame, permessage-deflate", "permessage-deflate"),
        (", ,", None),
    ],
)
def test_a_server_answers_an_offer(header: str, answer: str | None) -> None:
    """Section 5.1: with the first alternative that it can meet, or not at all; never with an exception."""
    server = WSConnection(ConnectionType.SERVER)
    server.receive_data(request(header))
    assert isinstance(next(server.events()), Request)
    response = server.send(AcceptConnection(extensions=[PerMessageDeflate()])).decode()
    lines = [line for line in response.split("\r\n") if line.startswith("Sec-WebSocket-Extensions")]
    assert lines == ([] if answer is None else [f"Sec-WebSocket-Extensions: {answer}"])


@pytest.mark.parametrize(
    "answer",
    [
        "server_max_window_bits=11",  # more than offered
        "client_max_window_bits=16",
        "client_max_window_bits=8",
        "client_max_window_bits",
        "server_no_context_takeover=1",
        "client_no_context_takeover; client_no_context_takeover",
        "unknown",
        "=",
    ],
)
def test_an_answer_that_the_offer_does_not_allow(answer: str) -> None:
    """Section 5.1: the client fails the connection."""
    extension = PerMessageDeflate(server_max_window_bits=10)
    with pytest.raises(RemoteProtocolError) as refused:
        extension.finalize(f"permessage-deflate; {answer}")
    assert isinstance(refused.value.event_hint, RejectConnection)
    assert not extension.enabled()


def test_a_server_may_keep_to_a_window_of_256_bytes() -> None:
    """RFC 7692 section 7.1.2.1 allows 8 bits, and any inflater reads what keeps to them."""
    extension = PerMessageDeflate()
    extension.finalize("permessage-deflate; server_max_window_bits=8")
    assert extension.enabled()
    assert extension.server_max_window_bits == 9
