"""The libraries under test, each with an echo server and an echo client."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Subject(NamedTuple):
    """A library, by the name that the suite's reports have it under, and its two programs."""

    name: str
    server: str
    client: str


WSPROTO = Subject("wsproto", "tests.conformance.echo_server", "tests.conformance.echo_client")
WSPY = Subject("wspy", "tests.conformance.wspy_server", "tests.conformance.wspy_client")

SUBJECTS = {subject.name: subject for subject in (WSPROTO, WSPY)}


def go_through(subject: Subject, visit: Callable[[str, int, str], str | bytes]) -> None:
    """Go through all cases of the suite's server, as the command line says, and have the report written."""
    parser = argparse.ArgumentParser(description=f"An echo client of {subject.name} to test for conformance.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9001)
    arguments = parser.parse_args()
    cases = int(visit(arguments.host, arguments.port, "/getCaseCount"))
    for case in range(1, cases + 1):
        visit(arguments.host, arguments.port, f"/runCase?case={case}&agent={subject.name}")
    visit(arguments.host, arguments.port, f"/updateReports?agent={subject.name}")
