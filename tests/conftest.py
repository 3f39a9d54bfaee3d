"""The guard that it is our package that is tested, and the lines that tests add to pytest's summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import hypothesis
import pytest

from tests.oracle import STANDS_IN, ours

if TYPE_CHECKING:
    from collections.abc import Callable

SUMMARY: pytest.StashKey[list[str]] = pytest.StashKey()

#: Generating text is slow the first time, and every example does its work twice: neither is a fault.
COMMON = hypothesis.settings(
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large],
)
# The same examples at every run, unless a seed is given: `make fuzz` brings the fresh ones.
hypothesis.settings.register_profile("ci", COMMON, derandomize=True, max_examples=100)
hypothesis.settings.register_profile("fuzz", COMMON, max_examples=400)
hypothesis.settings.load_profile("ci")


def pytest_configure(config: pytest.Config) -> None:
    """Import the package before any test can import another one of that name."""
    config.stash[SUMMARY] = []
    ours()


def pytest_report_header() -> list[str]:
    """Say what is tested."""
    package = ours()
    stand_in = " (upstream, standing in for ours)" if STANDS_IN else ""
    return [f"wsproto: {package.__version__} from {package.__file__}{stand_in}"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what the tests have counted."""
    lines = config.stash[SUMMARY]
    if lines:
        terminalreporter.section("what was held against upstream")
        for line in lines:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def summary(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Return a function that adds a line to the summary at the end of the run."""
    return pytestconfig.stash[SUMMARY].append
