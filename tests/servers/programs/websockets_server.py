"""
The asyncio server of the `websockets` library, in a process of its own.

python -m tests.servers.programs.websockets_server
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from websockets.exceptions import ConnectionClosed

from tests.servers.programs.report import ended, report
from tests.servers.public_server import AsyncioConnection, asynchronous_server, behave_in_asyncio, path_of


async def handle(connection: AsyncioConnection) -> None:
    """Serve one connection."""
    if path_of(connection) == "/report":
        await connection.send(report())
    with suppress(ConnectionClosed):
        await behave_in_asyncio(connection)
    await connection.wait_closed()
    assert connection.request is not None
    ended(connection.request.path.partition("?")[2], connection.close_code, connection.close_reason)


async def main() -> None:
    """Serve on a free port, and say which."""
    async with asynchronous_server("deflate", handle) as port:
        print(f"Running on http://127.0.0.1:{port}", flush=True)  # noqa: T201 (a program)
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(main())
