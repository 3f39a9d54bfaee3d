"""
Measure uvicorn on this package and its rivals, and wspy beside other servers: `make bench-servers`.

Writes docs/servers.md, the table of servers in the README, and the slices of every round into
build/benchmarks/servers.json; with `ARGS=--quick` it only prints.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benches import machine
from benches.measure import OURS, Spread
from benches.report import fill, markdown, number, ratio
from benches.serving.load import Slice
from tests.servers.processes import Process, python
from tests.upstream.fetch import Release, fetch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Of = Callable[[Iterable[Slice]], list[float]]

DOCUMENT = ROOT / "docs" / "servers.md"
RAW = ROOT / "build" / "benchmarks" / "servers.json"
LOAD = Path(__file__).parent / "serving" / "load.py"

SIZES = {"16 B": 16, "1 KiB": 1024, "64 KiB": 65536}
CONNECTIONS = (1, 200)


class Entrant(NamedTuple):
    """One of those that are compared."""

    ws: str | None = None
    """What uvicorn's `--ws` is told."""
    module: str | None = None
    """The module of a server that is not uvicorn."""
    path: Path | None = None
    """The first entry of the module search path."""
    is_native: bool = False
    """Whether it runs on this package."""
    has_deflate: bool = True
    """Whether it can compress."""


ENTRANTS = {
    OURS: Entrant("wsproto", is_native=True),
    "upstream": Entrant("wsproto", path=fetch(Release.WHEEL)),
    "websockets": Entrant("websockets"),
    "websockets-sansio": Entrant("websockets-sansio"),
    "aiohttp": Entrant(module="benches.serving.aiohttp_server"),
    "wspy": Entrant(module="benches.serving.wspy_server", is_native=True),
    "picows": Entrant(module="benches.serving.picows_server", has_deflate=False),
    "websockets' server": Entrant(module="benches.serving.websockets_server"),
}


class Comparison(NamedTuple):
    """One of the entrants, and those that it is held against."""

    first: str
    rivals: tuple[str, ...]


UVICORN = Comparison(OURS, ("upstream", "websockets", "websockets-sansio", "aiohttp"))
PLAIN = Comparison("wspy", ("picows", "websockets' server", "aiohttp", OURS))


class Cell(NamedTuple):
    """One row: a message size, a number of connections, and whether to compress."""

    size: str
    connections: int
    deflate: bool = False

    @property
    def name(self) -> str:
        """How the tables call it."""
        deflated = ", deflated" * self.deflate
        return f"{self.size}{deflated}, {self.connections} connection{'s' * (self.connections > 1)}"


CELLS = [Cell(*both) for both in itertools.product(SIZES, CONNECTIONS)]
CELLS += [Cell("1 KiB", connections, deflate=True) for connections in CONNECTIONS]

#: The slices of each round, by cell and entrant.
Results = dict[Cell, dict[str, list[Slice]]]


#: Where the servers run, and where the load does if there are more connections than one.
FIRST, *_, LAST = 2 * sorted(os.sched_getaffinity(0))


def start(entrant: Entrant, loop: str) -> Process:
    """Start a server as its users do, but on one processor, and see that it runs on what it should."""
    if entrant.module is not None:
        command = python(entrant.module, loop)
    else:
        assert entrant.ws is not None
        command = python("uvicorn", "benches.serving.application:echo", "--ws", entrant.ws, "--port", "0")
        command += ["--loop", loop, "--lifespan", "off", "--no-access-log"]
    server = Process(command, {**os.environ, "PYTHONPATH": str(entrant.path or "")})
    os.sched_setaffinity(server.process.pid, {FIRST})
    mapped = Path(f"/proc/{server.process.pid}/maps").read_text(encoding="utf-8")
    assert ("/_wsproto." in mapped) == entrant.is_native, "it runs on another wsproto"
    return server


