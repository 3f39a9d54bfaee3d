"""The server's side of the opening handshake (RFC 6455 section 4.2)."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

from tests.handshake.messages import HEADERS, KEY, TOKEN, head, request, server
from wsproto.connection import SERVER, Connection, ConnectionState
from wsproto.events import AcceptConnection, RejectConnection, RejectData, Request, TextMessage
from wsproto.extensions import Extension, PerMessageDeflate
from wsproto.handshake import H11Handshake
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

FRAME = b"\x81\x85mask\x05\x04\x1f\x07\x02"


def refusal(*received: bytes) -> RemoteProtocolError:
    """Return what a server raises when it receives this."""
    with pytest.raises(RemoteProtocolError) as caught:
        server(*received)
    return caught.value


def test_a_request_becomes_an_event() -> None:
    """Section 4.2.1: what is in the request, and the headers that were not taken apart."""
    (event,) = server(
        request((b"Sec-WebSocket-Protocol", b"chat, superchat"), (b"Sec-WebSocket-Extensions", b"x; y=1, z"))
    ).events()
    assert event == Request(
        host="example.com",
        target="/chat",
        extensions=["x; y=1", "z"],
        extra_headers=[(name.lower(), value) for name, value in HEADERS[1:]],
        subprotocols=["chat", "superchat"],
    )


def test_an_acceptance_switches_protocols() -> None:
    """Section 4.2.2: the answer to the key, what was chosen, and what the caller adds."""
    handshake = server(request((b"Sec-WebSocket-Protocol", b"chat")))
    assert handshake.connection is None
    sent = handshake.send(AcceptConnection(subprotocol="chat", extra_headers=[(b"X-Case", b"kept")]))
    assert sent == head(
        b"HTTP/1.1 101 Switching Protocols",
        (b"Upgrade", b"websocket"),
        (b"Connection", b"Upgrade"),
        (b"Sec-WebSocket-Accept", TOKEN),
        (b"Sec-WebSocket-Protocol", b"chat"),
        (b"X-Case", b"kept"),
    )
    assert handshake.state is ConnectionState.OPEN
    assert isinstance(handshake.connection, Connection)


def test_a_head_may_come_in_any_pieces() -> None:
    """RFC 9112 section 2.2: where the stream is cut means nothing."""
    data = request()
    for size in range(1, len(data)):
        handshake = server(*(data[at : at + size] for at in range(0, len(data), size)))
        assert [type(event) for event in handshake.events()] == [Request]


def test_frames_that_come_with_the_request_are_kept() -> None:
    """Section 4.1 makes clients wait, but what comes early belongs to the connection."""
    handshake = server(request() + FRAME[:3], FRAME[3:])
    handshake.send(AcceptConnection())
    assert handshake.connection is not None
    assert list(handshake.connection.events()) == [TextMessage("hello")]


def test_lists_may_be_spread_over_several_headers() -> None:
    """RFC 9110 section 5.3: `Connection` and `Upgrade` are lists."""
    spread = request(
        (b"Connection", b"upgrade"), (b"Connection", b"keep-alive"), (b"Upgrade", b"h2c, websocket")
    ).replace(b"Connection: Upgrade\r\n", b"")
    (event,) = server(spread.replace(b"Upgrade: websocket\r\n", b"")).events()
    assert isinstance(event, Request)


@pytest.mark.parametrize(
    ("without", "text", "status"),
    [
        (b"Connection", "Missing header, 'Connection: Upgrade'", 400),
        (b"Upgrade", "Missing header, 'Upgrade: websocket'", 400),
        (b"Sec-WebSocket-Key", "Missing header, 'Sec-WebSocket-Key'", 400),
        (b"Sec-WebSocket-Version", "Missing header, 'Sec-WebSocket-Version'", 400),
        (b"Host", "Bad HTTP message", 400),
    ],
)
def test_a_request_that_lacks_something(without: bytes, text: str, status: int) -> None:
    """Section 4.2.1: each part is needed, and the error says what to answer."""
    error = refusal(request(without=without))
    assert str(error) == text
    assert isinstance(error.event_hint, RejectConnection)
    assert error.event_hint.status_code == status


def test_another_version_is_answered_with_ours() -> None:
    """Section 4.4."""
    error = refusal(request((b"Sec-WebSocket-Version", b"8"), without=b"Sec-WebSocket-Version"))
    assert error.event_hint == RejectConnection(status_code=426, headers=[(b"Sec-WebSocket-Version", b"13")])


@pytest.mark.parametrize("name", [b"Connection", b"Sec-WebSocket-Protocol", b"Sec-WebSocket-Extensions"])
def test_text_that_is_not_ascii_is_the_peers_mistake(name: bytes) -> None:
    """Section 4.1: the grammar of these headers is ASCII."""
    error = refusal(request((name, b"caf\xe9")))
    assert str(error) == f"Bad header, '{name.decode()}'"
    assert error.event_hint == RejectConnection()


@pytest.mark.parametrize("host", [b"b\xfccher", b"\xff", b"b\xc3\xbc" + b"x" * 70])
def test_a_host_that_cannot_be_decoded_is_the_peers_mistake(host: bytes) -> None:
    """RFC 3490: a name may be internationalised, but not in any way."""
    error = refusal(request((b"Host", host), without=b"Host"))
    assert str(error) == "Bad header, 'Host'"
    assert error.event_hint == RejectConnection()


@pytest.mark.parametrize(
    "host", [b"xn--strae-oqa.example", b"xn--fa-hia.example:8443", b"xn--a", b"xn--" + b"x" * 70]
)
def test_a_host_that_the_codec_cannot_decode_stays_in_ascii(host: bytes) -> None:
    """RFC 5891: Python's codec knows IDNA 2003, and names of IDNA 2008 are in use."""
    (event,) = server(request((b"Host", host), without=b"Host")).events()
    assert isinstance(event, Request)
    assert event.host == host.decode()


