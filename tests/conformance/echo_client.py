"""
The client on wsproto: asks the suite's server how many cases there are, and is an echo in each of them.

    python -m tests.conformance.echo_client --port 9001
"""

from __future__ import annotations

import socket

from tests.conformance.echo import Echo
from tests.conformance.subjects import WSPROTO, go_through
from wsproto import ConnectionType, WSConnection
from wsproto.events import Request
from wsproto.extensions import PerMessageDeflate


def visit(host: str, port: int, target: str) -> str | bytes:
    """Connect, echo until the server has had enough, and return its last message."""
    ws = WSConnection(ConnectionType.CLIENT)
    with socket.create_connection((host, port)) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        request = Request(host=f"{host}:{port}", target=target, extensions=[PerMessageDeflate()])
        sock.sendall(ws.send(request))
        return Echo(ws, sock).run()


if __name__ == "__main__":
    go_through(WSPROTO, visit)
