"""
`make endurance`: many connections that come and go, a server that must not lose, keep or leak anything.

    make endurance SECONDS=600
    make endurance SECONDS=10 ARGS="--connections 50"

A server of `wspy` runs in a process of its own. Its clients send messages of all sizes and check every echo;
they read slowly, leave in every way, send what they must not, and check that every close is answered. Before
and after, with all clients gone, the server counts its objects, blocks of memory and file descriptors.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import time
from collections import Counter

from tools.endurance import loop
from tools.endurance.figures import Course, Figures
from tools.endurance.lives import Lives
from tools.endurance.peer import Peer, dial
from tools.endurance.process import LIMIT, Server

#: The part of the time that passes before anything is compared: until everything was in use once.
WARM_UP = 0.1
#: The most seconds between two looks at the server.
INTERVAL = 5.0
#: The most clients that are there when the server stops.
LAST = 100
#: The most failures that are printed.
SHOWN = 20


class Endurance:
    """One run."""

    def __init__(self, seconds: float, connections: int, seed: int) -> None:
        """Prepare."""
        self.seconds = seconds
        self.connections = connections
        self.random = random.Random(seed)
        self.tally: Counter[str] = Counter()
        self.failures: list[str] = []

    async def run(self) -> None:
        """Run, print figures, and note what was wrong."""
        async with Server(self.connections) as server:
            await self.populate(server, self.seconds * WARM_UP)
            before = await server.at_rest()
            during = await self.populate(server, self.seconds)
            course = Course(before, during, await server.at_rest())
            await self.say_goodbye(server)
        print("\n".join(course.table()))
        for what, count in sorted(self.tally.items()):
            print(f"{count:>15,} {what}")
        self.failures = [*course.faults(), *self.failures]

    async def populate(self, server: Server, seconds: float) -> list[tuple[float, Figures]]:
        """Have all connections live for so long; return the server's figures, by the seconds so far."""
        everybody = [
            Lives(server.port, random.Random(self.random.random()), self.tally, self.failures)
            for _ in range(self.connections)
        ]
        living = asyncio.gather(*(each.go_on() for each in everybody))
        begun = time.monotonic()
        during = []
        while not living.done():
            await asyncio.wait({living}, timeout=min(INTERVAL, seconds / 20))
            figures = await server.figures()
            if (passed := time.monotonic() - begun) < seconds:
                during.append((passed, figures))
            else:
                for each in everybody:
                    each.is_over = True
        return during

    async def say_goodbye(self, server: Server) -> None:
        """Have the server stop: everybody gets a close frame, and its last word is that nothing is left."""
        last = [Peer(*await dial(server.port)) for _ in range(min(LAST, self.connections))]
        for each in last:
            await each.shake_hands("/", deflate=False)
        stopping = asyncio.ensure_future(server.stop())
        for each in last:
            closing = await asyncio.wait_for(each.closing(), LIMIT)
            each.writer.write(each.ws.send(closing.response()))
            if closing.code != 1001:
                self.failures.append(f"the server has stopped with {closing.code}")
            await each.finish()
        figures = await stopping
        if figures.clients or figures.opened != figures.closed:
            self.failures.append(f"the server has stopped with {figures.clients} clients")
        self.tally["told that the server stops"] += len(last)


def main() -> int:
    """Return 0 if nothing was wrong."""
    parser = argparse.ArgumentParser(prog="make endurance")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--connections", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    arguments = parser.parse_args()
    seconds, connections, seed = arguments.seconds, arguments.connections, arguments.seed
    print(f"{connections:,} connections, {seconds:g} s, --seed {seed}", flush=True)
    endurance = Endurance(seconds, connections, seed)
    loop.run(endurance.run())
    failures = endurance.failures
    for each in failures[:SHOWN]:
        print(f"WRONG: {each}")
    print(f"{len(failures):,} failures" if failures else "nothing was wrong")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
