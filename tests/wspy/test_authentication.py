"""Authentication: what Basic and Digest have in common, and what users may give in place of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wspy.users import COMPOSED, DECOMPOSED, PASSWORDS, REFUSED, answer, basic
from wspy.authentication import (
    BasicAuthentication,
    Credentials,
    DigestAuthentication,
    Verdict,
    authentication,
)
from wspy.challenge import parse

BOTH = [BasicAuthentication, DigestAuthentication]


@pytest.mark.parametrize("scheme", BOTH)
@pytest.mark.parametrize("user", ["Mufasa", COMPOSED, 'quo"te\\'])
def test_a_user_with_the_password_is_let_in(scheme: Any, user: str) -> None:
    server = scheme(PASSWORDS)
    assert server.check(answer(server, user), "GET", "/") == Verdict(user)


@pytest.mark.parametrize("scheme", BOTH)
def test_a_user_is_the_same_in_each_unicode_form(scheme: Any) -> None:
    server = scheme(PASSWORDS)
    assert server.check(answer(server, DECOMPOSED, PASSWORDS[COMPOSED]), "GET", "/") == Verdict(COMPOSED)


@pytest.mark.parametrize("scheme", BOTH)
@pytest.mark.parametrize("password", ["", "circle of life", "Circle of Life ", "Circle of Lif"])
def test_another_password_is_refused(scheme: Any, password: str) -> None:
    server = scheme(PASSWORDS)
    assert server.check(answer(server, "Mufasa", password), "GET", "/") == REFUSED


@pytest.mark.parametrize("scheme", BOTH)
def test_an_unknown_user_is_refused(scheme: Any) -> None:
    server = scheme(PASSWORDS)
    assert server.check(answer(server, "Scar", ""), "GET", "/") == REFUSED


@pytest.mark.parametrize("scheme", BOTH)
@pytest.mark.parametrize("authorization", [None, "", "Basic", "Digest", "Bearer abc", "\u20ac", 'Digest a="'])
def test_what_is_not_an_answer_is_refused(scheme: Any, authorization: str | None) -> None:
    assert scheme(PASSWORDS).check(authorization, "GET", "/") == REFUSED


@pytest.mark.parametrize("scheme", BOTH)
def test_two_answers_in_one_header_are_refused(scheme: Any) -> None:
    server = scheme(PASSWORDS)
    assert server.check(f"{answer(server)}, Other a=b", "GET", "/") == REFUSED


@pytest.mark.parametrize("scheme", BOTH)
def test_the_scheme_is_known_in_any_case(scheme: Any) -> None:
    server = scheme(PASSWORDS)
    name, _, rest = answer(server).partition(" ")
    assert server.check(f"{name.upper()} {rest}", "GET", "/") == Verdict("Mufasa")


@pytest.mark.parametrize("scheme", BOTH)
@pytest.mark.parametrize("realm", ["a\r\nb", "\u9752", "\x7f"])
def test_a_realm_that_cannot_be_quoted_is_refused(scheme: Any, realm: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        scheme(PASSWORDS, realm)


@pytest.mark.parametrize("scheme", BOTH)
def test_a_realm_is_quoted(scheme: Any) -> None:
    server = scheme(PASSWORDS, 'a "realm", with \\')
    assert server.check(answer(server), "GET", "/") == Verdict("Mufasa")
    for value in server.challenges():
        assert parse(value)[0].parameters["realm"] == 'a "realm", with \\'


@given(st.text('aB1 \t,="\\:+\xe9\u20ac', max_size=40))
def test_no_value_breaks_either_side(value: str) -> None:
    for server in (BasicAuthentication(PASSWORDS), DigestAuthentication(PASSWORDS)):
        for authorization in (value, f"Basic {value}", f"Digest {value}"):
            assert server.check(authorization, "GET", "/") == REFUSED
    Credentials("a", "b").respond([value, f"Digest {value}"], "GET", "/")


def test_a_pair_is_one_user_of_basic() -> None:
    server = authentication(("a", "b"))
    assert server.check(basic(b"a:b"), "GET", "/") == Verdict("a")


def test_a_mapping_is_the_users_of_basic() -> None:
    assert authentication({"a": "b"}).check(basic(b"a:b"), "GET", "/") == Verdict("a")


def test_an_authentication_is_itself() -> None:
    server = DigestAuthentication({})
    assert authentication(server) is server


@pytest.mark.parametrize("auth", ["ab", ("a",), ["a", "b"], 1])
def test_anything_else_is_refused(auth: Any) -> None:
    with pytest.raises(TypeError, match="auth must be"):
        authentication(auth)
