"""The libraries under test, each with an echo server and an echo client."""

from __future__ import annotations

from typing import NamedTuple


class Subject(NamedTuple):
    """A library, by the name that the suite's reports have it under, and its two programs."""

    name: str
    server: str
    client: str


WSPROTO = Subject("wsproto", "tests.conformance.echo_server", "tests.conformance.echo_client")
WSPY = Subject("wspy", "tests.conformance.wspy_server", "tests.conformance.wspy_client")

SUBJECTS = {subject.name: subject for subject in (WSPROTO, WSPY)}
