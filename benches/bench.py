"""
Measure this package beside upstream, its peers and the floors: `make bench`, `make bench ARGS=--quick`.

Prints a table with a bar for every row; see docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benches import machine, measure, plot, report
from benches.contestants.registry import contestants
from benches.workloads import deflate, handshake, processes, receive, send

DOCS = ROOT / "docs"


def main() -> None:
    """Do it."""
    arguments = _arguments()
    measure.keep_memory()
    rounds = arguments.rounds or (5 if arguments.quick else 21)
    seconds = 0.008 if arguments.quick else 0.03
    rows = [
        *receive.workloads(),
        *send.workloads(),
        *handshake.workloads(),
        *deflate.workloads(),
        *processes.workloads(quick=arguments.quick),
    ]
    rows = [row for row in rows if arguments.only.lower() in row.name.lower()]
    if not rows:
        sys.exit(f"no row has {arguments.only!r} in its name")
    entrants = contestants()
    described = machine.describe()
    heading = report.heading(described, entrants.values(), rounds, seconds)
    print(heading)
    results = measure.measure(rows, entrants, rounds=rounds, seconds=seconds, progress=_progress)
    _progress("")
    table = report.table(results, entrants)
    print(table)
    print(report.summary(results))
    versions = {name: contestant.version for name, contestant in entrants.items()}
    measured = json.dumps(report.document(results, described, versions), indent=1, ensure_ascii=False)
    if arguments.json:
        arguments.json.write_text(measured + "\n", encoding="utf-8")
    if arguments.save:
        (DOCS / "performance.json").write_text(measured + "\n", encoding="utf-8")
        plot.plot(results, DOCS / "performance.svg")
        tables = {"all": f"{heading}\n{table}", "short": report.short_table(results)}
        for document in (DOCS / "performance.md", ROOT / "README.md"):
            report.fill(document, tables)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="take less than a minute")
    parser.add_argument("--only", default="", metavar="TEXT", help="only the rows with this in their names")
    parser.add_argument("--rounds", type=int, metavar="N", help="how many rounds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was measured to this file")
    parser.add_argument(
        "--save", action="store_true", help="put table, JSON and plot into docs/ and README.md"
    )
    arguments = parser.parse_args()
    if arguments.save and arguments.only:
        parser.error("--save wants all the rows")
    return arguments


def _progress(text: str) -> None:
    """Say on a terminal how far it is."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
