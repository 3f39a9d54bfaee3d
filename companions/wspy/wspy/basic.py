"""Basic authentication (RFC 7617), the side of the server."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from hashlib import sha256

from .challenge import parse, quote
from .scheme import REFUSED, Authentication, Verdict, is_sendable, normalized

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class BasicAuthentication(Authentication):
    """
    Basic authentication (RFC 7617): the client sends its password, so use it over TLS only.

    :param passwords: the passwords by their users, or a function of user and password that returns whether
        they are right. Users and passwords are in Unicode's normalization form C.
    :param realm: what the user is told about where the password is wanted; printable ASCII.
    :raises ValueError: if the realm has other characters.
    """

    def __init__(
        self,
        passwords: Mapping[str, str] | Callable[[str, str], bool],
        realm: str = "wspy",
    ) -> None:
        self._check = passwords if callable(passwords) else _comparison(passwords)
        self._challenge = f'Basic realm={quote(realm)}, charset="UTF-8"'

    def challenges(self, *, stale: bool = False) -> list[str]:
        """Return the one challenge."""
        del stale
        return [self._challenge]

    def check(self, authorization: str | None, method: str, target: str) -> Verdict:
        """Judge a request by its user and password."""
        del method, target
        pair = _decode(authorization or "")
        if pair is None:
            return REFUSED
        user, password = pair
        return Verdict(user) if self._check(user, password) else REFUSED


def encode(user: str, password: str) -> str:
    """Return the value of ``Authorization`` (RFC 7617 section 2)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def _decode(authorization: str) -> tuple[str, str] | None:
    """Return user and password, or `None` if there are none or they are malformed."""
    found = parse(authorization)
    if len(found) != 1 or found[0].scheme != "basic" or found[0].token68 is None:
        return None
    try:
        data = base64.b64decode(found[0].token68, validate=True)
        text = data.decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    # The decoder of Python lets padding pass that is too long.
    if base64.b64encode(data).decode("ascii") != found[0].token68:
        return None
    user, colon, password = normalized(text).partition(":")
    return None if not colon or not is_sendable(text) else (user, password)


def _comparison(passwords: Mapping[str, str]) -> Callable[[str, str], bool]:
    """Return a function that compares in a time that tells neither users nor lengths."""
    # Compared with when there is no such user. It is random, so that no password equals it.
    decoy = secrets.token_hex()

    def compare(user: str, password: str) -> bool:
        known = passwords.get(user)
        expected = normalized(decoy if known is None else known)
        same = hmac.compare_digest(_hash(expected), _hash(password))
        return same and known is not None

    return compare


def _hash(password: str) -> bytes:
    return sha256(password.encode("utf-8", "surrogatepass")).digest()
