"""
Hold this package against any release of upstream's, and print a report by function.

    python -m tools.upstream VERSION [PYTEST_ARGUMENTS ...]

1. The functions whose source differs from that of the release that this package follows, with their place
   here (from ARCHITECTURE.md).
2. The release's own suite, on this package; what fails on the release itself as well is left out.
3. The parameters of everything public in it, and here; what differs from the release followed is left out.
4. The differential tests with the release as the oracle.

The end of a report with nothing in it is that this package behaves as the release does.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.oracle import load, ours
from tests.upstream.fetch import Release, fetch, fetch_sdist

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ROOT = Path(__file__).parents[1]
RUNNER = ROOT / "tests" / "upstream" / "run_suite.py"
FOLLOWED = Release.SDIST.value[0]


def definitions(sdist: Path) -> dict[str, tuple[str, str]]:
    """Return what each function is called with and does, and what each class declares, by its name."""
    found: dict[str, tuple[str, str]] = {}
    for path in sorted((sdist / "src" / "wsproto").glob("*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        found.update(_definitions(module, path.stem))
    return found


def _definitions(node: ast.Module | ast.ClassDef, name: str) -> Iterator[tuple[str, tuple[str, str]]]:
    declared = []
    for each in node.body:
        if isinstance(each, ast.ClassDef):
            yield from _definitions(each, f"{name}.{each.name}")
        elif isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)):
            header = [ast.unparse(each.args), ast.unparse(each.returns) if each.returns else ""]
            yield f"{name}.{each.name}", (" -> ".join(header), "\n".join(_code(each)))
        elif isinstance(each, (ast.Assign, ast.AnnAssign)):
            declared.append(ast.unparse(each))
    yield name, ("\n".join(declared), "")


def _code(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """Return a function's statements, without its docstring and without annotations."""
    has_docstring = ast.get_docstring(function) is not None
    return [ast.unparse(_Bare().visit(each)) for each in function.body[1 if has_docstring else 0 :]]


class _Bare(ast.NodeTransformer):
    """Takes the annotations from assignments."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None:
            return ast.Pass()
        return ast.Assign(targets=[node.target], value=node.value, lineno=node.lineno)


def places() -> dict[str, str]:
    """Return the place of upstream's functions here, by their names: the table in ARCHITECTURE.md."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    table = re.search(r"^\| upstream \| here \|\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert table is not None
    found = {}
    for row in table[1].splitlines():
        theirs, here = (cell.strip() for cell in row.strip("|").split("|"))
        owner = ""
        for name in re.findall(r"`([\w.]+)`", theirs):
            # `Connection.send`, `receive_data`: what has no class of its own has that of the one before.
            if "." in name:
                owner = name.rpartition(".")[0]
            elif owner and name[0].islower() | name.startswith("_"):
                name = f"{owner}.{name}"  # noqa: PLW2901 (completed)
            found[name] = here.replace("`", "")
    return found


def changed(version: str) -> list[str]:
    """List the functions that are not the same in both releases."""
    followed, other = definitions(fetch(Release.SDIST)), definitions(fetch_sdist(version))
    known = places()
    lines = []
    for name in sorted(followed.keys() | other.keys()):
        if followed.get(name) == other.get(name):
            continue
        if name not in followed or name not in other:
            what = f"only in {FOLLOWED if name in followed else version}"
        else:
            parts = ("declaration", "code")
            pairs = zip(parts, followed[name], other[name], strict=True)
            what = " and ".join(part for part, one, two in pairs if one != two)
        _, _, short = name.partition(".")
        place = known.get(short) or known.get(short.partition(".")[0], "")
        lines.append(f"{name:60} {what:25} {place}".rstrip())
    return lines


