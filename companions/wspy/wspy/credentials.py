"""The answer of a client to the challenges of a server (RFC 7616, RFC 7617)."""

from __future__ import annotations

import secrets
import threading
from urllib.parse import quote as percent_encoded

from . import basic
from .challenge import Challenge, parse, quote, quote_parsed
from .digest import ALGORITHMS, response
from .scheme import is_sendable, normalized


class Credentials:
    """
    A user and a password, as a client has them.

    :raises ValueError: if either has control characters or lone surrogates.
    """

    def __init__(self, user: str, password: str) -> None:
        if not is_sendable(user) or not is_sendable(password):
            msg = "neither a user nor a password has control characters or lone surrogates"
            raise ValueError(msg)
        self._user = normalized(user)
        self._password = normalized(password)
        self._lock = threading.Lock()
        # The nonce of the latest answer, and how many answers it was used for.
        self._nonce = ""
        self._count = 0

    def respond(self, challenges: list[str], method: str, target: str) -> str | None:
        """
        Return the value of the header ``Authorization``, or ``None`` if no challenge is understood.

        The strongest challenge is answered: Digest with SHA-256, Digest with MD5, Basic. Over a connection
        without TLS whoever can change the server's response can ask for the password itself by Basic.

        :param challenges: the values of the header ``WWW-Authenticate``, each character one byte.
        :param method: the method of the request.
        :param target: the target of the request, as in its first line.
        :raises ValueError: if the target has characters other than printable ASCII.
        """
        found = [challenge for value in challenges for challenge in parse(value)]
        for algorithm in ALGORITHMS:
            for challenge in found:
                if _asks_for(challenge, algorithm):
                    return self._digest(challenge.parameters, algorithm, method, target)
        # A colon ends the user (RFC 7617 section 2).
        if ":" not in self._user and any(challenge.scheme == "basic" for challenge in found):
            return basic.encode(self._user, self._password)
        return None

    def _digest(self, asked: dict[str, str], algorithm: str, method: str, target: str) -> str:
        realm, nonce = asked["realm"], asked["nonce"]
        count, cnonce = f"{self._next_count(nonce):08x}", secrets.token_urlsafe(16)
        proof = response(
            algorithm, (self._user, realm, self._password), (nonce, count, cnonce), (method, target)
        )
        fields = [
            self._username(),
            f"realm={quote_parsed(realm)}",
            f"uri={quote(target)}",
            f"algorithm={algorithm}",
            f"nonce={quote_parsed(nonce)}",
            f"nc={count}",
            f'cnonce="{cnonce}"',
            "qop=auth",
            f'response="{proof}"',
        ]
        if "opaque" in asked:
            fields.append(f"opaque={quote_parsed(asked['opaque'])}")
        return "Digest " + ", ".join(fields)

    def _username(self) -> str:
        """Return the user in the form that its characters need (RFC 7616 section 3.4)."""
        if self._user.isascii():
            return f"username={quote(self._user)}"
        return f"username*=UTF-8''{percent_encoded(self._user, safe='')}"

    def _next_count(self, nonce: str) -> int:
        with self._lock:
            self._count = self._count + 1 if nonce == self._nonce else 1
            self._nonce = nonce
            return self._count


def _asks_for(challenge: Challenge, algorithm: str) -> bool:
    """Return whether a challenge is Digest with an algorithm, and one that can be answered."""
    asked = challenge.parameters
    return (
        challenge.scheme == "digest"
        and asked.get("algorithm", "MD5").upper() == algorithm
        and "auth" in [option.strip().lower() for option in asked.get("qop", "").split(",")]
        and "realm" in asked
        and "nonce" in asked
    )
