"""The client's side of the opening handshake (RFC 6455 section 4.1)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.handshake.messages import client, head, response
from wsproto.connection import CLIENT, Connection, ConnectionState
from wsproto.events import AcceptConnection, Ping, RejectConnection, RejectData, Request, TextMessage
from wsproto.extensions import Extension
from wsproto.handshake import H11Handshake
from wsproto.utilities import LocalProtocolError, RemoteProtocolError


class Fake(Extension):
    """An extension that offers what it is told to."""

    name = "fake"

    def __init__(self, offer: bool | str = True) -> None:  # noqa: FBT001, FBT002
        """Remember what to offer."""
        self.offered = offer
        self.finalized = ""

    def offer(self) -> bool | str:
        """Offer it."""
        return self.offered

    def finalize(self, offer: str) -> None:
        """Remember what was agreed on."""
        self.finalized = offer


def test_a_request_is_sent_in_the_expected_order() -> None:
    """Section 4.1: line by line, which some clients cut apart by position."""
    handshake = H11Handshake(CLIENT)
    sent = handshake.send(
        Request(
            host="example.com",
            target="/chat",
            subprotocols=["a", "b"],
            extensions=[Fake("x=1"), Fake(offer=False)],
            extra_headers=[(b"X-Case", b"kept")],
        )
    )
    lines = sent.split(b"\r\n")
    assert lines[:4] == [
        b"GET /chat HTTP/1.1",
        b"Host: example.com",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
    ]
    assert lines[4].startswith(b"Sec-WebSocket-Key: ")
    assert lines[5:] == [
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Protocol: a, b",
        b"X-Case: kept",
        b"",
        b"",
    ]


@pytest.mark.parametrize(("offer", "value"), [(True, b"fake"), ("a; b=1", b"fake; a; b=1")])
def test_extensions_are_offered_with_their_parameters(offer: bool | str, value: bytes) -> None:  # noqa: FBT001
    """Section 9.1."""
    sent = H11Handshake(CLIENT).send(Request(host="h", target="/", extensions=[Fake(offer)]))
    assert b"\r\nSec-WebSocket-Extensions: " + value + b"\r\n" in sent


def test_every_request_has_a_key_of_its_own() -> None:
    """Section 4.1, item 7."""
    assert client()._nonce != client()._nonce


def test_an_answer_opens_the_connection() -> None:
    """Section 4.1: what was agreed on, the other headers, and frames that came with it."""
    extension = Fake()
    handshake = client(subprotocols=["a"], extensions=[extension])
    chosen = [
        (b"Sec-WebSocket-Protocol", b"a"),
        (b"Sec-WebSocket-Extensions", b"fake; x=1"),
        (b"Server", b"test"),
    ]
    handshake.receive_data(response(handshake, *chosen) + b"\x81\x02hi")
    assert list(handshake.events()) == [
        AcceptConnection(subprotocol="a", extensions=[extension], extra_headers=[(b"server", b"test")])
    ]
    assert extension.finalized == "fake; x=1"
    assert handshake.state is ConnectionState.OPEN
    assert isinstance(handshake.connection, Connection)
    assert list(handshake.connection.events()) == [TextMessage("hi")]


@pytest.mark.parametrize(
    ("without", "more", "text"),
    [
        (b"Connection", [], "Missing header, 'Connection: Upgrade'"),
        (b"Upgrade", [(b"Upgrade", b"h2c")], "Missing header, 'Upgrade: websocket'"),
        (b"Sec-WebSocket-Accept", [], "Bad accept token"),
        (b"", [(b"Sec-WebSocket-Accept", b"\xe9")], "Bad accept token"),
        (b"", [(b"Sec-WebSocket-Protocol", b"b")], "unrecognized subprotocol b"),
        (b"", [(b"Sec-WebSocket-Protocol", b"\xe9")], "Bad header, 'Sec-WebSocket-Protocol'"),
        (b"", [(b"Sec-WebSocket-Extensions", b"\xe9")], "Bad header, 'Sec-WebSocket-Extensions'"),
        (b"", [(b"Connection", b"\xe9")], "Bad header, 'Connection'"),
        (b"", [(b"Sec-WebSocket-Extensions", b"x; y")], "unrecognized extension x"),
    ],
)
def test_a_wrong_answer_is_refused(without: bytes, more: Any, text: str) -> None:
    """Section 4.1: what the client must check, and answers that cannot be read."""
    handshake = client(subprotocols=["a"])
    with pytest.raises(RemoteProtocolError) as caught:
        handshake.receive_data(response(handshake, *more, without=without))
    assert str(caught.value) == text
    assert caught.value.event_hint == RejectConnection()
    assert handshake.state is ConnectionState.CONNECTING
    assert handshake.connection is None


def test_lists_in_the_answer_may_be_spread() -> None:
    """RFC 9110 section 5.3."""
    handshake = client()
    more = [(b"Connection", b"x"), (b"Upgrade", b"other, WebSocket")]
    handshake.receive_data(response(handshake, *more, without=b"Upgrade"))
    assert [type(event) for event in handshake.events()] == [AcceptConnection]


@pytest.mark.parametrize(
    ("framing", "body", "closed"),
    [
        ([(b"Content-Length", b"5")], b"hello", False),
        ([(b"Transfer-Encoding", b"chunked")], b"5;ext\r\nhello\r\n0\r\nTrailer: x\r\n\r\n", False),
        ([], b"hello", True),
    ],
)
def test_a_rejection_comes_with_its_body(framing: Any, body: bytes, closed: bool) -> None:  # noqa: FBT001
    """RFC 9112 section 6.3: by length, in chunks, or until the connection ends."""
    handshake = client()
    handshake.receive_data(head(b"HTTP/1.1 403 No", *framing) + body)
    if closed:
        assert handshake.state is ConnectionState.REJECTING
        handshake.receive_data(None)
    headers = [(name.lower(), value) for name, value in framing]
    assert list(handshake.events()) == [
        RejectConnection(status_code=403, headers=headers, has_body=True),
        RejectData(data=b"hello", body_finished=False),
        RejectData(data=b"", body_finished=True),
    ]
    assert handshake.state is ConnectionState.CLOSED


@pytest.mark.parametrize("size", ["7fffffffffffffff", "ffffffffffffffff", "f" * 20])
def test_a_huge_chunk_allocates_nothing(size: str) -> None:
    """RFC 9112 section 7.1: a declared size is not a received one."""
    handshake = client()
    start = head(b"HTTP/1.1 400 x", (b"Transfer-Encoding", b"chunked"))
    handshake.receive_data(start + size.encode() + b"\r\nabc")
    with pytest.raises(RemoteProtocolError, match="Bad HTTP message"):
        handshake.receive_data(None)


def test_the_end_of_the_stream_inside_of_the_handshake_is_an_error() -> None:
    """RFC 9112 section 8."""
    with pytest.raises(RemoteProtocolError, match="Bad HTTP message"):
        client().receive_data(None)


def test_an_interim_response_does_not_end_the_handshake() -> None:
    """RFC 9110 section 15.2: the final one is still to come."""
    handshake = client()
    handshake.receive_data(b"HTTP/1.1 103 Early Hints\r\n\r\n")
    assert list(handshake.events()) == []
    assert handshake.state.name == "CONNECTING"
    handshake.receive_data(response(handshake))
    assert [type(event) for event in handshake.events()] == [AcceptConnection]
    assert handshake.state is ConnectionState.OPEN


@pytest.mark.parametrize("size", [1, 7, 30, 1000])
def test_interim_responses_are_read_past_however_they_are_cut(size: int) -> None:
    """RFC 9110 section 15.2: any number of them may come, with headers."""
    handshake = client()
    data = b"HTTP/1.1 100 Continue\r\n\r\n" + b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 3
    data += response(handshake)
    for start in range(0, len(data), size):
        handshake.receive_data(data[start : start + size])
    assert [type(event) for event in handshake.events()] == [AcceptConnection]
    assert handshake.state is ConnectionState.OPEN


def test_an_interim_response_with_an_upgrade_is_an_answer() -> None:
    """As upstream takes it; 102 is no switch of protocols."""
    handshake = client()
    handshake.receive_data(b"HTTP/1.1 102 Processing\r\nUpgrade: websocket\r\n\r\n")
    assert [type(event) for event in handshake.events()] == [RejectConnection]
    assert handshake.state is ConnectionState.CLOSED


def test_the_end_of_the_stream_after_an_interim_response_is_an_error() -> None:
    """RFC 9112 section 8."""
    handshake = client()
    handshake.receive_data(b"HTTP/1.1 103 Early Hints\r\n\r\n")
    with pytest.raises(RemoteProtocolError, match="Bad HTTP message"):
        handshake.receive_data(None)


@pytest.mark.parametrize(
    ("host", "sent"),
    [("EXAMPLE.com:80", b"EXAMPLE.com:80"), ("b\xfccher.example", b"xn--bcher-kva.example"), ("", b"")],
)
def test_a_host_is_encoded(host: str, sent: bytes) -> None:
    """RFC 3490 section 4."""
    assert b"\r\nHost: " + sent + b"\r\n" in H11Handshake(CLIENT).send(Request(host=host, target="/"))


@pytest.mark.parametrize(
    "fields", [{"host": "a..b"}, {"host": "h", "target": "/\xe9"}, {"subprotocols": ["\xe9"]}]
)
def test_a_request_of_the_wrong_characters_is_pythons_error(fields: Any) -> None:
    """What callers pass and cannot be encoded is a UnicodeError."""
    with pytest.raises(UnicodeError):
        H11Handshake(CLIENT).send(Request(**{"host": "h", "target": "/", **fields}))


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"target": ""}, "Illegal target characters"),
        ({"target": "/a b"}, "Illegal target characters"),
        ({"extra_headers": [(b"Host", b"two")]}, "Found multiple Host: headers"),
        ({"subprotocols": ["a\n"]}, r"Illegal header value b'a\n'"),
    ],
)
def test_a_request_that_is_none_is_not_sent(fields: Any, text: str) -> None:
    """RFC 9112 section 3."""
    handshake = H11Handshake(CLIENT)
    with pytest.raises(LocalProtocolError) as caught:
        handshake.send(Request(**{"host": "h", "target": "/", **fields}))
    assert str(caught.value) == text
    assert handshake.send(Request(host="h", target="/")).startswith(b"GET / HTTP/1.1\r\n")


def test_one_request_is_enough() -> None:
    """RFC 9112 section 9.3: there is one exchange."""
    handshake = client()
    with pytest.raises(LocalProtocolError, match="event type Request when role=CLIENT and state=SEND_BODY"):
        handshake.send(Request(host="h", target="/"))


def test_a_client_does_not_take_up_requests() -> None:
    """The server's half is not the client's."""
    with pytest.raises(LocalProtocolError, match="when acting as the client"):
        client().initiate_upgrade_connection([], "/")


def test_other_events_belong_to_the_connection() -> None:
    """Section 5 begins where section 4 ends."""
    with pytest.raises(LocalProtocolError) as caught:
        client().send(Ping(payload=b"x"))
    assert str(caught.value) == "Event Ping(payload=b'x') cannot be sent during the handshake"
