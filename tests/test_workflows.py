"""The workflows set machines up and call `make`; `make lint` checks them with zizmor and actionlint."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TEXT = "\n".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)
COMMANDS = re.findall(r"^ +(?:- )?run: (.+)$", TEXT, re.MULTILINE)
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
#: What sets a machine up, and the step that has no place outside a workflow.
OTHERS = ("rustup toolchain install stable ", ".ci/run", "apk add make", "gh release create ")


def test_there_are_commands() -> None:
    assert len(WORKFLOWS) == 2
    assert len(COMMANDS) == len(re.findall(r"\brun:(?! *\n)", TEXT)) > 10


@pytest.mark.parametrize("command", sorted(set(COMMANDS)))
def test_a_command_is_a_target_of_make_or_sets_up_the_machine(command: str) -> None:
    program, *arguments = command.split()
    if program != "make":
        assert command.startswith(OTHERS)
        return
    # What follows `ARGS=` belongs to it; the targets of the nightly matrix come by a variable.
    words = [word for word in arguments if "=" not in word and not word.startswith(('"', "--", "$"))]
    assert set(words) <= TARGETS


def test_the_targets_of_the_matrix_exist() -> None:
    (matrix,) = re.findall(r"target: \[(.+)\]", TEXT)
    assert {each.split()[0] for each in matrix.split(", ")} <= TARGETS


def test_actions_are_pinned_to_commits() -> None:
    uses = re.findall(r"uses: (\S+)( # v[\d.]+)?$", TEXT, re.MULTILINE)
    assert uses
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action) and version for action, version in uses)


def test_an_action_has_one_version() -> None:
    pins = {tuple(pin.split("@")) for pin in re.findall(r"uses: (\S+)", TEXT)}
    assert len(pins) == len({name for name, _ in pins})
