"""docs/conformance.md: what the suite found, group by group, and every case that is not simply OK."""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.conformance.suite import Verdict, Verdicts

    #: The verdicts on each program under test, by its name.
    Findings = dict[str, Verdicts]

#: What the groups of cases are about; the suite's own names are longer.
GROUPS = {
    "1": "framing",
    "2": "pings and pongs",
    "3": "reserved bits",
    "4": "opcodes",
    "5": "fragmentation",
    "6": "UTF-8",
    "7": "the closing handshake",
    "9": "limits and performance",
    "10": "frames cut by the sender",
    "12": "permessage-deflate, by content",
    "13": "permessage-deflate, by parameters",
}

INTRODUCTION = """
[Autobahn|Testsuite](https://github.com/crossbario/autobahn-testsuite) holds some five hundred
conversations with a WebSocket implementation, most of them with something odd or wrong about them, and
judges each. Here its fuzzing client talks to echo servers, and its fuzzing server to echo clients: those of
this package (`tests/conformance/echo_server.py`, `tests/conformance/echo_client.py`), and those of
[wspy](wspy.md) on this package, an `AsyncServer` (`tests/conformance/wspy_server.py`) and a `Connection`
(`tests/conformance/wspy_client.py`).
"""

HOW_TO_RUN = """
    make conformance                          all cases, in half an hour; writes this document
    make conformance ARGS="1.* 7.7.* 12.1.1"  some of them; prints only
    make conformance ARGS="--server 6.*"      only the servers, or with --client only the clients
    make conformance ARGS="--only wspy 9.*"   only wspy, or with --only wsproto only the package
"""

HOW_TO_GET_PYTHON = """
The suite is a program for Python 2.7; the command takes the one that `PYTHON27=` names; if it names none,
`python2.7` on the `PATH`, or one installed under pyenv (`pyenv install 2.7.18`). Without any it fails, and
says so. The rest is installed from PyPI into `build/conformance/`, in the versions of
`tests/conformance/requirements.txt`. It is not part of `make test`.
"""

LEGEND = """
OK: as the suite wants it. NON-STRICT: allowed by RFC 6455, though the suite would do otherwise.
INFORMATIONAL: the suite looks, and does not judge. Anything else is a failure, and so is a case without
a verdict.
"""


def render(findings: Findings, suite: str) -> str:
    """Return the document."""
    parts = [
        "# Conformance",
        _filled(INTRODUCTION),
        HOW_TO_RUN.strip("\n"),
        _filled(HOW_TO_GET_PYTHON),
        "## Verdicts",
        f"{suite}.",
        "\n".join(f"- {program}: {total(verdicts)}" for program, verdicts in findings.items()),
        table(findings),
        _filled(LEGEND),
        "## Cases that are not simply OK",
        exceptions(findings),
    ]
    return "\n\n".join(parts) + "\n"


def total(verdicts: Verdicts) -> str:
    """Return how many cases there were and how many had which verdict."""
    return f"{len(verdicts)} cases, {_counted(verdicts.values())}"


def table(findings: Findings) -> str:
    """Return a row for each group."""
    rows = [["group", "", *findings]]
    for group in dict.fromkeys(map(_group, _cases(findings))):
        columns = [_counted(_within(group, verdicts)) for verdicts in findings.values()]
        rows.append([group, GROUPS.get(group, ""), *columns])
    return _markdown(rows)


def exceptions(findings: Findings) -> str:
    """Return a row for each case that is not OK for every program."""
    rows = [["case", *findings]]
    for case in _cases(findings):
        columns = [str(verdicts[case]) if case in verdicts else "" for verdicts in findings.values()]
        if set(columns) - {"OK", ""}:
            rows.append([case, *columns])
    return _markdown(rows) if len(rows) > 1 else "None."


def failures(verdicts: Verdicts) -> list[str]:
    """Return the cases that the suite finds fault with."""
    return [case for case, verdict in verdicts.items() if not verdict.passed]


def _cases(findings: Findings) -> list[str]:
    return list(dict.fromkeys(case for verdicts in findings.values() for case in verdicts))


def _group(case: str) -> str:
    return case.partition(".")[0]


def _within(group: str, verdicts: Verdicts) -> Iterable[Verdict]:
    return [verdict for case, verdict in verdicts.items() if _group(case) == group]


def _counted(verdicts: Iterable[Verdict]) -> str:
    counts = Counter(map(str, verdicts))
    ordered = sorted(counts, key=lambda verdict: verdict != "OK")
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in ordered)


def _filled(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), width=110, break_long_words=False, break_on_hyphens=False)


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
