"""
Write `LICENSES-THIRD-PARTY.txt`: the licences of the crates that are linked into the extension.

    python -m tools.licences            write the file
    python -m tools.licences --check    only tell whether it is up to date

Every wheel carries the file, as the licences ask for. The crates are those that cargo links on any platform
that wheels are made for; what only runs while building (build scripts, macros) is not part of a wheel.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
FILE = ROOT / "LICENSES-THIRD-PARTY.txt"
PLATFORMS = (
    "aarch64-apple-darwin",
    "aarch64-pc-windows-msvc",
    "aarch64-unknown-linux-gnu",
    "x86_64-apple-darwin",
    "x86_64-pc-windows-msvc",
    "x86_64-unknown-linux-gnu",
    "x86_64-unknown-linux-musl",
)
#: Of a choice of licences, the one that is taken; a crate that offers neither needs a decision first.
ACCEPTED = {"MIT": r"LICENSE-MIT|LICENSE", "Zlib": r"LICENSE"}
HEADING = """\
The compiled module of this package, wsproto/_wsproto, contains the Rust crates below and the Rust standard
library (MIT OR Apache-2.0, copyright The Rust Project Contributors; taken under MIT, whose text is below).

"""


class Crate(NamedTuple):
    """A crate that is linked, and the licence that it is used under."""

    name: str
    version: str
    offered: str
    accepted: str
    text: str


def metadata() -> dict[str, Any]:
    """Return what cargo knows of the package and everything that it depends on."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--features", "python"]
    for platform in PLATFORMS:
        command += ["--filter-platform", platform]
    known: dict[str, Any] = json.loads(subprocess.check_output(command, cwd=ROOT))
    return known


def linked(known: dict[str, Any]) -> list[Crate]:
    """Return the crates that are linked, by name."""
    packages = {package["id"]: package for package in known["packages"]}
    nodes = {node["id"]: node for node in known["resolve"]["nodes"]}
    root = known["resolve"]["root"]
    found: dict[str, dict[str, Any]] = {}
    waiting = [root]
    while waiting:
        for dependency in nodes[waiting.pop()]["deps"]:
            package = packages[dependency["pkg"]]
            normal = any(kind["kind"] is None for kind in dependency["dep_kinds"])
            macro = any("proc-macro" in target["kind"] for target in package["targets"])
            if normal and not macro and package["id"] not in found:
                found[package["id"]] = package
                waiting.append(package["id"])
    return [crate(package) for package in sorted(found.values(), key=lambda each: str(each["name"]))]


def crate(package: dict[str, Any]) -> Crate:
    """Return a crate with the text of its licence; exit if it cannot be used under an accepted one."""
    name, offered = package["name"], package["license"] or ""
    for accepted in ACCEPTED:
        if re.search(rf"(^|OR |/){accepted}($| OR|/)", offered):
            break
    else:
        sys.exit(f"{name}: the licence is {offered!r}, none of {', '.join(ACCEPTED)}")
    folder = Path(package["manifest_path"]).parent
    files = [path for path in sorted(folder.iterdir()) if re.fullmatch(ACCEPTED[accepted], path.name)]
    if not files:
        sys.exit(f"{name}: no text of the licence {accepted} in {folder}")
    # `LICENSE-MIT` before `LICENSE`, which in some crates only names the others.
    text = max(files, key=lambda path: len(path.name)).read_text(encoding="utf-8")
    text = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return Crate(name, package["version"], offered, accepted, text)


def render(crates: list[Crate]) -> str:
    """Return the content of the file: a list of the crates, then each text once."""
    lines = [HEADING]
    lines += [f"{each.name} {each.version}: {each.offered}; taken under {each.accepted}\n" for each in crates]
    texts: dict[str, list[str]] = {}
    for each in crates:
        texts.setdefault(each.text, []).append(each.name)
    for text, names in texts.items():
        lines.append(f"\n{'-' * 80}\n{', '.join(names)}\n{'-' * 80}\n\n{text}\n")
    return "".join(lines)


def main() -> None:
    """Write the file, or compare it."""
    parser = argparse.ArgumentParser(description="Write the licences of the crates that are linked.")
    parser.add_argument("--check", action="store_true", help="only tell whether the file is up to date")
    options = parser.parse_args()
    content = render(linked(metadata()))
    if not options.check:
        FILE.write_text(content, encoding="utf-8")
    elif not FILE.exists() or FILE.read_text(encoding="utf-8") != content:
        sys.exit(f"{FILE.name} is out of date: python -m tools.licences")


if __name__ == "__main__":
    main()
