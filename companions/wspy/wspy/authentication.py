"""Authentication during the handshake: all of it by one name, and what users may give in place of it."""

from __future__ import annotations

from collections.abc import Mapping

from .basic import BasicAuthentication
from .credentials import Credentials
from .digest import DigestAuthentication
from .scheme import Authentication, Verdict

__all__ = [
    "Authentication",
    "BasicAuthentication",
    "Credentials",
    "DigestAuthentication",
    "Verdict",
    "authentication",
]


def authentication(auth: Authentication | Mapping[str, str] | tuple[str, str]) -> Authentication:
    """
    Return how a server authenticates its clients.

    :param auth: an :class:`Authentication`; or, for Basic, a mapping of users to passwords, or one pair of
        them.
    :raises TypeError: if it is none of them.
    """
    if isinstance(auth, Authentication):
        return auth
    if isinstance(auth, Mapping):
        return BasicAuthentication(auth)
    if isinstance(auth, tuple) and len(auth) == 2:
        user, password = auth
        return BasicAuthentication({user: password})
    msg = f"auth must be an Authentication, a mapping or a pair of strings, not {auth!r}"
    raise TypeError(msg)
