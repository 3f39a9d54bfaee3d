"""Digest authentication (RFC 7616), the side of the server."""

from __future__ import annotations

import hashlib
import re

import pytest

from tests.wspy.users import COMPOSED, PASSWORDS, REFUSED, STALE, Clock, answer
from wspy.authentication import Credentials, DigestAuthentication, Verdict
from wspy.challenge import parse, quote_parsed
from wspy.digest import response


def joined(fields: dict[str, str]) -> str:
    """Return credentials of Digest with some fields, all of them quoted."""
    return "Digest " + ", ".join(f"{name}={quote_parsed(value)}" for name, value in fields.items())


def fields_of(server: DigestAuthentication) -> dict[str, str]:
    """Return the fields of an answer that is right."""
    return parse(answer(server))[0].parameters


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_proof_is_that_of_the_example(algorithm: str, expected: str) -> None:
    # RFC 7616 section 3.9.1.
    who = "Mufasa", "http-auth@example.org", "Circle of Life"
    nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
    cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    assert response(algorithm, who, (nonce, "00000001", cnonce), ("GET", "/dir/index.html")) == expected


def test_digest_challenges_with_each_algorithm_and_one_nonce() -> None:
    first, second = (parse(value)[0] for value in DigestAuthentication({}, "here").challenges())
    assert first.scheme == second.scheme == "digest"
    assert first.parameters == {**second.parameters, "algorithm": "SHA-256"}
    assert second.parameters == {
        "realm": "here",
        "algorithm": "MD5",
        "qop": "auth",
        "nonce": first.parameters["nonce"],
        "opaque": first.parameters["opaque"],
        "charset": "UTF-8",
    }


def test_each_challenge_has_another_nonce() -> None:
    server = DigestAuthentication({}, clock=Clock())
    values = [parse(server.challenges()[0])[0].parameters["nonce"] for _ in range(100)]
    assert len(set(values)) == 100


def test_digest_says_when_the_nonce_was_stale() -> None:
    for value in DigestAuthentication({}).challenges(stale=True):
        assert parse(value)[0].parameters["stale"] == "true"


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_digest_is_computed_as_the_document_says(algorithm: str) -> None:
    """An independent client: RFC 7616 section 3.4 with `hashlib` alone."""
    server = DigestAuthentication(PASSWORDS, "here")
    asked = next(
        challenge.parameters
        for challenge in (parse(value)[0] for value in server.challenges())
        if challenge.parameters["algorithm"] == algorithm
    )

    def digest(text: str) -> str:
        return hashlib.new(algorithm.replace("-", ""), text.encode()).hexdigest()

    secret, request = digest("Mufasa:here:Circle of Life"), digest("GET:/chat?a=b")
    proof = digest(f"{secret}:{asked['nonce']}:00000001:0a4f113b:auth:{request}")
    authorization = (
        f'Digest username="Mufasa", realm="here", nonce="{asked["nonce"]}", uri="/chat?a=b", '
        f'qop=auth, algorithm={algorithm}, nc=00000001, cnonce="0a4f113b", '
        f'response="{proof}", opaque="{asked["opaque"]}"'
    )
    assert server.check(authorization, "GET", "/chat?a=b") == Verdict("Mufasa")


def test_digest_takes_a_function() -> None:
    server = DigestAuthentication(PASSWORDS.get)
    assert server.check(answer(server), "GET", "/") == Verdict("Mufasa")
    assert server.check(answer(server, "Scar"), "GET", "/") == REFUSED


def test_digest_lets_in_a_user_with_a_colon() -> None:
    server = DigestAuthentication(PASSWORDS)
    assert server.check(answer(server, "a:b"), "GET", "/") == Verdict("a:b")


