"""`ClientHandshake`: a request out, a response in (RFC 6455 section 4.1)."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

import pytest

import wspy
from tests.wspy.peers import request
from tests.wspy.sessions import agreed
from wsproto.frame_protocol import FrameDecoder, FrameProtocol, Opcode, RsvBits
from wsproto.utilities import generate_accept_token
from wspy.frame_stream import FrameStream
from wspy.handshake import MAX_BODY, MAX_HEAD, ClientHandshake, Policy, Proposal, ServerHandshake

if TYPE_CHECKING:
    from collections.abc import Callable

PROPOSAL = Proposal("example.com")
Simple = partial(Proposal, "example.com")


def begun(proposal: Proposal = PROPOSAL) -> tuple[ClientHandshake, bytes]:
    """Return a handshake that has sent its request, and a head that accepts it, without the empty line."""
    handshake = ClientHandshake(proposal)
    found = re.search(rb"(?i)sec-websocket-key: *(\S+)", handshake.request())
    assert found is not None
    token = generate_accept_token(found[1])
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    return handshake, head + b"Sec-WebSocket-Accept: " + token + b"\r\n"


def test_the_request_has_what_was_asked_for() -> None:
    proposal = Simple(
        location="/a?b=c", origin="https://page.example", protocols=["x", "y"], headers=[("X-Name", "value")]
    )
    sent = ClientHandshake(proposal).request("Basic abc")
    assert sent.startswith(b"GET /a?b=c HTTP/1.1\r\n")
    lines = {line.lower().replace(b": ", b":") for line in sent.split(b"\r\n")}
    assert b"host:example.com" in lines
    assert b"origin:https://page.example" in lines
    assert b"x-name:value" in lines
    assert b"authorization:basic abc" in lines
    assert any(re.fullmatch(rb"sec-websocket-protocol:x, ?y", line) for line in lines)


def test_an_accepted_request() -> None:
    handshake, head = begun(Simple(location="/a"))
    upgraded = handshake.receive(head + b"X-Name: value\r\n\r\n" + b"\x81")
    assert upgraded is not None
    assert (upgraded.location, upgraded.trailing) == ("/a", b"\x81")
    assert (b"x-name", b"value") in [(name.lower(), value) for name, value in upgraded.headers]


def test_a_response_may_arrive_in_any_pieces() -> None:
    handshake, head = begun()
    head += b"\r\n"
    assert all(handshake.receive(head[index : index + 1]) is None for index in range(len(head) - 1))
    assert handshake.receive(head[-1:]) is not None


def test_interim_responses_are_skipped() -> None:
    handshake, head = begun()
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"
    assert handshake.receive(interim + interim[:20]) is None
    upgraded = handshake.receive(interim[20:] + head + b"\r\n!")
    assert upgraded is not None
    assert upgraded.trailing == b"!"


def test_the_subprotocol_that_the_server_has_chosen() -> None:
    client, server = agreed(Simple(protocols=["a", "b"]), Policy(protocols=["b"]))
    assert client.protocol == server.protocol == "b"


def test_a_refusal_has_status_headers_and_body() -> None:
    handshake, _ = begun()
    response = b"HTTP/1.1 403 Forbidden\r\nX-Why: because\r\nContent-Length: 7\r\n\r\n"
    assert handshake.receive(response + b"not") is None
    with pytest.raises(wspy.HandshakeError) as caught:
        handshake.receive(b" you")
    assert (caught.value.status, caught.value.body) == (403, b"not you")
    assert caught.value.values(b"x-why") == ["because"]


def test_the_body_of_a_refusal_may_last_until_the_end_of_the_stream() -> None:
    handshake, _ = begun()
    assert handshake.receive(b"HTTP/1.1 500 Oh\r\n\r\nsome") is None
    assert handshake.receive(b"thing") is None
    with pytest.raises(wspy.HandshakeError) as caught:
        handshake.receive(b"")
    assert caught.value.body == b"something"


def test_the_body_of_a_refusal_is_bounded() -> None:
    handshake, _ = begun()
    handshake.receive(b"HTTP/1.1 500 Oh\r\n\r\n")
    for _ in range(MAX_BODY // 1024 - 1):
        handshake.receive(bytes(1024))
    with pytest.raises(wspy.HandshakeError) as caught:
        handshake.receive(bytes(2048))
    assert len(caught.value.body) == MAX_BODY


def test_the_end_of_the_stream_is_an_error() -> None:
    handshake, head = begun()
    handshake.receive(head)
    with pytest.raises(wspy.HandshakeError, match="ended"):
        handshake.receive(b"")


def test_a_head_that_is_too_long_is_an_error() -> None:
    handshake, head = begun()
    with pytest.raises(wspy.HandshakeError, match="long"):
        handshake.receive(head + b"X: " + b"x" * MAX_HEAD)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (rb"Accept: \S+", b"Accept: wrong"),
        (rb"Sec-WebSocket-Accept: \S+\r\n", b""),
        (rb"Upgrade: websocket\r\n", b""),
        (rb"Connection: Upgrade\r\n", b""),
        (rb"$", b"Sec-WebSocket-Protocol: unasked\r\n"),
        (rb"$", b"Sec-WebSocket-Extensions: unasked\r\n"),
        (rb"HTTP/1.1 101", b"garbage"),
    ],
)
def test_a_response_that_breaks_a_rule_is_an_error(old: bytes, new: bytes) -> None:
    handshake, head = begun()
    with pytest.raises(wspy.HandshakeError):
        handshake.receive(re.sub(old, new, head, count=1) + b"\r\n")


@pytest.mark.parametrize("location", ["", "relative", "http://a/", "/a b", "/a\r\nX: y", "/a\x00", "/a\x7f"])
def test_a_location_is_a_path(location: str) -> None:
    with pytest.raises(ValueError, match="location"):
        Simple(location=location)


@pytest.mark.parametrize("text", ["a\r\nX: y", "a\nb", "a\x00"])
@pytest.mark.parametrize(
    "make",
    [
        Proposal,
        lambda text: Simple(origin=text),
        lambda text: Simple(protocols=[text]),
        lambda text: Simple(headers=[("x", text)]),
        lambda text: Simple(headers=[(text, "x")]),
    ],
)
def test_a_header_has_no_control_characters(make: Callable[[str], Proposal], text: str) -> None:
    with pytest.raises(ValueError, match="control characters"):
        make(text)


@pytest.mark.parametrize("name", ["", "a b", "a:", "ä", "a,b"])
def test_a_subprotocol_is_a_token(name: str) -> None:
    with pytest.raises(ValueError, match="token"):
        Simple(protocols=[name])


@pytest.mark.parametrize("name", ["", "a b", "a:", "ä"])
def test_the_name_of_a_header_is_a_token(name: str) -> None:
    with pytest.raises(ValueError, match="token"):
        Simple(headers=[(name, "value")])


@pytest.mark.parametrize(
    "name",
    [
        "Host",
        "UPGRADE",
        "connection",
        "Content-Length",
        "Transfer-Encoding",
        "Sec-WebSocket-Key",
        "sec-websocket-protocol",
        "Sec-WebSocket-Anything",
    ],
)
def test_the_headers_of_the_handshake_are_its_own(name: str) -> None:
    with pytest.raises(ValueError, match="itself"):
        Simple(headers=[(name, "value")])


@pytest.mark.parametrize("name", ["Hosts", "X-Host", "Sec-WebSocket", "X-Sec-WebSocket-Key", "Cookie"])
def test_other_headers_may_be_given(name: str) -> None:
    handshake = ClientHandshake(Simple(headers=[(name, "a b")]))
    assert f"{name}: a b\r\n".lower().encode() in handshake.request().lower()


@pytest.mark.parametrize("value", [" a", "a ", " "])
@pytest.mark.parametrize(
    "make", [Proposal, lambda text: Simple(origin=text), lambda text: Simple(headers=[("x", text)])]
)
def test_a_value_has_no_blanks_around_it(make: Callable[[str], Proposal], value: str) -> None:
    with pytest.raises(ValueError, match="blank"):
        make(value)


def test_a_proposal_can_be_made_again() -> None:
    """As after a refusal that asks for credentials: each handshake has extensions of its own."""
    proposal = Simple(extensions=[wspy.DeflateMessage()])
    policy = Policy(extensions=[wspy.DeflateMessage()])
    for _ in range(2):
        client, server = agreed(proposal, policy)
        assert [each.name for each in client.extensions] == ["permessage-deflate"]
        assert [each.name for each in server.extensions] == ["permessage-deflate"]


def test_a_server_uses_one_of_two_extensions_that_share_a_reserved_bit() -> None:
    both = [wspy.DeflateFrame(), wspy.DeflateMessage()]
    client, server = agreed(Simple(extensions=both), Policy(extensions=both[::-1]))
    assert [each.name for each in client.extensions] == ["permessage-deflate"]
    assert [each.name for each in server.extensions] == ["permessage-deflate"]


def test_a_client_refuses_two_extensions_that_share_a_reserved_bit() -> None:
    handshake, head = begun(Simple(extensions=[wspy.DeflateFrame(), wspy.DeflateMessage()]))
    with pytest.raises(wspy.HandshakeError, match="exclude"):
        handshake.receive(head + b"Sec-WebSocket-Extensions: deflate-frame, permessage-deflate\r\n\r\n")


def test_extensions_that_the_server_does_not_have_are_not_used() -> None:
    client, server = agreed(Simple(extensions=[wspy.DeflateMessage()]), Policy())
    assert client.extensions == server.extensions == []


@pytest.mark.parametrize(
    "value", ["permessage-deflate; server_max_window_bits=99", "permessage-deflate; ;=", ";"]
)
def test_an_offer_that_cannot_be_accepted_does_not_end_the_server(value: str) -> None:
    handshake = ServerHandshake(Policy(extensions=[wspy.DeflateMessage(), wspy.DeflateFrame()]))
    answer = handshake.receive(request(f"Sec-WebSocket-Extensions: {value}"))
    assert answer is not None
    assert answer.status in {101, 400}


@pytest.mark.parametrize("name", ["deflate-frame", "x-webkit-deflate-frame"])
def test_a_server_knows_deflate_frame_by_both_names(name: str) -> None:
    client, server = agreed(
        Simple(extensions=[wspy.DeflateFrame(name=name)]), Policy(extensions=[wspy.DeflateFrame()])
    )
    assert [each.name for each in (*client.extensions, *server.extensions)] == [name, name]


class Reversing(wspy.Extension):
    """Sends payloads backwards, in frames with the second reserved bit."""

    name = "x-reversing"

    def __init__(self) -> None:
        self._enabled = False

    def enabled(self) -> bool:
        return self._enabled

    def offer(self) -> bool:
        return True

    def accept(self, offer: str) -> bool:
        self.finalize(offer)
        return True

    def finalize(self, offer: str) -> None:
        self._enabled = offer == self.name

    def frame_inbound_header(
        self, proto: FrameDecoder | FrameProtocol, opcode: Opcode, rsv: RsvBits, payload_length: int
    ) -> RsvBits:
        del proto, opcode, payload_length
        return RsvBits(rsv1=False, rsv2=rsv.rsv2, rsv3=False)

    def frame_outbound(
        self,
        proto: FrameDecoder | FrameProtocol,
        opcode: Opcode,
        rsv: RsvBits,
        data: bytes,
        fin: bool,  # noqa: FBT001 - the signature of the hook is given
    ) -> tuple[RsvBits, bytes]:
        del proto, opcode, fin
        return rsv._replace(rsv2=True), data[::-1]


def test_an_extension_of_a_program_is_used() -> None:
    prototype = Reversing()
    client, server = agreed(Simple(extensions=[prototype]), Policy(extensions=[prototype]))
    assert [type(each) for each in (*client.extensions, *server.extensions)] == [Reversing, Reversing]
    assert not prototype.enabled()
    stream = FrameStream(server)
    assert stream.encode(wspy.Frame(wspy.OPCODE_TEXT, "abc")) == b"\xa1\x03cba"
    other = FrameStream(client)
    other.receive(b"\xa1\x03cba")
    assert other.next() == wspy.Frame(wspy.OPCODE_TEXT, "cba")
