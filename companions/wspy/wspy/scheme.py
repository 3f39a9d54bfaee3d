"""The interface of authentication during the handshake (RFC 9110 section 11)."""

from __future__ import annotations

import unicodedata
from abc import ABC, abstractmethod
from typing import NamedTuple


class Verdict(NamedTuple):
    """What a server makes of the credentials of a request."""

    #: The authenticated user, or ``None``.
    user: str | None
    #: Whether the credentials are right and only their nonce is not: a client may answer a new challenge
    #: without asking its user again (RFC 7616 section 3.3).
    stale: bool = False


REFUSED = Verdict(None)


class Authentication(ABC):
    """How a server finds out who a client is."""

    @abstractmethod
    def challenges(self, *, stale: bool = False) -> list[str]:
        """
        Return the values of the header ``WWW-Authenticate`` of a response with status 401.

        :param stale: whether the verdict was that only the nonce was not right.
        """

    @abstractmethod
    def check(self, authorization: str | None, method: str, target: str) -> Verdict:
        """
        Judge a request by its credentials.

        :param authorization: the value of the header ``Authorization``, each character one byte (ISO 8859-1),
            or ``None`` if there is none.
        :param method: the method of the request.
        :param target: the target of the request, as in its first line.
        """


def normalized(text: str) -> str:
    """Return a user name or a password in the form in which they are compared (RFC 7617 section 2.1)."""
    return unicodedata.normalize("NFC", text)


def is_sendable(text: str) -> bool:
    """Return whether a user or a password has no control characters and no lone surrogates."""
    return all(unicodedata.category(character) not in {"Cc", "Cs"} for character in text)