def test_a_user_may_be_sent_as_utf_8_in_quotes() -> None:
    server = DigestAuthentication(PASSWORDS)
    raw = COMPOSED.encode().decode("latin-1")
    authorization = re.sub(r"username\*=[^,]*", f'username="{raw}"', answer(server, COMPOSED))
    assert server.check(authorization, "GET", "/") == Verdict(COMPOSED)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("username", "Scar"),
        ("username", "Muf\udce4sa"),
        ("username*", "UTF-8''Mufasa"),
        ("realm", "elsewhere"),
        ("nonce", "AAAA"),
        ("nonce", "\xe9"),
        ("uri", "/other"),
        ("algorithm", "SHA-512-256"),
        ("algorithm", "MD5"),
        ("nc", "00000002"),
        ("nc", "1"),
        ("nc", "0000000g"),
        ("cnonce", "other"),
        ("qop", "auth-int"),
        ("response", ""),
        ("response", "\xe9"),
        ("response", "\udcff"),
        ("opaque", "other"),
        ("userhash", "true"),
    ],
)
def test_digest_covers_every_field(name: str, value: str) -> None:
    server = DigestAuthentication(PASSWORDS)
    fields = fields_of(server)
    assert server.check(joined({**fields, name: value}), "GET", "/") == REFUSED
    assert server.check(joined(fields), "GET", "/") == Verdict("Mufasa")


@pytest.mark.parametrize(
    "name", ["username", "realm", "nonce", "uri", "algorithm", "nc", "cnonce", "qop", "response", "opaque"]
)
def test_digest_wants_every_field(name: str) -> None:
    server = DigestAuthentication(PASSWORDS)
    fields = fields_of(server)
    del fields[name]
    assert server.check(joined(fields), "GET", "/") == REFUSED


@pytest.mark.parametrize("value", ["ISO-8859-1''Mufasa", "UTF-8''%ff", "Mufasa", "UTF-8''%00"])
def test_a_malformed_extended_user_is_refused(value: str) -> None:
    server = DigestAuthentication({"Mufasa": "x", "\0": "x"})
    authorization = re.sub(r'username="Mufasa"', f"username*={value}", answer(server, "Mufasa", "x"))
    assert server.check(authorization, "GET", "/") == REFUSED


def test_a_field_must_not_occur_twice() -> None:
    server = DigestAuthentication(PASSWORDS)
    assert server.check(f'{answer(server)}, realm="wspy"', "GET", "/") == REFUSED


@pytest.mark.parametrize(("method", "target"), [("POST", "/"), ("GET", "/other")])
def test_a_proof_is_for_one_request(method: str, target: str) -> None:
    server = DigestAuthentication(PASSWORDS)
    assert server.check(answer(server), method, target) == REFUSED


def test_an_algorithm_that_was_not_offered_is_refused() -> None:
    both = DigestAuthentication(PASSWORDS, algorithms=["MD5"])
    one = DigestAuthentication(PASSWORDS, algorithms=["SHA-256"])
    assert one.check(answer(both), "GET", "/") == REFUSED


@pytest.mark.parametrize("algorithms", [[], ["SHA-1"], ["SHA-256", "md5"]])
def test_unknown_algorithms_cannot_be_offered(algorithms: list[str]) -> None:
    with pytest.raises(ValueError, match="algorithms"):
        DigestAuthentication({}, algorithms=algorithms)


def test_a_request_cannot_be_replayed() -> None:
    server = DigestAuthentication(PASSWORDS)
    authorization = answer(server)
    assert server.check(authorization, "GET", "/") == Verdict("Mufasa")
    assert server.check(authorization, "GET", "/") == STALE


def test_a_nonce_may_be_used_with_rising_counts() -> None:
    server = DigestAuthentication(PASSWORDS)
    credentials, challenges = Credentials("Mufasa", "Circle of Life"), server.challenges()
    answers = [credentials.respond(challenges, "GET", "/") for _ in range(3)]
    assert server.check(answers[0], "GET", "/") == Verdict("Mufasa")
    assert server.check(answers[2], "GET", "/") == Verdict("Mufasa")
    assert server.check(answers[1], "GET", "/") == STALE


def test_a_nonce_expires() -> None:
    clock = Clock()
    server = DigestAuthentication(PASSWORDS, nonce_lifetime=60, clock=clock)
    early, late = answer(server), answer(server)
    clock.now += 60
    assert server.check(early, "GET", "/") == Verdict("Mufasa")
    clock.now += 1
    assert server.check(late, "GET", "/") == STALE


def test_the_nonce_of_another_process_is_stale() -> None:
    authorization = answer(DigestAuthentication(PASSWORDS))
    assert DigestAuthentication(PASSWORDS).check(authorization, "GET", "/") == STALE


def test_only_who_has_the_password_is_told_that_a_nonce_is_stale() -> None:
    authorization = answer(DigestAuthentication(PASSWORDS), "Mufasa", "other")
    assert DigestAuthentication(PASSWORDS).check(authorization, "GET", "/") == REFUSED
