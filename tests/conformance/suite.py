"""Runs the suite: its fuzzing client against a library's server, its fuzzing server against its client."""

from __future__ import annotations

import ast
import json
import os
import re
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.conformance.subjects import Subject

ROOT = Path(__file__).parents[2]
HOST = "127.0.0.1"
START_LIMIT = 60.0
RUN_LIMIT = 2 * 60 * 60.0

#: That of the programs under test; wspy is not installed.
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT / "companions" / "wspy")}


class Verdict(NamedTuple):
    """What the suite says of a case: of the conversation, and of the way it was closed."""

    behaviour: str
    close: str

    @property
    def passed(self) -> bool:
        """Whether RFC 6455 allows what happened; INFORMATIONAL means that the suite does not judge."""
        allowed = {"OK", "NON-STRICT", "INFORMATIONAL"}
        return self.behaviour in allowed and self.close in allowed

    def __str__(self) -> str:
        """Return one word if all is well, and both otherwise."""
        if self.behaviour == self.close or (self.passed and self.close == "OK"):
            return self.behaviour
        if self.passed and self.behaviour == "OK":
            return self.close
        return f"{self.behaviour}, closing {self.close}"


#: What a case gets that was to run and of which the report knows nothing.
MISSING = Verdict("MISSING", "MISSING")

Verdicts = dict[str, Verdict]


class Suite:
    """The suite, the library that it tries, the cases to run, and the folder for what it writes."""

    def __init__(self, python: Path, subject: Subject, folder: Path, cases: Sequence[str]) -> None:
        """Prepare; `python` is the one that the suite is installed for."""
        self.python = python
        self.subject = subject
        self.folder = folder / subject.name
        self.cases = list(cases)

    def try_server(self) -> Verdicts:
        """Let the fuzzing client at the server."""
        with _program(self.subject.server, "--port", "0") as server:
            assert server.stdout is not None
            port = int(server.stdout.readline().rpartition(" ")[2])
            agent = {"agent": self.subject.name, "url": f"ws://{HOST}:{port}"}
            with self._wstest("fuzzingclient", servers=[agent]) as suite:
                _wait(suite)
        return self._verdicts("fuzzingclient")

    def try_client(self) -> Verdicts:
        """Send the client to the fuzzing server."""
        port = _free_port()
        with self._wstest("fuzzingserver", url=f"ws://{HOST}:{port}"):
            _wait_for_listener(port)
            with _program(self.subject.client, "--port", str(port)) as client:
                _wait(client)
        return self._verdicts("fuzzingserver")

    def log(self, mode: str) -> Path:
        """Return where the suite says what it is doing."""
        return self.folder / f"{mode}.log"

    @contextmanager
    def _wstest(self, mode: str, **settings: Any) -> Iterator[subprocess.Popen[str]]:
        """Run the suite; what is to be tested, and where the reports go, it takes from a file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        settings |= {"outdir": str(self.folder / mode), "cases": self.cases}
        settings |= {"exclude-cases": [], "exclude-agent-cases": {}}
        specification = self.folder / f"{mode}.json"
        specification.write_text(json.dumps(settings), encoding="utf-8")
        self._report(mode).unlink(missing_ok=True)  # or an old one might be taken for that of this run
        command: list[str | Path] = [self.python, "-u", "-m", "autobahntestsuite.wstest"]
        command += ["--mode", mode, "--webport", "0", "--spec", specification]
        with (
            self.log(mode).open("w", encoding="utf-8") as log,
            _process(*command, stdout=log, stderr=log) as process,
        ):
            yield process

    def _report(self, mode: str) -> Path:
        return self.folder / mode / "index.json"

    def _verdicts(self, mode: str) -> Verdicts:
        """Return the verdict of each case that was to run, in the suite's order."""
        planned = re.search(r"^Cases = (.*)$", self.log(mode).read_text(encoding="utf-8"), re.MULTILINE)
        assert planned is not None, f"see {self.log(mode)}"
        report = json.loads(self._report(mode).read_bytes())[self.subject.name]
        return {
            case: Verdict(report[case]["behavior"], report[case]["behaviorClose"])
            if case in report
            else MISSING
            for case in ast.literal_eval(planned[1])
        }


@contextmanager
def _process(*command: str | Path, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Run a process for as long as the block lasts."""
    with subprocess.Popen(command, cwd=ROOT, encoding="utf-8", **options) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def _program(module: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run one of the programs under test."""
    command = [sys.executable, "-m", module, *arguments]
    with _process(*command, stdout=subprocess.PIPE, env=ENVIRONMENT) as process:
        yield process


def _wait(process: subprocess.Popen[str]) -> None:
    """Wait for the end of a process that ends of its own accord."""
    status = process.wait(RUN_LIMIT)
    if status:
        raise subprocess.CalledProcessError(status, process.args)


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as sock:
        port: int = sock.getsockname()[1]
        return port


def _wait_for_listener(port: int) -> None:
    deadline = time.monotonic() + START_LIMIT
    while not _listening(port):
        assert time.monotonic() < deadline, "the suite did not start"
        time.sleep(0.1)


def _listening(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex((HOST, port)) == 0
