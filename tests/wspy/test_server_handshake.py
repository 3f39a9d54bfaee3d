"""`ServerHandshake`: a request in, an answer out (RFC 6455 sections 4.2 and 10.2)."""

from __future__ import annotations

import base64

import pytest

import wspy
from tests.wspy.peers import REQUEST, request
from wspy.handshake import MAX_HEAD, Answer, Policy, ServerHandshake


def answer(data: bytes, policy: Policy | None = None) -> Answer:
    """Return the answer to a request."""
    found = ServerHandshake(policy or Policy()).receive(data)
    assert found is not None
    return found


def test_a_request_is_accepted() -> None:
    found = answer(REQUEST)
    assert found.status == 101
    head = found.output.lower()
    assert head.startswith(b"http/1.1 101")
    assert b"sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n" in head


def test_an_accepted_request_says_what_it_asked_for() -> None:
    upgraded = answer(request("X-Name: value")).upgraded
    assert upgraded is not None
    assert upgraded.location == "/chat?room=1"
    assert (b"x-name", b"value") in upgraded.headers
    assert (upgraded.protocol, upgraded.extensions, upgraded.user) == (None, [], None)


def test_a_head_may_arrive_in_any_pieces() -> None:
    handshake = ServerHandshake(Policy())
    for index in range(len(REQUEST) - 1):
        assert handshake.receive(REQUEST[index : index + 1]) is None
    found = handshake.receive(REQUEST[-1:])
    assert found is not None
    assert found.status == 101


@pytest.mark.parametrize("trailing", [b"", b"\x81", b"\x81\x80\x01\x02\x03\x04", b"\n\n"])
def test_what_follows_the_head_is_kept(trailing: bytes) -> None:
    upgraded = answer(REQUEST + trailing).upgraded
    assert upgraded is not None
    assert upgraded.trailing == trailing


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        REQUEST.replace(b"GET", b"POST"),
        REQUEST.replace(b"Upgrade: websocket", b"Upgrade: h2c"),
        REQUEST.replace(b"Host: example.com\r\n", b""),
    ],
)
def test_what_is_no_handshake_is_refused(data: bytes) -> None:
    found = answer(data)
    assert found.upgraded is None
    assert 400 <= found.status < 500
    assert found.output.startswith(b"HTTP/1.1 %d " % found.status)


def test_another_version_is_told_the_right_one() -> None:
    found = answer(REQUEST.replace(b"Version: 13", b"Version: 8"))
    assert found.status == 426
    assert b"sec-websocket-version: 13" in found.output.lower()


@pytest.mark.parametrize("chunk", [100, MAX_HEAD * 2])
def test_a_head_that_is_too_long_is_refused(chunk: int) -> None:
    handshake = ServerHandshake(Policy())
    data = b"GET / HTTP/1.1\r\nX: " + b"x" * MAX_HEAD
    answers = (handshake.receive(data[start : start + chunk]) for start in range(0, len(data), chunk))
    found = next(filter(None, answers))
    assert found.status == 431


def test_the_first_subprotocol_that_both_speak_is_chosen() -> None:
    found = answer(request("Sec-WebSocket-Protocol: a, b, c"), Policy(protocols=["x", "c", "b"]))
    assert found.upgraded is not None
    assert found.upgraded.protocol == "c"
    assert b"sec-websocket-protocol: c\r\n" in found.output.lower()


@pytest.mark.parametrize("headers", [["Sec-WebSocket-Protocol: a"], []])
def test_without_a_common_subprotocol_there_is_none(headers: list[str]) -> None:
    found = answer(request(*headers), Policy(protocols=["b"]))
    assert found.upgraded is not None
    assert found.upgraded.protocol is None
    assert b"sec-websocket-protocol" not in found.output.lower()


@pytest.mark.parametrize(("location", "status"), [("/chat", 101), ("/other", 404), ("/", 404), (None, 101)])
def test_only_the_location_is_served(location: str | None, status: int) -> None:
    """The query of the request does not count."""
    assert answer(REQUEST, Policy(location=location)).status == status


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://example.com", 101),
        ("HTTPS://Example.com", 101),
        ("https://example.com.evil.example", 403),
        ("http://example.com", 403),
        ("https://example.com:8443", 403),
        ("null", 403),
        ("", 403),
    ],
)
def test_only_trusted_origins_are_accepted(origin: str, status: int) -> None:
    policy = Policy(trusted_origins=["https://example.com"])
    assert answer(request(f"Origin: {origin}"), policy).status == status


