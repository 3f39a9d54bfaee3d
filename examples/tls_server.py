"""
The echo server of `echo_server.py` over TLS, for `wss://` (RFC 6455, sections 3 and 10.6).

    python -m examples.tls_server --port 8765 --certificate chain.pem --key key.pem

wsproto has no part in this: it is given what TLS has decrypted, and what it returns TLS encrypts. The context
is the standard library's, and the transport asyncio's.
"""

from __future__ import annotations

import asyncio
import ssl

from examples import echo_server


def server_context(certificate: str, key: str | None = None) -> ssl.SSLContext:
    """Return the settings of a server with this certificate chain (PEM); the key may be in the same file."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # WebSocket's handshake is HTTP/1.1; a client that could speak HTTP/2 learns here not to (RFC 7301).
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(certificate, key)
    return context


def main() -> None:
    """Serve until interrupted or terminated."""
    parser = echo_server.command_line("A WebSocket echo server over TLS.")
    parser.add_argument("--certificate", required=True, metavar="FILE", help="the chain, in PEM")
    parser.add_argument("--key", metavar="FILE", help="the private key, if it is in a file of its own")
    arguments = parser.parse_args()
    asyncio.run(echo_server.run(arguments, tls=server_context(arguments.certificate, arguments.key)))


if __name__ == "__main__":
    main()
