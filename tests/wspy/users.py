"""Users, passwords and answers for the tests of authentication."""

from __future__ import annotations

import base64

from wspy.authentication import Authentication, Credentials, Verdict

REFUSED = Verdict(None)
STALE = Verdict(None, stale=True)

#: A user that needs Unicode, in a form that is not the one in which users are compared, and that form.
DECOMPOSED, COMPOSED = "Ja\u0308so\u0308n Doe", "J\u00e4s\u00f6n Doe"

PASSWORDS = {"Mufasa": "Circle of Life", COMPOSED: "Secret, or \u9752\u3044?", 'quo"te\\': "", "a:b": "colon"}


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time in seconds."""
        return self.now


def answer(server: Authentication, user: str = "Mufasa", password: str | None = None) -> str:
    """Return what a client answers to the challenges of a server."""
    credentials = Credentials(user, PASSWORDS.get(user, "") if password is None else password)
    value = credentials.respond(server.challenges(), "GET", "/")
    assert value is not None
    return value


def basic(pair: bytes) -> str:
    """Return the value of ``Authorization`` with user and password as given."""
    return "Basic " + base64.b64encode(pair).decode()