def test_an_internationalised_host_is_decoded() -> None:
    """RFC 3490 section 4."""
    (event,) = server(request((b"Host", b"xn--bcher-kva.example:80"), without=b"Host")).events()
    assert isinstance(event, Request)
    assert event.host == "b\xfccher.example:80"


@pytest.mark.parametrize(
    "data",
    [b"nonsense\r\n\r\n", b"\x16\x03\x01", b" ", request(line=b"GET /\xe9 HTTP/1.1"), b"x" * (16 * 1024 + 1)],
)
def test_what_is_not_http_is_refused(data: bytes) -> None:
    """RFC 9112: also TLS at its first byte, and a head without an end."""
    error = refusal(data)
    assert str(error) == "Bad HTTP message"
    assert error.event_hint == RejectConnection()


def test_the_hint_can_be_sent_as_it_comes() -> None:
    """Section 4.2.2: a server should answer before it hangs up."""
    handshake = H11Handshake(SERVER)
    with pytest.raises(RemoteProtocolError) as caught:
        handshake.receive_data(request(without=b"Sec-WebSocket-Key"))
    assert caught.value.event_hint is not None
    sent = handshake.send(caught.value.event_hint)
    assert sent == b"HTTP/1.1 400 \r\ncontent-length: 0\r\n\r\n"
    assert handshake.state is ConnectionState.CLOSED


@pytest.mark.parametrize("data", [b"x", bytearray(b"x"), 5])
def test_the_end_of_the_stream_is_final(data: Any) -> None:
    """RFC 9112 section 9.6: after the end nothing can come, whatever it is."""
    handshake = H11Handshake(SERVER)
    handshake.receive_data(None)
    handshake.receive_data(b"")
    with pytest.raises(RuntimeError, match=r"received close, then received more data\?"):
        handshake.receive_data(data)


