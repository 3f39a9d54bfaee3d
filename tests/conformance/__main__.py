"""`make conformance`: runs the suite in both roles, and writes or prints what it found."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from tests.conformance import python27, report
from tests.conformance.suite import ROOT, Suite

if TYPE_CHECKING:
    from pathlib import Path

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
    suite = Suite(python, BUILD, arguments.cases or ["*"])

    server: Verdicts = {}
    client: Verdicts = {}
    if not arguments.client:
        print(f"our server; progress is in {shown(suite.log('fuzzingclient'))}", flush=True)
        server = suite.try_server()
        print(report.total(server), flush=True)
    if not arguments.server:
        print(f"our client; progress is in {shown(suite.log('fuzzingserver'))}", flush=True)
        client = suite.try_client()
        print(report.total(client), flush=True)

    print(report.exceptions(server, client))
    if server and client and not arguments.cases:
        DOCUMENT.write_text(report.render(server, client, python27.suite()), encoding="utf-8")
        print(f"written: {shown(DOCUMENT)}")
    failures = report.failures(server) + report.failures(client)
    return 1 if failures else 0


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="make conformance", description=__doc__)
    parser.add_argument("cases", nargs="*", help='such as 1.1.1 or "12.*"; all if there are none')
    roles = parser.add_mutually_exclusive_group()
    roles.add_argument("--server", action="store_true", help="only our server")
    roles.add_argument("--client", action="store_true", help="only our client")
    return parser.parse_args()


def shown(path: Path) -> str:
    """Return the path from the root of the repository."""
    return str(path.relative_to(ROOT))


if __name__ == "__main__":
    sys.exit(main())
