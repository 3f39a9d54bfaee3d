"""
Compare with upstream on fresh random input, for as long as wanted: `make fuzz ARGS="--minutes 10"`.

    python tests/differential/fuzz.py [--minutes N] [--seed S] [--only EXPRESSION]

Each round runs all differential tests on a new seed. The first divergence that is not declared ends it, with
the seed that brings it back; otherwise the number of operations compared, and their rate, are printed.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: The most that the process may take, in bytes.
MEMORY = 4 << 30
sys.path.insert(0, str(ROOT))


def main() -> int:
    """Run rounds until the time is over, or one fails."""
    parser = argparse.ArgumentParser(description="Hold this package to upstream on random input.")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, help="one round on this seed, as a failure has printed it")
    parser.add_argument("--only", default="", help="a pytest -k expression")
    arguments = parser.parse_args()

    from tests.differential.harness import COMPARED

    # What grows without end is to fail in time for its seed to be of use.
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    start = time.monotonic()
    end = start + arguments.minutes * 60
    rounds = 0
    while True:
        seed = arguments.seed if arguments.seed is not None else secrets.randbits(32)
        print(f"round {rounds + 1}: seed {seed}", flush=True)
        before, begun = COMPARED["operations"], time.monotonic()
        failed = run(seed, arguments.only)
        rounds += 1
        took = time.monotonic() - begun
        compared = COMPARED["operations"] - before
        rate = f"{compared:,} operations, {compared / took:,.0f} a second"
        print(f"round {rounds}: seed {seed}, {rate}", flush=True)
        if failed:
            only = f" --only {arguments.only!r}" if arguments.only else ""
            print(f"failed; to see it again: python tests/differential/fuzz.py --seed {seed}{only}")
            return 1
        if arguments.seed is not None or time.monotonic() >= end:
            break
    total, elapsed = COMPARED["operations"], time.monotonic() - start
    rate = f"{total:,} operations, {total / elapsed:,.0f} a second"
    print(f"no undeclared divergence in {rounds} rounds: {rate}")
    for name, count in COMPARED.most_common():
        if name != "operations":
            print(f"  declared: {name}: {count:,} times")
    return 0


def run(seed: int, only: str) -> int:
    """Run the differential tests once on a seed."""
    options = ["-q", "--no-header", "-rN", "-p", "no:cacheprovider", "-x", f"--rootdir={ROOT}"]
    options += ["--hypothesis-profile=fuzz", f"--hypothesis-seed={seed}", "--tb=short", "--show-capture=no"]
    # pytest is started anew for each round, in a process that has imported everything already.
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    options += ["-k", only] if only else []
    # Each test draws from the seed; tests that draw nothing have run in `make test`.
    return int(pytest.main([*options, "-m", "hypothesis", str(Path(__file__).parent)]))


if __name__ == "__main__":
    sys.exit(main())
