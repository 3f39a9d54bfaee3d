"""The answers of a client to challenges (RFC 7616, RFC 7617)."""

from __future__ import annotations

import pytest

from tests.wspy.users import answer
from wspy.authentication import Credentials, DigestAuthentication
from wspy.challenge import parse


def test_the_strongest_challenge_is_answered() -> None:
    credentials = Credentials("Mufasa", "Circle of Life")
    md5, sha256 = (
        'Digest realm="a", qop="auth", nonce="n"',
        'Digest realm="a", qop=auth, nonce="n", algorithm=SHA-256',
    )
    weak = 'Basic realm="a"'
    strongest = [
        credentials.respond(challenges, "GET", "/") or ""
        for challenges in ([weak, md5, sha256], [f"{weak}, {md5}"], [weak], ["Negotiate", weak])
    ]
    assert [value.partition(" ")[0] for value in strongest] == ["Digest", "Digest", "Basic", "Basic"]
    assert "algorithm=SHA-256" in strongest[0]
    assert "algorithm=MD5" in strongest[1]


@pytest.mark.parametrize(
    "challenges",
    [
        [],
        ["Negotiate"],
        ["Bearer"],
        ['Digest realm="a", qop="auth-int", nonce="n"'],
        ['Digest realm="a", nonce="n"'],
        ['Digest qop="auth", nonce="n"'],
        ['Digest realm="a", qop="auth"'],
        ['Digest realm="a", qop="auth", nonce="n", algorithm=SHA-512-256'],
        ['Digest realm="a'],
    ],
)
def test_what_is_not_understood_is_not_answered(challenges: list[str]) -> None:
    assert Credentials("Mufasa", "Circle of Life").respond(challenges, "GET", "/") is None


def test_one_of_several_qualities_of_protection_is_taken() -> None:
    value = Credentials("a", "b").respond(['Digest realm="a", qop="auth-int, auth", nonce="n"'], "GET", "/")
    assert value is not None
    assert "qop=auth," in value


def test_nonce_realm_and_opaque_come_back_as_they_were() -> None:
    asked = 'Digest realm="\\"r\\\\\xc3\xa9", qop="auth", nonce="n\\"", opaque="\xff"'
    value = Credentials("a", "b").respond([asked], "GET", "/")
    assert value is not None
    for text in ('realm="\\"r\\\\\xc3\xa9"', 'nonce="n\\""', 'opaque="\xff"'):
        assert text in value


def test_no_two_answers_have_the_same_client_nonce() -> None:
    server = DigestAuthentication({})
    values = {parse(answer(server))[0].parameters["cnonce"] for _ in range(100)}
    assert len(values) == 100


def test_the_count_starts_anew_with_a_nonce() -> None:
    credentials = Credentials("a", "b")
    counts = []
    for nonce in ("n", "n", "m", "m"):
        value = credentials.respond([f'Digest realm="a", qop="auth", nonce="{nonce}"'], "GET", "/")
        counts.append(parse(value or "")[0].parameters["nc"])
    assert counts == ["00000001", "00000002", "00000001", "00000002"]


def test_a_user_with_a_colon_is_not_sent_by_basic() -> None:
    assert Credentials("a:b", "c").respond(['Basic realm="a"'], "GET", "/") is None


@pytest.mark.parametrize(("user", "password"), [("a\r\nb", "c"), ("a", "\0"), ("\ud800", "c")])
def test_users_and_passwords_that_cannot_be_sent_are_refused(user: str, password: str) -> None:
    with pytest.raises(ValueError, match="control characters"):
        Credentials(user, password)


def test_a_target_that_cannot_be_quoted_is_refused() -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        Credentials("a", "b").respond(['Digest realm="a", qop="auth", nonce="n"'], "GET", "/\r\n")


def test_passwords_are_not_in_the_representation() -> None:
    assert "secret" not in repr(Credentials("a", "secret"))
