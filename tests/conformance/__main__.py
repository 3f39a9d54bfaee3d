"""`make conformance`: runs the suite on the programs under test, and writes or prints what it found."""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.conformance import python27, report
from tests.conformance.subjects import SUBJECTS
from tests.conformance.suite import ROOT, Suite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conformance.report import Findings
    from tests.conformance.suite import Verdicts

BUILD = ROOT / "build" / "conformance"
DOCUMENT = ROOT / "docs" / "conformance.md"


def main() -> int:
    """Return 0 if the suite finds nothing wrong."""
    arguments = parse()
    try:
        interpreter = python27.find()
    except python27.NotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    python = python27.install(interpreter, BUILD / "python2.7")

    print(f"progress is in {BUILD.relative_to(ROOT)}/*/*.log", flush=True)
    findings: Findings = {}
    # The suite itself takes nearly all of the time, on one processor.
    with ThreadPoolExecutor(arguments.jobs) as executor:
        started = [(program, executor.submit(attempt)) for program, attempt in attempts(arguments, python)]
        for program, verdicts in started:
            findings[program] = verdicts.result()
            print(f"{program}: {report.total(findings[program])}", flush=True)

    print(report.exceptions(findings))
    if not (arguments.cases or arguments.server or arguments.client or arguments.only):
        DOCUMENT.write_text(report.render(findings, python27.suite()), encoding="utf-8")
        print(f"written: {DOCUMENT.relative_to(ROOT)}")
    return 1 if any(map(report.failures, findings.values())) else 0


def attempts(arguments: argparse.Namespace, python: Path) -> Iterator[tuple[str, Callable[[], Verdicts]]]:
    """Return the programs to try, and what tries each of them."""
    for name, subject in SUBJECTS.items():
        if arguments.only not in {None, name}:
            continue
        suite = Suite(python, subject, BUILD, arguments.cases or ["*"])
        if not arguments.client:
            yield f"{name} server", suite.try_server
        if not arguments.server:
            yield f"{name} client", suite.try_client


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="make conformance", description=__doc__)
    parser.add_argument("cases", nargs="*", help='such as 1.1.1 or "12.*"; all if there are none')
    parser.add_argument("--only", choices=SUBJECTS, help="only the programs of this library")
    parser.add_argument(
        "--jobs", type=int, default=2, metavar="N", help="how many programs at once (%(default)s)"
    )
    roles = parser.add_mutually_exclusive_group()
    roles.add_argument("--server", action="store_true", help="only servers")
    roles.add_argument("--client", action="store_true", help="only clients")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