def measure(servers: Mapping[str, Process], rounds: int, seconds: float) -> Results:
    """Give every server a slice of every cell in each round, beginning with another one each time."""
    results: Results = {cell: {name: [] for name in servers} for cell in CELLS}
    names = list(servers)
    for at, (cell, slices) in itertools.product(range(rounds), results.items()):
        if sys.stderr.isatty():
            print(f"\r\x1b[Kround {at + 1} of {rounds}: {cell.name}", end="", file=sys.stderr, flush=True)
        first = at % len(names)
        for name in names[first:] + names[:first]:
            if cell.deflate and not ENTRANTS[name].has_deflate:
                continue
            slices[name].append(load(servers[name], cell, seconds))
    return results


def load(server: Process, cell: Cell, seconds: float) -> Slice:
    """Load a server for so many seconds, from a process of its own."""
    # With one connection only one of the two ever works. On two processors they would mostly wake each
    # other up, for a price that is one thing in one second and another in the next.
    processor = FIRST if cell.connections == 1 else LAST
    numbers = (server.port, server.process.pid, SIZES[cell.size], cell.connections, seconds, processor)
    kind = "deflated" if cell.deflate else "plain"
    done = subprocess.run(
        [sys.executable, LOAD, *map(str, numbers), kind], stdout=subprocess.PIPE, text=True, check=True
    )
    return Slice(**json.loads(done.stdout))


def rates(slices: Iterable[Slice]) -> list[float]:
    """Return the messages per second of each slice."""
    return [one.messages / one.wall for one in slices]


def costs(slices: Iterable[Slice]) -> list[float]:
    """Return the processor time of the server per message of each slice, in microseconds."""
    return [one.server / one.messages * 1e6 for one in slices]


def spreads(slices: Mapping[str, list[Slice]], of: Of) -> dict[str, Spread]:
    """Return what each did."""
    return {name: Spread.of(of(each)) for name, each in slices.items() if each}


def advantages(
    slices: Mapping[str, list[Slice]], of: Of, comparison: Comparison, *, less_is_better: bool
) -> dict[str, Spread]:
    """Return how many times as good the first was as each rival, within a round."""
    first = of(slices[comparison.first])
    measured = [name for name in comparison.rivals if slices[name]]
    pairs = {name: zip(first, of(slices[name]), strict=True) for name in measured}
    return {
        name: Spread.of([theirs / own if less_is_better else own / theirs for own, theirs in both])
        for name, both in pairs.items()
    }


def behind(results: Results, comparison: Comparison) -> list[str]:
    """Return the rows in which a rival is ahead."""
    return [
        f"{cell.name}, {name}: {number(spread.median)} times as good in {what}"
        for cell, slices in results.items()
        for what, of, less in (("messages per second", rates, False), ("processor time", costs, True))
        for name, spread in advantages(slices, of, comparison, less_is_better=less).items()
        if spread.median < 1
    ]


def tables(results: Results, comparison: Comparison) -> str:
    """Return what was measured, as Markdown."""
    first, rivals = comparison
    parts = []
    for heading, of, less in (
        ("Messages per second", rates, False),
        ("Processor time of the server per message, in microseconds", costs, True),
    ):
        rows = [["message", first, *rivals, *(f"{first} to {rival}" for rival in rivals)]]
        for cell, slices in results.items():
            medians = spreads(slices, of)
            better = advantages(slices, of, comparison, less_is_better=less)
            figures = [
                f"{medians[name].median:,.{less * 1}f}" if name in medians else ""
                for name in (first, *rivals)
            ]
            ratios = [ratio(better[name]) if name in better else "" for name in rivals]
            rows.append([cell.name, *figures, *ratios])
        parts.append(f"### {heading}\n\n{markdown(rows)}")
    return "\n".join(parts)


def short_table(results: Results) -> str:
    """Return the messages per second beside upstream's."""
    rows = [["uvicorn that echoes", "this package", "wsproto 1.3.2", "times as many"]]
    for cell, slices in results.items():
        medians = [f"{spreads(slices, rates)[name].median:,.0f}/s" for name in (OURS, "upstream")]
        better = advantages(slices, rates, UVICORN, less_is_better=False)["upstream"].median
        rows.append([cell.name, *medians, f"{number(better)}×"])
    return markdown(rows)


