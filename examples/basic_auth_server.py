"""
The echo server of `echo_server.py` for those who have a password (RFC 6455, section 10.5; RFC 7617).

    ECHO_PASSWORD=secret python -m examples.basic_auth_server --port 8765 --user ada

The decision is made before the WebSocket exists: the request carries `Authorization`, and a client without a
valid password gets an HTTP response with status 401 instead of the upgrade. Basic authentication sends
passwords in the clear: use it over TLS (`tls_server.py`).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import os
from typing import TYPE_CHECKING

from examples import echo_server
from examples.echo_server import EchoConnection
from wsproto.events import RejectConnection

if TYPE_CHECKING:
    from wsproto.events import Request

CHALLENGE = b'Basic realm="echo", charset="UTF-8"'


#: The users. A real program keeps hashes, made to be slow to compute, and checks them in a thread.
PASSWORDS: dict[str, str] = {}


class PrivateConnection(EchoConnection):
    """An echo for users."""

    def answer(self, request: Request) -> bytes:
        """Accept who may enter, and challenge everyone else (RFC 9110, 11.6.1)."""
        user, password = credentials(request) or ("", "")
        if not admitted(user, password):
            self.report(f"refused: user {user!r}")
            headers = [(b"www-authenticate", CHALLENGE), (b"content-length", b"0")]
            return self.ws.send(RejectConnection(status_code=401, headers=headers))
        self.report(f"welcome: user {user!r}")
        return super().answer(request)


def admitted(user: str, password: str) -> bool:
    """Whether this is the user's password; the time that it takes says nothing about either."""
    expected = PASSWORDS.get(user, "")
    return hmac.compare_digest(password.encode(), expected.encode()) and user in PASSWORDS


def credentials(request: Request) -> tuple[str, str] | None:
    """Return the user and the password that come with a request, if it has them (RFC 7617, section 2)."""
    header = dict(request.extra_headers).get(b"authorization", b"")  # the names come in lower case
    scheme, _, encoded = header.partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, password) if colon else None


def main() -> None:
    """Serve until interrupted or terminated."""
    parser = echo_server.command_line("A WebSocket echo server with a password.")
    parser.add_argument("--user", required=True, help="whose password is $ECHO_PASSWORD")
    arguments = parser.parse_args()
    PASSWORDS[arguments.user] = os.environ["ECHO_PASSWORD"]
    asyncio.run(echo_server.run(arguments, PrivateConnection))


if __name__ == "__main__":
    main()
