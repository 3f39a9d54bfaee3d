"""Basic authentication (RFC 7617), the side of the server."""

from __future__ import annotations

import pytest

from tests.wspy.users import PASSWORDS, REFUSED, basic
from wspy.authentication import BasicAuthentication, Verdict


def test_basic_says_its_realm_and_charset() -> None:
    assert BasicAuthentication({}, "here").challenges() == ['Basic realm="here", charset="UTF-8"']


def test_basic_takes_a_function() -> None:
    server = BasicAuthentication(lambda user, password: (user, password) == ("Aladdin", "open sesame"))
    # The example of RFC 7617 section 2.
    assert server.check("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "GET", "/") == Verdict("Aladdin")


def test_basic_is_utf_8() -> None:
    # The example of RFC 7617 section 2.1.
    server = BasicAuthentication({"test": "123\u00a3"})
    assert server.check("Basic dGVzdDoxMjPCow==", "GET", "/") == Verdict("test")


def test_the_password_of_basic_may_have_colons() -> None:
    assert BasicAuthentication({"a": "b:c"}).check(basic(b"a:b:c"), "GET", "/") == Verdict("a")


@pytest.mark.parametrize(
    "authorization",
    [
        basic(b"Mufasa"),
        basic(b"Muf\xe4sa:x"),
        basic(b"Mufasa:Circle of Life\0"),
        basic(b"Mufasa:Circle of Life") + "!",
        basic(b"Mufasa:Circle of Life").rstrip("=") + "=====",
        'Basic realm="x"',
        "Basic =",
    ],
)
def test_malformed_basic_is_refused(authorization: str) -> None:
    assert BasicAuthentication(PASSWORDS).check(authorization, "GET", "/") == REFUSED


@pytest.mark.parametrize("pair", [b"Mufasa", b"Mufasa:\0", b"Muf\nasa:", b"Mufasa:\xc2\x85"])
def test_basic_asks_no_function_about_what_is_malformed(pair: bytes) -> None:
    server = BasicAuthentication(lambda *_: pytest.fail("asked"))
    assert server.check(basic(pair), "GET", "/") == REFUSED