def run_suite(sdist: Path, *folder: Path) -> dict[str, str]:
    """Run the release's own suite on what is installed, or on what lies in a folder."""
    with tempfile.TemporaryDirectory() as workplace:
        report = Path(workplace, "report.json")
        command: list[str | Path] = [sys.executable, "-I", RUNNER, sdist, report, *folder]
        done = subprocess.run(
            command, cwd=workplace, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        if not report.exists():
            sys.exit(done.stdout)
        outcomes: dict[str, str] = json.loads(report.read_text(encoding="utf-8"))["outcomes"]
    return outcomes


def suite(version: str) -> list[str]:
    """List the tests of the release that pass on itself and not on this package."""
    sdist = fetch_sdist(version)
    theirs, ours = run_suite(sdist, sdist / "src"), run_suite(sdist)
    failed = [
        f"{name}: {ours.get(name, 'not collected')}"
        for name, outcome in theirs.items()
        if outcome == "passed" and ours.get(name) != "passed"
    ]
    passed = sum(outcome == "passed" for outcome in ours.values())
    print(f"{passed} of {len(theirs)} pass here; {list(theirs.values()).count('passed')} on {version} itself")
    return failed


def interface(version: str) -> list[str]:
    """List what is public in the release, and is not here or takes other parameters."""
    accepted = _interface(fetch(Release.SDIST), "followed_wsproto")
    return [line for line in _interface(fetch_sdist(version), "other_wsproto") if line not in accepted]


def _interface(sdist: Path, name_here: str) -> list[str]:
    theirs = load(name_here, sdist / "src" / "wsproto")
    lines: list[str] = []
    for path in sorted((sdist / "src" / "wsproto").glob("[!_]*.py")):
        mine, other = (_submodule(package, path.stem) for package in (ours(), theirs))
        for name, member in _public(other):
            if not hasattr(mine, name):
                lines.append(f"{path.stem}.{name}: not here")
            elif isinstance(member, type):
                lines += _methods(f"{path.stem}.{name}", getattr(mine, name), member)
            else:
                lines += _parameters(f"{path.stem}.{name}", getattr(mine, name), member)
    return lines


def _submodule(package: ModuleType, name: str) -> Any:
    return importlib.import_module(f"{package.__name__}.{name}")


def _public(module: Any) -> list[tuple[str, Any]]:
    """Return the classes and functions that a module itself defines."""
    own = [(name, each) for name, each in vars(module).items() if not name.startswith("_")]
    return [(name, each) for name, each in own if getattr(each, "__module__", None) == module.__name__]


def _methods(name: str, mine: type, other: type) -> Iterator[str]:
    yield from _parameters(name, mine, other)
    for method, member in vars(other).items():
        if method.startswith("_"):
            continue
        if not hasattr(mine, method):
            yield f"{name}.{method}: not here"
        elif inspect.isfunction(member):
            yield from _parameters(f"{name}.{method}", getattr(mine, method), member)


def _parameters(name: str, mine: Any, other: Any) -> Iterator[str]:
    """Compare names, kinds and defaults; keywords of ours that upstream does not have are allowed."""
    try:
        here, there = (list(inspect.signature(each).parameters.values()) for each in (mine, other))
    except (TypeError, ValueError):
        return
    names = {each.name for each in there}
    here = [each for each in here if each.name in names or each.kind is not each.KEYWORD_ONLY]
    described = [
        # Of a native method, `self` is positional only.
        [(each.name, each.name == "self" or each.kind, repr(each.default)) for each in side]
        for side in (here, there)
    ]
    if described[0] != described[1]:
        shown = [", ".join(map(str, side)) for side in (here, there)]
        yield f"{name}: ({shown[0]}) here, ({shown[1]}) there"


def differential(version: str, arguments: list[str]) -> list[str]:
    """List the differential tests that find a difference."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=line", "-rfE"]
    done = subprocess.run(
        [*command, *(arguments or ["tests/differential"])],
        cwd=ROOT,
        # The summary is cut at the width of the screen.
        env={**os.environ, "WSPROTO_ORACLE": version, "COLUMNS": "240"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    lines = done.stdout.splitlines()
    print(lines[-1].strip("= "))
    return [line.partition(" ")[2][:200] for line in lines if line.startswith(("FAILED", "ERROR"))]


def show(title: str, lines: list[str]) -> None:
    """Print a part of the report."""
    print(f"\n## {title}: {len(lines) or 'none'}")
    for line in lines:
        print(f"    {line}", flush=True)


def main(version: str, *arguments: str) -> None:
    """Print the report."""
    print(f"# wsproto {version}, beside {FOLLOWED}, which this package follows")
    show("functions that differ between the two sources", changed(version))
    show(f"tests of {version} that fail here", suite(version))
    show("public names and parameters that differ here", interface(version))
    show(f"differential tests that fail with {version} as the oracle", differential(version, [*arguments]))


if __name__ == "__main__":
    main(*sys.argv[1:])
