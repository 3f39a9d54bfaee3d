"""
The client of `client.py` with a user and a password (RFC 6455, section 4.1; RFC 7617).

    ECHO_PASSWORD=secret python -m examples.basic_auth_client --port 8765 --user ada
"""

from __future__ import annotations

import base64
import os
import sys

from examples import client


def authorization(user: str, password: str) -> tuple[bytes, bytes]:
    """Return the header to add to the request."""
    return (b"Authorization", b"Basic " + base64.b64encode(f"{user}:{password}".encode()))


def main() -> None:
    """Talk to the server named on the command line."""
    parser = client.command_line("A conversation with a WebSocket echo server that wants a password.")
    parser.add_argument("--user", required=True, help="whose password is $ECHO_PASSWORD")
    arguments = parser.parse_args()
    try:
        client.run(arguments, [authorization(arguments.user, os.environ["ECHO_PASSWORD"])])
    except client.RejectedError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
