"""
Runs the code of a page of Markdown, from its top to its foot, in one namespace.

Blocks marked `python` are executed. Blocks marked `pycon` are sessions, whose output is compared. A function
that a page defines and never calls would be a check that cannot fail, so that is an error as well.
"""

from __future__ import annotations

import doctest
import inspect
import re
import sys
import threading
from contextlib import contextmanager
from types import CodeType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import FrameType

BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A block of code, and the line of the page on which it begins."""

    language: str
    code: str
    line: int


def blocks(text: str) -> list[Block]:
    """Return the blocks of a page that are Python."""
    found = (
        Block(match["language"], match["code"], text.count("\n", 0, match.start("code")))
        for match in BLOCK.finditer(text)
    )
    return [block for block in found if block.language in {"python", "pycon"}]


def run(page: Path) -> int:
    """Run the blocks of a page, and return how many there are; raise if one does not do what it says."""
    names: dict[str, Any] = {"__name__": "__main__"}
    defined: set[CodeType] = set()
    found = blocks(page.read_text(encoding="utf-8"))
    with _noting_calls() as called:
        for block in found:
            if block.language == "python":
                # The lines of an error are those of the page.
                code = compile("\n" * block.line + block.code, str(page), "exec")
                defined.update(_functions(code))
                exec(code, names)  # noqa: S102 (our own pages)
            else:
                _compare(block, f"{page}:{block.line}", names)
    idle = sorted(code.co_name for code in defined - called)
    assert not idle, f"{page}: defined and never called: {', '.join(idle)}"
    return len(found)


@contextmanager
def _noting_calls() -> Iterator[set[CodeType]]:
    """Collect the code of whatever is called, in threads too."""
    called: set[CodeType] = set()

    def note(frame: FrameType, what: str, _argument: object) -> None:
        if what == "call":
            called.add(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(note)
    threading.setprofile(note)
    try:
        yield called
    finally:
        threading.setprofile(None)
        sys.setprofile(before)


def _compare(block: Block, where: str, names: dict[str, Any]) -> None:
    """Run a session, and raise if its output is another one."""
    test = doctest.DocTestParser().get_doctest(block.code, {}, where, where, block.line)
    assert test.examples, f"{where}: a session without a prompt"
    test.globs = names
    report: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(test, out=report.append, clear_globs=False)
    assert not runner.failures, "".join(report)


def _functions(code: CodeType) -> Iterator[CodeType]:
    """Return the functions in a piece of code, with the methods of its classes."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            # The body of a class has no locals of its own; the names of lambdas and comprehensions are <...>.
            # From CPython 3.14 on annotations are a function, for those who ask.
            named = not constant.co_name.startswith("<") and constant.co_name != "__annotate__"
            if constant.co_flags & inspect.CO_NEWLOCALS and named:
                yield constant
            yield from _functions(constant)
