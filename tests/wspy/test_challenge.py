"""The grammar of challenges and credentials (RFC 9110 section 11.6.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wspy.challenge import Challenge, parse, quote


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", []),
        (" , ,", []),
        ("Negotiate", [Challenge("negotiate", None, {})]),
        ("Basic QQ==", [Challenge("basic", "QQ==", {})]),
        ("Basic , Digest", [Challenge("basic", None, {}), Challenge("digest", None, {})]),
        (
            'Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"',
            [
                Challenge("newauth", None, {"realm": "apps", "type": "1", "title": 'Login to "apps"'}),
                Challenge("basic", None, {"realm": "simple"}),
            ],
        ),
        ('A b = "c,d" ,, E = f', [Challenge("a", None, {"b": "c,d", "e": "f"})]),
        ("A QQ, B QQ=, c", [Challenge("a", "QQ", {}), Challenge("b", "QQ=", {}), Challenge("c", None, {})]),
        # What is wrong ends the value before the challenge that it is in.
        ('A b=c, D e="f', [Challenge("a", None, {"b": "c"})]),
        ("A b=c, D e=f, e=f", [Challenge("a", None, {"b": "c"})]),
        ("A b=c, D QQ==, e=f", [Challenge("a", None, {"b": "c"})]),
        ("a=b", []),
        ('A b="c\nd"', []),
        ("A b=c\n", []),
        ("A b=\u20ac", []),
    ],
)
def test_the_grammar(value: str, expected: list[Challenge]) -> None:
    assert parse(value) == expected


@given(st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"])))
def test_what_was_quoted_is_read(text: str) -> None:
    if not text.isascii():
        with pytest.raises(ValueError, match="printable ASCII"):
            quote(text)
        return
    assert parse(f"A b={quote(text)}, c=d") == [Challenge("a", None, {"b": text, "c": "d"})]


@pytest.mark.parametrize(
    "value", ["a" * 100_000, "," * 100_000, 'A b="' + "\\" * 99_999, "A a=b," * 20_000, "A " * 50_000]
)
def test_a_long_value_takes_linear_time(value: str) -> None:
    # A quadratic time would be minutes.
    assert len(parse(value)) <= 50_000
