"""The tables, as Markdown, and the JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from benches.measure import OURS, Result, Spread
from benches.workloads.base import BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from benches.contestants.base import Contestant

#: A document has a table between such a line and the next `END`.
BEGIN = re.compile(r"^<!-- measured: (?P<which>\w+)\b.*-->\n", re.MULTILINE)
END = "<!-- /measured -->"

FLOORS = ("floor", "memcpy", "loop", "decode", "64 × 1 MiB")


def table(results: Sequence[Result], rivals: Iterable[str]) -> str:
    """Return all ratios and bars, for maintainers."""
    columns = [rival for rival in rivals if rival not in FLOORS and rival != OURS]
    rows = [["workload", OURS, columns[0], "floor", *columns[1:], "bar", ""]]
    for result in results:
        floor = [f"{ratio(result.ratio(name))} {name}" for name in result.costs if name in FLOORS]
        cells = [ratio(result.ratio(name)) if name in result.costs else "" for name in columns]
        bars = ", ".join(map(str, result.workload.bars))
        row = [result.workload.name, _cost(result.cost(OURS).median, result.workload.unit)]
        rows.append([*row, cells[0], ", ".join(floor), *cells[1:], bars, verdict(result)])
    return markdown(rows)


def page_table(results: Sequence[Result]) -> str:
    """Return the costs beside upstream's, and the ratio to the fastest peer, for users."""
    rows = [["workload", "this package", "wsproto 1.3.2", "times as fast", "as the fastest peer"]]
    for result in results:
        if "upstream" not in result.costs:
            continue
        costs = [_cost(result.cost(name).median, result.workload.unit) for name in (OURS, "upstream")]
        peers = sorted((result.ratio(name).median, name) for name in result.peers)
        fastest = f"{number(peers[0][0])}× {peers[0][1]}" if peers else ""
        rows.append([result.workload.name, *costs, f"{number(result.ratio('upstream').median)}×", fastest])
    return markdown(rows)


def short_table(results: Sequence[Result]) -> str:
    """Return the headline rows, beside upstream only."""
    rows = [["", "this package", "wsproto 1.3.2", "times as fast"]]
    for result in results:
        if result.workload.headline and "upstream" in result.costs:
            costs = [_cost(result.cost(name).median, result.workload.unit) for name in (OURS, "upstream")]
            rows.append([result.workload.name, *costs, f"{number(result.ratio('upstream').median)}×"])
    return markdown(rows)


def verdict(result: Result) -> str:
    """Return "pass", or the bars that are missed."""
    missed = result.misses()
    if missed:
        return "MISS " + ", ".join(f"{bar.rival} {number(reached)}" for bar, reached in missed)
    return "pass" if result.workload.bars or result.workload.peers else ""


def summary(results: Sequence[Result]) -> str:
    """Return the number of rows, and how many miss a bar."""
    missed = sum(bool(result.misses()) for result in results)
    return f"{len(results)} rows, {len(results) - missed} pass, {missed} miss"


def setting(machine: dict[str, str], contestants: Iterable[Contestant]) -> str:
    """Return the machine and the versions."""
    versions = ", ".join(f"{contestant.name} {contestant.version}" for contestant in contestants)
    return f"{machine['processor']}; {machine['system']}; {machine['python']}\\\n{versions}\n"


def heading(machine: dict[str, str], contestants: Iterable[Contestant], rounds: int, seconds: float) -> str:
    """Return the machine, the versions and the method."""
    return (
        f"{setting(machine, contestants).rstrip()}\\\n"
        f"{rounds} rounds of {seconds * 1000:.0f} ms slices; CPU time; 'ours' is the cost, the other columns "
        "say how many times as fast ours is: median of the ratios within a round (quartiles)\n"
    )


def document(results: Sequence[Result], machine: dict[str, str], versions: dict[str, str]) -> dict[str, Any]:
    """Return all measurements, for JSON."""
    return {
        "machine": machine,
        "versions": versions,
        "rows": [
            {
                "name": result.workload.name,
                "unit": result.workload.unit,
                "costs": result.costs,
                "ratios": {name: result.ratio(name)._asdict() for name in result.costs if name != OURS},
                "bars": {bar.rival: bar.times for bar in result.workload.bars},
                "missed": [bar.rival for bar, _ in result.misses()],
            }
            for result in results
        ],
    }


def fill(path: Path, tables: dict[str, str]) -> None:
    """Put the tables that are given between their marks in a document."""
    text = path.read_text(encoding="utf-8")
    at = 0
    while mark := BEGIN.search(text, at):
        at = text.index(END, mark.end())
        if mark["which"] in tables:
            content = f"{tables[mark['which']]}\n"
            text = text[: mark.end()] + content + text[at:]
            at = mark.end() + len(content)
    path.write_text(text, encoding="utf-8")


def ratio(spread: Spread) -> str:
    """Return a median with its quartiles."""
    return f"{number(spread.median)} ({number(spread.low)}–{number(spread.high)})"


def number(value: float) -> str:
    """Return a number to three significant digits."""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _cost(cost: float, unit: str) -> str:
    if unit == BYTES:
        return f"{cost:.0f} B"
    for factor, name in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
        if cost * factor >= 1:
            return f"{cost * factor:.3g} {name}"
    return f"{cost * 1e9:.0f} ns"


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """Return a table; the first row is its head."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    head, *body = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([head, rule, *body]) + "\n"
