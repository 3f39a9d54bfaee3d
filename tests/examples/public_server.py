"""The threaded server of the public `websockets` library, for the clients among the examples."""

from __future__ import annotations

import http
from contextlib import contextmanager
from typing import TYPE_CHECKING

import websockets.sync.server

from tests.servers.public_server import in_thread

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Sequence

    from websockets.extensions import ServerExtensionFactory
    from websockets.http11 import Request, Response
    from websockets.sync.server import ServerConnection

#: Above the 1 MiB default, which an extension's share of the payload counts for.
MAX_SIZE = 2**21

QUESTION = "how many?"


def echo(connection: ServerConnection) -> None:
    """Send every message back."""
    for message in connection:
        connection.send(message)


def ask(connection: ServerConnection) -> None:
    """Ask something, and close when that has come back."""
    connection.send(QUESTION)
    assert connection.recv() == QUESTION


def refuse(connection: ServerConnection, _request: Request) -> Response:
    """Refuse the upgrade."""
    return connection.respond(http.HTTPStatus.FORBIDDEN, "Nothing to see here.\n")


@contextmanager
def serving_elsewhere(
    behave: Callable[[ServerConnection], None] = echo,
    compression: str | None = "deflate",
    process_request: Callable[[ServerConnection, Request], Response | None] | None = None,
    tls: ssl.SSLContext | None = None,
    extensions: Sequence[ServerExtensionFactory] | None = None,
) -> Iterator[int]:
    """Run the server, on a free port."""
    server = websockets.sync.server.serve(
        behave,
        "127.0.0.1",
        0,
        compression=compression,
        process_request=process_request,
        ssl=tls,
        extensions=extensions,
        max_size=MAX_SIZE,
    )
    with in_thread(server) as port:
        yield port
