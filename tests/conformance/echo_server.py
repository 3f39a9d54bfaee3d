"""
The server on wsproto: a thread for each connection, and permessage-deflate where it is offered.

    python -m tests.conformance.echo_server --port 9001
"""

from __future__ import annotations

import argparse
import socket
import socketserver

from tests.conformance.echo import Echo
from wsproto import ConnectionType, WSConnection


class Server(socketserver.ThreadingTCPServer):
    """Listens; port 0 finds a free one."""

    allow_reuse_address = True
    daemon_threads = True


class Handler(socketserver.BaseRequestHandler):
    """One connection."""

    request: socket.socket

    def handle(self) -> None:
        """Echo until the end."""
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        Echo(WSConnection(ConnectionType.SERVER), self.request).run()


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description="An echo server to test for conformance.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9001, help="0 picks a free one")
    arguments = parser.parse_args()
    with Server((arguments.host, arguments.port), Handler) as server:
        print(f"listening on port {server.server_address[1]}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
