"""
Count the instructions that one operation takes, function by function, under callgrind.

    python benches/instructions.py "receive 16 B text" [--contestant ours] [--top 25] [--symbols]

Instructions are the same from run to run and on a busy machine, which times are not. The workloads are those
of the benchmark, by name. Each is run twice, with more and with fewer operations: the difference is theirs
alone, and start-up drops out. Reading the functions of this package takes an extension with its symbols:
`--symbols` builds one into target/ and counts that, at the optimisation of a release.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

SYMBOLS = ROOT / "target" / "symbols"

#: A line of callgrind's output that names something: its kind, its number, and the first time its name.
NAME = re.compile(r"^(?P<kind>ob|fn)=\((?P<number>\d+)\)(?: (?P<name>.+))?$")

FEW, MANY = 200, 1200


def main() -> None:
    """Count, and print the functions with the most."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("workload", help="the name of a row")
    parser.add_argument("--contestant", default="ours", help="whose instructions are counted")
    parser.add_argument("--top", type=int, default=25, help="how many functions are shown")
    parser.add_argument("--symbols", action="store_true", help="build and count an extension with symbols")
    parser.add_argument("--drive", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.drive:
        _drive(arguments.workload, arguments.contestant, arguments.drive)
        return
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    if arguments.symbols:
        _build()
        environment["PYTHONPATH"] = str(SYMBOLS / "site")
    few, many = (_counted(arguments, times, environment) for times in (FEW, MANY))
    spent = Counter({where: (many[where] - few[where]) / (MANY - FEW) for where in many})
    total = spent.total()
    print(f"{arguments.workload}, {arguments.contestant}: {total:,.0f} instructions each\n")
    for where, count in spent.most_common(arguments.top):
        print(f"{count:10,.1f}  {count / total:6.1%}  {where}")


def _drive(name: str, contestant: str, times: int) -> None:
    """Do the workload so many times: what runs under callgrind."""
    from benches.contestants import registry  # noqa: PLC0415 (only here)
    from benches.workloads import deflate, handshake, receive, send  # noqa: PLC0415

    modules = (receive, send, handshake, deflate)
    (workload,) = (row for module in modules for row in module.workloads() if row.name == name)
    entrant = registry.contestant(contestant)
    task = workload.task(entrant)
    if task is None:
        sys.exit(f"{contestant} does not take part in '{name}'")
    task.once()  # as ever before anything is measured: some workloads begin with a prologue
    task.cost(times)


def _counted(arguments: argparse.Namespace, times: int, environment: dict[str, str]) -> Counter[str]:
    """Return the instructions of a whole run, by function."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "callgrind.out"
        driver = [sys.executable, __file__, arguments.workload, "--contestant", arguments.contestant]
        callgrind = ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={output}"]
        subprocess.run([*callgrind, *driver, "--drive", str(times)], check=True, env=environment)
        return _parsed(output)


def _parsed(output: Path) -> Counter[str]:
    """Add up the cost of each function itself, without those that it calls."""
    names: dict[tuple[str, str], str] = {}
    here = {"ob": "", "fn": ""}
    spent: Counter[str] = Counter()
    called = False
    with output.open(encoding="utf-8") as lines:
        for line in lines:
            if match := NAME.match(line):
                kind, number, name = match.groups()
                here[kind] = names.setdefault((kind, number), name or "")
            elif line.startswith("calls="):
                called = True
            elif line[0] in "+-*0123456789":
                if not called:
                    spent[_readable(here["fn"], here["ob"])] += int(line.split()[1])
                called = False
            elif match := re.match(r"^c(ob|fn)=\((\d+)\) (.+)$", line):
                names[match[1], match[2]] = match[3]
            elif line.startswith("totals:"):
                assert spent.total() == int(line.split()[1]), "not all of it was understood"
    return spent


def _readable(function: str, binary: str) -> str:
    """Drop the hash of a name of Rust's, and the folder of the file."""
    function = re.sub(r"::h[0-9a-f]{16}\b", "", function)
    return f"{function} [{Path(binary).name}]"


def _build() -> None:
    """Build the package with its symbols, beside the one that is installed."""
    maturin = [sys.executable, "-m", "maturin", "build", "--quiet", "--release", "--strip", "false"]
    maturin += [
        "--interpreter",
        sys.executable,
        "--target-dir",
        str(SYMBOLS),
        "--out",
        str(SYMBOLS / "wheels"),
    ]
    environment = {**os.environ, "CARGO_PROFILE_RELEASE_DEBUG": "1", "PYO3_PYTHON": sys.executable}
    subprocess.run(maturin, check=True, cwd=ROOT, env=environment)
    newest = max((SYMBOLS / "wheels").glob("*.whl"), key=lambda wheel: wheel.stat().st_mtime)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--upgrade"]
    subprocess.run([*pip, "--target", str(SYMBOLS / "site"), str(newest)], check=True)


if __name__ == "__main__":
    main()
