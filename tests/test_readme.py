"""The code in the README does what the README says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import AcceptConnection, CloseConnection, Ping, Pong, Request, TextMessage

README = Path(__file__).parents[1] / "README.md"


def test_the_example_serves_a_connection_from_upgrade_to_close() -> None:
    """The one Python block is a server that echoes text, answers pings, and closes."""
    (block,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(block, str(README), "exec"), names)  # noqa: S102 (our own README)

    client = WSConnection(ConnectionType.CLIENT)
    client.receive_data(names["react"](client.send(Request(host="localhost", target="/"))))
    for sent in (TextMessage("echo"), Ping(b"ping"), CloseConnection(1000, "done")):
        client.receive_data(names["react"](client.send(sent)))

    accepted, text, pong, close = client.events()
    assert isinstance(accepted, AcceptConnection)
    assert (text, pong, close) == (TextMessage("echo"), Pong(b"ping"), CloseConnection(1000, "done"))
    assert client.state is ConnectionState.CLOSED