def test_no_origin_is_trusted_if_the_list_is_empty() -> None:
    assert answer(request("Origin: http://example.com"), Policy(trusted_origins=[])).status == 403


def test_every_origin_is_trusted_without_a_list() -> None:
    assert answer(request("Origin: https://elsewhere.example")).status == 101


def test_programs_that_are_no_browsers_have_no_origin() -> None:
    assert answer(REQUEST, Policy(trusted_origins=["https://example.com"])).status == 101


def test_the_origin_is_checked_before_the_password() -> None:
    """A page that is not trusted learns nothing of the credentials that the browser has sent for it."""
    policy = Policy(trusted_origins=[], auth=wspy.BasicAuthentication({"user": "secret"}))
    assert answer(request("Origin: http://example.com"), policy).status == 403


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://example.com", 101),
        ("https://example.com", 101),
        ("https://elsewhere.example", 403),
        ("null", 403),
    ],
)
def test_with_authentication_only_the_same_host_is_trusted(origin: str, status: int) -> None:
    policy = Policy(auth=wspy.BasicAuthentication({"user": "secret"}))
    credentials = base64.b64encode(b"user:secret").decode()
    found = answer(request(f"Origin: {origin}", f"Authorization: Basic {credentials}"), policy)
    assert found.status == status


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("", "null"),
        ("", "http://"),
        ("", "https://"),
        ("", ""),
        ("example.com", "ftp://example.com"),
        ("example.com", "://example.com"),
        ("example.com", "example.com"),
    ],
)
def test_the_origin_of_the_same_host_is_one_of_http_and_has_a_host(host: str, origin: str) -> None:
    policy = Policy(auth=wspy.BasicAuthentication({"user": "secret"}))
    credentials = base64.b64encode(b"user:secret").decode()
    data = request(f"Origin: {origin}", f"Authorization: Basic {credentials}")
    found = answer(data.replace(b"Host: example.com", f"Host: {host}".encode()), policy)
    assert found.status == 403


@pytest.mark.parametrize(
    "headers",
    [
        ["Origin: https://example.com", "Origin: https://evil.example"],
        ["Origin: https://example.com", "ORIGIN: https://example.com"],
        ["Authorization: Basic dXNlcjpzZWNyZXQ=", "authorization: Basic dTpw"],
    ],
)
@pytest.mark.parametrize(
    "policy",
    [
        Policy(),
        Policy(trusted_origins=["https://example.com"]),
        Policy(auth=wspy.BasicAuthentication({"user": "secret"})),
    ],
)
def test_a_header_that_decides_occurs_once(headers: list[str], policy: Policy) -> None:
    found = answer(request(*headers), policy)
    assert found.status == 400
    assert found.upgraded is None


def test_who_has_not_said_who_they_are_is_asked() -> None:
    found = answer(REQUEST, Policy(auth=wspy.BasicAuthentication({"user": "secret"}, realm="here")))
    assert found.status == 401
    assert b'www-authenticate: basic realm="here"' in found.output.lower()


def test_who_has_said_who_they_are_is_known() -> None:
    policy = Policy(auth=wspy.BasicAuthentication({"user": "secret"}))
    credentials = base64.b64encode(b"user:secret").decode()
    upgraded = answer(request(f"Authorization: Basic {credentials}"), policy).upgraded
    assert upgraded is not None
    assert upgraded.user == "user"


@pytest.mark.parametrize(
    "policy", [Policy(location="/other"), Policy(auth=wspy.BasicAuthentication({"user": "secret"}))]
)
def test_a_refusal_ends_the_connection(policy: Policy) -> None:
    found = answer(REQUEST, policy)
    head, _, body = found.output.lower().partition(b"\r\n\r\n")
    assert b"connection: close" in head
    assert b"content-length: 0" in head
    assert body == b""
    assert found.upgraded is None
