"""
Measure this package beside upstream, its peers and the floors: `make bench`, `make bench ARGS=--quick`.

Prints a table with a bar for every row; see docs/design/performance.md. `ARGS=--save` puts the tables and the
plot into the documents, and the measurements of every round into build/benchmarks/.
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
RAW = ROOT / "build" / "benchmarks" / "performance.json"
DOCUMENTS = (ROOT / "README.md", DOCS / "performance.md", DOCS / "design" / "performance.md")


def main() -> None:
    """Measure, print, and save where asked."""
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
        RAW.parent.mkdir(parents=True, exist_ok=True)
        RAW.write_text(measured + "\n", encoding="utf-8")
        plot.plot(results, DOCS / "performance.svg")
        libraries = [entrant for name, entrant in entrants.items() if name not in report.FLOORS]
        tables = {
            "all": f"{heading}\n{table}",
            "page": f"{report.setting(described, libraries)}\n{report.page_table(results)}",
            "short": report.short_table(results),
        }
        for document in DOCUMENTS:
            report.fill(document, tables)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="take less than a minute")
    parser.add_argument("--only", default="", metavar="TEXT", help="only the rows with this in their names")
    parser.add_argument("--rounds", type=int, metavar="N", help="how many rounds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was measured to this file")
    parser.add_argument(
        "--save", action="store_true", help="put the tables and the plot into docs/ and README.md"
    )
    arguments = parser.parse_args()
    if arguments.save and arguments.only:
        parser.error("--save wants all the rows")
    return arguments


def _progress(text: str) -> None:
    """Show the progress, on a terminal."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
