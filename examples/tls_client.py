"""
The client of `client.py` over TLS, for `wss://` (RFC 6455, section 4.1, step 5 of connecting).

    python -m examples.tls_client --host localhost --port 8765 [--authority ca.pem]

The default context verifies the certificate and the host's name; leave both on. An authority of one's own is
added by its certificate, which is what to do about self-signed ones too.
"""

from __future__ import annotations

import ssl

from examples import client


def client_context(authority: str | None = None) -> ssl.SSLContext:
    """Return the settings of a client that trusts the system's authorities, or this one instead (PEM)."""
    context = ssl.create_default_context(cafile=authority)
    context.set_alpn_protocols(["http/1.1"])
    return context


def main() -> None:
    """Talk to the server named on the command line."""
    parser = client.command_line("A conversation with a WebSocket echo server over TLS.")
    parser.add_argument("--authority", metavar="FILE", help="trust this certificate, in PEM, and no other")
    arguments = parser.parse_args()
    client.run(arguments, tls=client_context(arguments.authority))


if __name__ == "__main__":
    main()
