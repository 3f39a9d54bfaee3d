"""The process of the server, and the connection by which it is asked for figures."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tools.endurance.agreed import CONTROL
from tools.endurance.figures import Figures
from tools.endurance.peer import Peer, Unexpected, dial
from wsproto.events import TextMessage

if TYPE_CHECKING:
    from typing_extensions import Self

ROOT = Path(__file__).parents[2]
#: The most seconds that the server may take to start, to answer, to let go of clients, or to stop.
LIMIT = 60.0


class Server:
    """The server under test, for as long as the context lasts."""

    port: int
    _process: asyncio.subprocess.Process
    _control: Peer

    def __init__(self, connections: int) -> None:
        """Prepare for so many clients."""
        self._connections = connections

    async def __aenter__(self) -> Self:
        """Start it, on the `wsproto` that is imported here."""
        path = [str(ROOT / "companions" / "wspy"), os.environ.get("PYTHONPATH", "")]
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tools.endurance.server",
            str(self._connections),
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, path))},
            stdout=asyncio.subprocess.PIPE,
        )
        self.port = int(await self._line())
        self._control = Peer(*await dial(self.port))
        await self._control.shake_hands(CONTROL, deflate=False)
        return self

    async def __aexit__(self, *_: object) -> None:
        """End it, if it has not stopped."""
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def figures(self, *, collect: bool = False) -> Figures:
        """Return what the server tells of itself; `collect` has it count objects, which takes a while."""
        await self._control.send(TextMessage("collect" if collect else "tell"))
        return Figures(**json.loads(await asyncio.wait_for(self._control.message(), LIMIT)))

    async def at_rest(self) -> Figures:
        """Return the figures once this connection is the only one."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + LIMIT
        while (await self.figures()).clients > 1:
            if loop.time() > deadline:
                raise Unexpected("clients that are gone are still counted")
            await asyncio.sleep(0.2)
        return await self.figures(collect=True)

    async def stop(self) -> Figures:
        """Have it stop gracefully, and return its last figures."""
        await self._control.send(TextMessage("stop"))
        closing = await asyncio.wait_for(self._control.closing(), LIMIT)
        self._control.writer.write(self._control.ws.send(closing.response()))
        await self._control.finish()
        figures = Figures(**json.loads(await self._line()))
        if await asyncio.wait_for(self._process.wait(), LIMIT) != 0:
            raise Unexpected(f"the server has ended with {self._process.returncode}")
        return figures

    async def _line(self) -> bytes:
        assert self._process.stdout is not None
        return await asyncio.wait_for(self._process.stdout.readline(), LIMIT)
