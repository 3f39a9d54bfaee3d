"""
Fuzz the protocol core, guided by coverage: every target of `fuzz/` in turn, under AddressSanitizer.

    python -m tools.fuzz_native [--seconds 60] [--seed N] [--minimise] [TARGET ...]

The time is divided among the targets. The stable compiler builds them with the flags of cargo-fuzz; the one
that is not stable, `-Zsanitizer`, is allowed by `RUSTC_BOOTSTRAP`. New inputs go to `build/fuzz/TARGET`,
where later runs continue, and findings to `build/fuzz/findings`. To replay one, give its path to the program
that is printed with it.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tools.toolchain import host

ROOT = Path(__file__).parents[1]
CRATE = ROOT / "fuzz"
WORK = ROOT / "build" / "fuzz"
FINDINGS = WORK / "findings"
FLAGS = (
    "-Zsanitizer=address",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cllvm-args=-simplifycfg-branch-fold-threshold=0",
    "--cfg=fuzzing",
)
# Loops that the processor's own instructions replace are fuzzed without those too.
WITH_INSTRUCTIONS = ("text", "mask")
# An input that takes longer than this, in seconds, is a finding.
TIMEOUT = 10
# The corpus of a target has at most so many found inputs, of at most so many bytes.
MOST_FOUND, LONGEST_FOUND = 30, 160


class Job(NamedTuple):
    """A target, and the instructions that it may use; none named means all."""

    target: str
    instructions: str | None

    def __str__(self) -> str:
        """Name it for the table."""
        return self.target if self.instructions is None else f"{self.target} ({self.instructions})"


def targets() -> list[str]:
    """List the targets."""
    return sorted(path.stem for path in (CRATE / "fuzz_targets").glob("*.rs"))


def build() -> Path:
    """Build all targets, and give the folder of the programs."""
    platform = host()
    folder = ROOT / "target" / "fuzz"
    environment = {
        **os.environ,
        "CARGO_TARGET_DIR": str(folder),
        "RUSTC_BOOTSTRAP": "1",
        "RUSTFLAGS": " ".join(FLAGS),
    }
    # Naming the platform keeps the flags from build scripts and macros.
    command = ["cargo", "build", "--quiet", "--release", "--features", "libfuzzer", "--bins"]
    subprocess.run([*command, "--target", platform], cwd=CRATE, env=environment, check=True)
    return folder / platform / "release"


def run(program: Path, job: Job, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """Run one target with these arguments."""
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
    if job.instructions is not None:
        environment["WSPROTO_TEST_INSTRUCTIONS"] = job.instructions
    return subprocess.run(
        [program, *arguments],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )


def fuzz(folder: Path, job: Job, seconds: float, seed: int) -> tuple[int, bool]:
    """Fuzz one target for so long: how many inputs were run, and whether one was a finding."""
    inputs = WORK / job.target
    inputs.mkdir(parents=True, exist_ok=True)
    FINDINGS.mkdir(parents=True, exist_ok=True)
    program = folder / job.target
    arguments = [
        f"-max_total_time={max(1, round(seconds))}",
        f"-seed={seed}",
        f"-timeout={TIMEOUT}",
        f"-artifact_prefix={FINDINGS}/{job.target}-",
        "-print_final_stats=1",
        str(inputs),
        str(CRATE / "corpus" / job.target),
    ]
    done = run(program, job, arguments)
    executed = re.findall(r"stat::number_of_executed_units: (\d+)", done.stderr)
    if done.returncode != 0:
        said = re.search(
            r"(thread .*panicked|==\d+==ERROR).*?(?=note: run with|\nstack backtrace|\n +#)",
            done.stderr,
            re.DOTALL,
        )
        print(said[0][:1000] if said else done.stderr[-4000:])
        written = re.findall(r"Test unit written to (.*)", done.stderr)
        print(f"finding in {job}: {program} {' '.join(written)}", flush=True)
    return int(executed[-1]) if executed else 0, done.returncode != 0


def minimise(folder: Path, target: str) -> None:
    """Add to the corpus the short inputs found so far that reach what the others do not."""
    corpus = CRATE / "corpus" / target
    with tempfile.TemporaryDirectory() as short, tempfile.TemporaryDirectory() as merged:
        for path in (WORK / target).iterdir():
            if path.stat().st_size <= LONGEST_FOUND:
                shutil.copy(path, short)
        for path in corpus.iterdir():
            shutil.copy(path, merged)
        known = {path.name for path in corpus.iterdir()}
        run(
            folder / target, Job(target, None), ["-merge=1", f"-artifact_prefix={short}/", merged, short]
        ).check_returncode()
        found = sorted((path for path in Path(merged).iterdir() if path.name not in known), key=size)
        room = MOST_FOUND - sum(re.fullmatch(r"[0-9a-f]{40}", name) is not None for name in known)
        # Of short and of long ones alike.
        step = max(1, -(-len(found) // max(1, room)))
        for path in found[::step] if room > 0 else []:
            shutil.copy(path, corpus)
        print(f"{target}: {len(found)} reach something new")


def size(path: Path) -> tuple[int, str]:
    """Order by length."""
    return path.stat().st_size, path.name


def main() -> int:
    """Fuzz, and print a line for each target."""
    parser = argparse.ArgumentParser(description="Fuzz the protocol core, guided by coverage.")
    parser.add_argument("--seconds", type=float, default=60, help="for all targets together")
    parser.add_argument("--seed", type=int, default=0, help="0 for a random one, which libFuzzer prints")
    parser.add_argument(
        "--minimise", action="store_true", help="add what was found to fuzz/corpus afterwards"
    )
    parser.add_argument("target", nargs="*", choices=[[], *targets()])
    options = parser.parse_args()
    chosen = options.target or targets()
    jobs = [Job(target, None) for target in chosen]
    jobs += [Job(target, "portable") for target in chosen if target in WITH_INSTRUCTIONS]
    folder = build()
    found = False
    for job in jobs:
        executed, is_finding = fuzz(folder, job, options.seconds / len(jobs), options.seed)
        print(f"{job!s:20}{executed:12,} inputs  {'A FINDING' if is_finding else 'no finding'}", flush=True)
        found |= is_finding
    if options.minimise:
        for target in chosen:
            minimise(folder, target)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