@pytest.mark.parametrize(
    ("headers", "framing", "body", "end"),
    [
        ([], b"Transfer-Encoding: chunked\r\n", b"3\r\nabc\r\n", b"0\r\n\r\n"),
        ([(b"Content-Length", b"3")], b"Content-Length: 3\r\n", b"abc", b""),
    ],
)
def test_a_rejection_may_have_a_body(headers: Any, framing: bytes, body: bytes, end: bytes) -> None:
    """RFC 9112 section 6: its length is known, or it goes out in chunks."""
    handshake = server(request())
    sent = handshake.send(RejectConnection(status_code=404, headers=headers, has_body=True))
    assert sent == b"HTTP/1.1 404 \r\n" + framing + b"\r\n"
    states = [handshake.state]
    assert handshake.send(RejectData(data=b"abc", body_finished=False)) == body
    assert handshake.send(RejectData(data=b"", body_finished=True)) == end
    states.append(handshake.state)
    assert states == [ConnectionState.REJECTING, ConnectionState.CLOSED]


def test_an_old_client_gets_a_body_that_ends_with_the_connection() -> None:
    """RFC 9112 section 6.3: HTTP/1.0 knows no chunks."""
    handshake = server(request(line=b"GET /chat HTTP/1.0"))
    sent = handshake.send(RejectConnection(has_body=True))
    assert sent == b"HTTP/1.1 400 \r\nConnection: close\r\n\r\n"
    assert handshake.send(RejectData(data=b"abc")) == b"abc"


def test_a_failure_to_send_is_final_and_says_why() -> None:
    """The texts are h11's."""
    handshake = server(request())
    handshake.send(RejectConnection(headers=[(b"Content-Length", b"1")], has_body=True))
    with pytest.raises(LocalProtocolError, match="Too much data for declared Content-Length"):
        handshake.send(RejectData(data=b"abc"))
    with pytest.raises(LocalProtocolError, match="Can't send data when our state is ERROR"):
        handshake.send(RejectData(data=b"a"))


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (AcceptConnection(subprotocol="other"), "unexpected subprotocol other"),
        (AcceptConnection(extra_headers=[(b"bad name", b"")]), "Illegal header name b'bad name'"),
        (AcceptConnection(extra_headers=[(b"x", b"a\r\nb: c")]), r"Illegal header value b'a\r\nb: c'"),
        (RejectConnection(status_code=101), "Response status_code should be in range [200, 1000), not 101"),
        (RejectConnection(headers=[(b"Content-Length", b"1")]), "conflicting Content-Length headers"),
        (RejectData(data=b""), "Cannot send rejection data in state ConnectionState.CONNECTING"),
    ],
)
def test_what_cannot_be_sent_changes_nothing(event: Any, text: str) -> None:
    """Local mistakes are LocalProtocolErrors, and the handshake goes on."""
    handshake = server(request())
    with pytest.raises(LocalProtocolError) as caught:
        handshake.send(event)
    assert str(caught.value) == text
    assert handshake.state is ConnectionState.CONNECTING
    assert handshake.send(AcceptConnection()).startswith(b"HTTP/1.1 101 ")


def test_accepting_without_a_request_fails() -> None:
    """A mistake in the program, as upstream sees it."""
    with pytest.raises(AssertionError):
        H11Handshake(SERVER).send(AcceptConnection())


def test_what_was_agreed_to_is_not_agreed_to_again() -> None:
    """RFC 9110 section 15.2.2: after 101 it is not HTTP any more, and the connection stays what it is."""
    handshake = server(request())
    handshake.send(AcceptConnection())
    connection = handshake.connection
    with pytest.raises(LocalProtocolError, match="role=SERVER and state=SWITCHED_PROTOCOL"):
        handshake.send(AcceptConnection())
    assert handshake.connection is connection


@pytest.mark.parametrize("shape", [list, tuple, iter])
def test_headers_are_any_iterable_of_pairs_of_text_or_bytes(shape: Any) -> None:
    """Whatever has a name and a value in it."""
    pairs = [[b"A", "1"], ("B", bytearray(b"2")), iter([memoryview(b"C"), b"3"])]
    sent = server(request()).send(AcceptConnection(extra_headers=shape(pairs)))
    assert sent.endswith(b"\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n")