def verdict(results: Results, comparison: Comparison) -> str:
    """Return the rows in which a rival is ahead, or that there are none."""
    places = behind(results, comparison)
    if not places:
        return "It is ahead of everyone, in both measures, with every size and number of connections."
    return "It is behind in these places:\n\n" + "\n".join(f"- {place}" for place in places)


def document(results: Results, rounds: int, seconds: float, loop: str) -> str:
    """Return the whole document."""
    described = machine.describe()
    peers = ("uvicorn", "websockets", "aiohttp", "picows", "uvloop")
    versions = ", ".join(f"{name} {version(name)}" for name in peers)
    crowded = [slices for cell, slices in results.items() if cell.connections > 1]
    busy = statistics.median(
        one.load / one.wall for slices in crowded for each in slices.values() for one in each
    )
    return f"""# Under a server

<!-- Written by `make bench-servers`. -->

An application that sends every message back, as one process of one thread; the load comes from
another process, over loopback. Each connection has one text message in flight: the next is sent when the
echo of the one before has arrived. The frames are made beforehand, and every answer is compared with what
was sent.
`permessage-deflate` is offered where a row says so, as browsers offer it; the messages are then records that
are alike but never the same.

The server is pinned to one processor. With 200 connections the load runs on another one, so that the server
is the bottleneck. With one connection only one of the two works at any time, so they share the processor:
on two, the rows would mostly measure how long a processor takes to wake up.

{described["processor"]}; {described["system"]}; {described["python"]}\\
{versions}; `--loop {loop}`\\
{rounds} rounds of {seconds:g} s for each; in each round everyone has a turn, beginning with another one each
time. The figures are medians over the rounds; the last columns say how many times as good the first is as
another: the median, and the quartiles, of the ratios within a round. With 200 connections the load took
{busy:.0%} of its processor.

## uvicorn

"ours" and "upstream" are `--ws wsproto`, on this package and on wsproto 1.3.2; "websockets" and
"websockets-sansio" are uvicorn's implementations of those names, on the `websockets` library; "aiohttp" is a
server of its own, which does less for each message than uvicorn's interface asks for.

{verdict(results, UVICORN)}

{tables(results, UVICORN)}
## wspy, and other servers without a framework

"wspy" is the `AsyncServer` of [wspy](wspy.md) on this package, with permessage-deflate, keep-alive and its
limits on; "picows" its listener, which compresses nothing, with the payload taken as text;
"websockets' server" and "aiohttp" the servers of those libraries; "ours" is uvicorn on this package.

{verdict(results, PLAIN)}

{tables(results, PLAIN)}"""


def main() -> None:
    """Measure, print, and save unless it is quick."""
    parser = argparse.ArgumentParser(prog="make bench-servers", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="take two minutes, and write nothing")
    parser.add_argument("--rounds", type=int, default=11, metavar="N", help="how many rounds")
    parser.add_argument(
        "--loop", default="uvloop", choices=["uvloop", "asyncio"], help="uvicorn's event loop"
    )
    arguments = parser.parse_args()
    rounds, seconds = (3, 0.2) if arguments.quick else (arguments.rounds, 0.6)
    with ExitStack() as stack:
        servers = {}
        for name, entrant in ENTRANTS.items():
            servers[name] = start(entrant, arguments.loop)
            stack.callback(servers[name].stop)
        results = measure(servers, rounds, seconds)
    text = document(results, rounds, seconds, arguments.loop)
    print(text)
    if not arguments.quick:
        DOCUMENT.write_text(text, encoding="utf-8")
        measured = [
            {"size": cell.size, "connections": cell.connections, "deflate": cell.deflate, "slices": slices}
            for cell, slices in results.items()
        ]
        rows = {
            "machine": machine.describe(),
            "loop": arguments.loop,
            "fields": Slice._fields,
            "rows": measured,
        }
        RAW.parent.mkdir(parents=True, exist_ok=True)
        RAW.write_text(json.dumps(rows) + "\n", encoding="utf-8")
        fill(ROOT / "README.md", {"servers": short_table(results)})


if __name__ == "__main__":
    main()
