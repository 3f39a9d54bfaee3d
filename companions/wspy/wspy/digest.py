"""Digest authentication (RFC 7616), the side of the server."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from urllib.parse import unquote_to_bytes

from .challenge import parse, quote
from .nonces import Nonces
from .scheme import REFUSED, Authentication, Verdict, is_sendable, normalized

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

#: The algorithms by their names in the header (RFC 7616 section 6.1), the strongest first.
ALGORITHMS = {
    "SHA-256": hashlib.sha256,
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False),
}

_NONCE_COUNT = re.compile("[0-9A-Fa-f]{8}")

#: What every answer to a challenge of ours has; ``username`` has two forms.
_REQUIRED = ("realm", "nonce", "uri", "response", "qop", "nc", "cnonce", "opaque")


class DigestAuthentication(Authentication):
    """
    Digest authentication (RFC 7616) with ``qop=auth``: the client proves that it knows the password.

    A proof is for one request: its nonce expires, and each nonce count is accepted once. Both are known to
    this instance only, so that one instance serves all connections of a process, and a client that goes from
    one process to another is asked again.

    :param passwords: the passwords by their users, or a function of the user that returns the password, or
        ``None`` if there is no such user. Users are in Unicode's normalization form C.
    :param realm: what the user is told about where the password is wanted; printable ASCII.
    :param algorithms: the algorithms offered, in order of preference: ``"SHA-256"``, ``"MD5"``.
    :param nonce_lifetime: the time for which a nonce may be used, in seconds.
    :param clock: the current time in seconds, which never goes back.
    :raises ValueError: if the realm has other characters, or for an unknown algorithm, or none.
    """

    def __init__(
        self,
        passwords: Mapping[str, str] | Callable[[str], str | None],
        realm: str = "wspy",
        *,
        algorithms: Sequence[str] = tuple(ALGORITHMS),
        nonce_lifetime: float = 300.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not algorithms or not set(algorithms) <= ALGORITHMS.keys():
            msg = f"the algorithms must be among {', '.join(ALGORITHMS)}, not {algorithms!r}"
            raise ValueError(msg)
        self._password = passwords if callable(passwords) else passwords.get
        self._realm = realm
        self._quoted_realm = quote(realm)
        self._algorithms = tuple(algorithms)
        # The same in every process, so that what one has challenged is stale in another, not refused.
        self._opaque = hashlib.sha256(realm.encode()).hexdigest()[:32]
        self._decoy = secrets.token_hex()
        self._nonces = Nonces(nonce_lifetime, clock)

    def challenges(self, *, stale: bool = False) -> list[str]:
        """Return one challenge for each algorithm, all with the same nonce."""
        nonce = self._nonces.issue()
        rest = f'qop="auth", nonce="{nonce}", opaque="{self._opaque}", charset=UTF-8'
        if stale:
            rest += ", stale=true"
        return [f"Digest realm={self._quoted_realm}, algorithm={name}, {rest}" for name in self._algorithms]

    def check(self, authorization: str | None, method: str, target: str) -> Verdict:
        """Judge a request by its proof that the client knows the password."""
        fields = self._fields(authorization or "", target)
        if fields is None:
            return REFUSED
        user = fields["username"]
        known = self._password(user)
        expected = response(
            fields["algorithm"],
            (user, self._realm, normalized(self._decoy if known is None else known)),
            (fields["nonce"], fields["nc"], fields["cnonce"]),
            (method, fields["uri"]),
        )
        # The whole computation is made for a user that there is not, too.
        same = hmac.compare_digest(
            expected.encode(), fields["response"].lower().encode("utf-8", "surrogateescape")
        )
        if not same or known is None:
            return REFUSED
        # After the check of the password: a client without it is not told whether the nonce is stale.
        fresh = self._nonces.use(fields["nonce"], int(fields["nc"], 16))
        return Verdict(user) if fresh else Verdict(None, stale=True)

    def _fields(self, authorization: str, target: str) -> dict[str, str] | None:
        """Return what the client answers, or `None` if that is not an answer to our challenge."""
        found = parse(authorization)
        if len(found) != 1 or found[0].scheme != "digest":
            return None
        fields = found[0].parameters
        user = _user(fields)
        # RFC 7616 section 3.4: MD5 is the default.
        algorithm = fields.get("algorithm", "MD5").upper()
        if (
            user is None
            or any(name not in fields for name in _REQUIRED)
            or fields["realm"] != self._realm
            or fields["opaque"] != self._opaque
            or fields["uri"] != target
            or fields["qop"].lower() != "auth"
            or fields.get("userhash", "false").lower() != "false"
            or algorithm not in self._algorithms
            or _NONCE_COUNT.fullmatch(fields["nc"]) is None
        ):
            return None
        return {**fields, "username": user, "algorithm": algorithm}


def response(
    algorithm: str,
    who: tuple[str, str, str],
    nonces: tuple[str, str, str],
    request: tuple[str, str],
) -> str:
    """
    Return the proof of RFC 7616 section 3.4.1, for ``qop=auth``.

    :param algorithm: a name in `ALGORITHMS`.
    :param who: user, realm and password.
    :param nonces: the server's nonce, the nonce count in hexadecimal digits, and the client's nonce.
    :param request: the method and the target.
    """

    def digest(*parts: str) -> str:
        return ALGORITHMS[algorithm](":".join(parts).encode("utf-8", "surrogateescape")).hexdigest()

    return digest(digest(*who), *nonces, "auth", digest(*request))


def _user(fields: dict[str, str]) -> str | None:
    """Return the user in either form (RFC 7616 section 3.4), or `None` if there is none, or both."""
    plain, extended = fields.get("username"), fields.get("username*")
    if (plain is None) == (extended is None):
        return None
    try:
        if extended is not None:
            charset, _, value = extended.split("'", 2)
            plain = unquote_to_bytes(value).decode("utf-8") if charset.lower() == "utf-8" else None
    except ValueError:
        return None
    return normalized(plain) if plain is not None and is_sendable(plain) else None