class Choosy(Extension):
    """An extension that accepts offers with certain parameters only, and remembers what it was offered."""

    name = "choosy"

    def __init__(self) -> None:
        """Begin with no offers."""
        self.offers: list[str] = []

    def offer(self) -> bool:
        """Offer nothing: this is a server's."""
        return False

    def accept(self, offer: str) -> bool | str | None:
        """Accept the second offer, and whatever comes after it."""
        self.offers.append(offer)
        return offer.partition("; ")[2] if "good" in offer else None


def test_the_first_offer_that_an_extension_accepts_counts() -> None:
    """Section 9.1: offers are in the order of preference."""
    extension = Choosy()
    offers = b"choosy; bad, choosy; good=1, choosy; good=2"
    sent = server(request((b"Sec-WebSocket-Extensions", offers))).send(
        AcceptConnection(extensions=[extension])
    )
    assert b"\r\nSec-WebSocket-Extensions: choosy; good=1\r\n" in sent
    assert extension.offers == ["choosy; bad", "choosy; good=1"]


def test_a_parsed_request_is_as_good_as_its_bytes() -> None:
    """`initiate_upgrade_connection` is for those who have read the request themselves."""
    handshake = H11Handshake(SERVER)
    headers: Any = [(name.decode(), value) for name, value in HEADERS]
    handshake.initiate_upgrade_connection(headers, "/chat")
    (event,) = handshake.events()
    assert event == next(server(request()).events())
    assert handshake.send(AcceptConnection()) == server(request()).send(AcceptConnection())


@pytest.mark.parametrize(
    ("headers", "path", "text"),
    [
        (HEADERS[1:], "/", "Missing mandatory Host: header"),
        ([*HEADERS, HEADERS[0]], "/", "Found multiple Host: headers"),
        (HEADERS, "/a b", "Illegal target characters"),
        ([*HEADERS, (b"", b"")], "/", "Illegal header name b''"),
    ],
)
def test_a_parsed_request_must_be_one(headers: Any, path: str, text: str) -> None:
    """RFC 9112 section 3: no parser of a request returns these."""
    with pytest.raises(LocalProtocolError) as caught:
        H11Handshake(SERVER).initiate_upgrade_connection(headers, path)
    assert str(caught.value) == text


@pytest.mark.parametrize("key", [b"", b"short", KEY * 10, b"\xe9"])
def test_any_key_is_answered(key: bytes) -> None:
    """Section 4.2.2, item 5.4: what is sent back is made of the bytes as they came."""
    handshake = server(request((b"Sec-WebSocket-Key", key), without=b"Sec-WebSocket-Key"))
    assert b"Sec-WebSocket-Accept: " in handshake.send(AcceptConnection())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"GET /\r\n\r\n", "illegal start line"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nbad\r\n\r\n", "illegal header line"),
        (b"GET / HTTP/1.1\r\n\r\n", "Missing mandatory Host: header"),
    ],
)
def test_what_was_wrong_with_a_head_is_the_context_of_the_error(data: bytes, reason: str) -> None:
    """The error itself says no more than upstream's, whose context is h11's."""
    error = refusal(data)
    assert str(error) == "Bad HTTP message"
    assert isinstance(error.__context__, RemoteProtocolError)
    assert str(error.__context__) == reason


def test_the_function_that_accepts_offers_can_be_replaced() -> None:
    """It is looked up in its module, as upstream does."""
    handshake = server(request((b"Sec-WebSocket-Extensions", b"x")))
    with mock.patch("wsproto.handshake.server_extensions_handshake", return_value=b"mine") as accept:
        response = handshake.send(AcceptConnection(extensions=[PerMessageDeflate()]))
    assert b"Sec-WebSocket-Extensions: mine\r\n" in response
    assert accept.call_args.args[0] == ["x"]
