"""The grammar of challenges and credentials (RFC 9110 sections 11.2 to 11.6)."""

from __future__ import annotations

import re
from typing import NamedTuple

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - a token of the grammar

_SEPARATORS = re.compile(r"[ \t,]*")
_SCHEME = re.compile(rf"({_TOKEN})(?:[ \t]+|(?=,)|\Z)")
_TOKEN68 = re.compile(r"([A-Za-z0-9._~+/-]+=*)[ \t]*(?:,|\Z)")
_QUOTED = r'"((?:[^"\\\x00-\x08\x0a-\x1f\x7f]|\\[^\x00-\x08\x0a-\x1f\x7f])*)"'
_PARAMETER = re.compile(rf"({_TOKEN})[ \t]*=[ \t]*(?:{_QUOTED}|({_TOKEN}))[ \t]*(?:,|\Z)")
_ESCAPED = re.compile(r"\\(.)")

_PRINTABLE = re.compile(r"[ -~]*")


class Challenge(NamedTuple):
    """A challenge, or credentials, which have the same grammar."""

    #: In lower case.
    scheme: str
    #: The value that is not a list of parameters, as Basic has it.
    token68: str | None
    #: The parameters by their names in lower case, without quotes.
    parameters: dict[str, str]


def parse(value: str) -> list[Challenge]:
    """
    Return the challenges in the value of a header, each character of which is one byte.

    What they hold is decoded as UTF-8; bytes that are not become lone surrogates (PEP 383). A value that the
    grammar does not allow ends before the challenge that has the error; so does one in which a parameter
    occurs twice.
    """
    challenges: list[Challenge] = []
    try:
        value = value.encode("latin-1").decode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return challenges
    position = _end(_SEPARATORS, value, 0)
    while position < len(value):
        parameter = _PARAMETER.match(value, position)
        if parameter is not None:
            name = parameter[1].lower()
            if not challenges or challenges[-1].token68 is not None or name in challenges[-1].parameters:
                return challenges[:-1]
            quoted = parameter[2]
            challenges[-1].parameters[name] = parameter[3] if quoted is None else _ESCAPED.sub(r"\1", quoted)
            position = parameter.end()
        else:
            scheme = _SCHEME.match(value, position)
            if scheme is None:
                return challenges[:-1]
            position = scheme.end()
            token68 = None
            if _PARAMETER.match(value, position) is None:
                token68 = _TOKEN68.match(value, position)
            challenges.append(Challenge(scheme[1].lower(), token68[1] if token68 else None, {}))
            position = token68.end() if token68 else position
        position = _end(_SEPARATORS, value, position)
    return challenges


def quote(text: str) -> str:
    """
    Return a quoted string (RFC 9110 section 5.6.4).

    :raises ValueError: for characters other than printable ASCII.
    """
    if _PRINTABLE.fullmatch(text) is None:
        msg = f"only printable ASCII can be quoted in a header, not {text!r}"
        raise ValueError(msg)
    return quote_parsed(text)


def quote_parsed(text: str) -> str:
    """Return a quoted string of what `parse` has returned, each character of which is one byte."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'.encode("utf-8", "surrogateescape").decode("latin-1")


def _end(pattern: re.Pattern[str], value: str, position: int) -> int:
    match = pattern.match(value, position)
    return position if match is None else match.end()
