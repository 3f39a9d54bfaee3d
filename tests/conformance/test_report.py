"""What the document says of the suite's verdicts."""

from __future__ import annotations

import re

import pytest

from tests.conformance import python27, report
from tests.conformance.__main__ import DOCUMENT
from tests.conformance.subjects import SUBJECTS
from tests.conformance.suite import MISSING, Verdict

OK = Verdict("OK", "OK")


@pytest.mark.parametrize(
    ("verdict", "passed", "word"),
    [
        (OK, True, "OK"),
        (Verdict("NON-STRICT", "OK"), True, "NON-STRICT"),
        (Verdict("INFORMATIONAL", "INFORMATIONAL"), True, "INFORMATIONAL"),
        (Verdict("OK", "INFORMATIONAL"), True, "INFORMATIONAL"),
        (Verdict("FAILED", "OK"), False, "FAILED, closing OK"),
        (Verdict("OK", "UNCLEAN"), False, "OK, closing UNCLEAN"),
        (Verdict("UNIMPLEMENTED", "OK"), False, "UNIMPLEMENTED, closing OK"),
        (MISSING, False, "MISSING"),
    ],
)
def test_a_verdict_is_one_word_if_it_is_good(verdict: Verdict, *, passed: bool, word: str) -> None:
    """Neither half of it is lost otherwise."""
    assert (verdict.passed, str(verdict)) == (passed, word)


def test_the_document_counts_and_names_the_exceptions() -> None:
    """Every case is in a group, and every case that is not OK in a row of its own."""
    findings = {
        "server": {"1.1.1": OK, "1.1.2": Verdict("NON-STRICT", "OK"), "12.1.1": OK},
        "client": {"1.1.1": OK, "1.1.2": OK, "12.1.1": Verdict("FAILED", "OK")},
    }
    text = report.render(findings, "the suite 1.0")
    assert "the suite 1.0." in text
    assert "- server: 3 cases, 2 OK, 1 NON-STRICT\n- client: 3 cases, 2 OK, 1 FAILED" in text
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()]
    assert ["group", "", "server", "client"] in rows
    assert ["1", "framing", "1 OK, 1 NON-STRICT", "2 OK"] in rows
    assert ["12", "permessage-deflate, by content", "1 OK", "1 FAILED, closing OK"] in rows
    assert ["1.1.2", "NON-STRICT", "OK"] in rows
    assert ["12.1.1", "OK", "FAILED, closing OK"] in rows
    assert [report.failures(verdicts) for verdicts in findings.values()] == [[], ["12.1.1"]]


def test_all_is_well_in_the_document_that_is_there() -> None:
    """All programs, all groups, the same number of cases for each, and no verdict that is a failure."""
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text.startswith(report.render({}, "").partition("## Verdicts")[0])
    totals = dict(re.findall(r"^- (\w+ \w+): (\d+) cases", text, re.MULTILINE))
    assert list(totals) == [f"{name} {role}" for name in SUBJECTS for role in ("server", "client")]
    assert len(set(totals.values())) == 1
    rows = re.findall(r"^\| (\d+) +\|", text, re.MULTILINE)
    assert rows == list(report.GROUPS)
    verdicts = set(re.findall(r"[A-Z][A-Z-]+[A-Z]", text.partition("## Verdicts")[2])) - {"RFC", "UTF-"}
    assert verdicts <= {"OK", "NON-STRICT", "INFORMATIONAL", "UTF"}


def test_without_python_27_it_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """And does not pass for a run."""
    monkeypatch.setenv("PYTHON27", "/nowhere/python2.7")
    with pytest.raises(python27.NotFoundError, match="pyenv install"):
        python27.find()
