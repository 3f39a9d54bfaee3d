"""
A failed allocation is a MemoryError: nothing crashes, nothing panics, and the next call works.

The interpreter's own allocator is made to fail (`_testcapi.set_nomemory`) once at each position of each
operation, and from each position on; and once at each position of the first use in a process, when names and
classes are looked up.
"""

from __future__ import annotations

import os

import pytest

from tests.safety.isolated import run
from tests.safety.operations import OPERATIONS, program

pytest.importorskip("_testcapi", reason="this interpreter has no _testcapi, which makes allocations fail")

EVERY_USE = """
import functools
from _testcapi import remove_mem_hooks as recover, set_nomemory as fail
for _ in range(2):
    try:
        once()
    except EXPECTED:
        pass
failures = {}
for last in (False, True):
    succeeded, position = 0, 0
    # An operation may go on after an allocation that is optional to the interpreter.
    while succeeded < 4 and position < 600:
        limits = (position, 0) if last else (position, position + 1)
        try:
            once(functools.partial(fail, *limits), recover)
            succeeded += 1
        except EXPECTED:
            succeeded += 1
        except MemoryError:
            succeeded = 0
        except BaseException as error:
            succeeded = 0
            failures.setdefault(f"{type(error).__name__}: {error}", (last, position))
        position += 1
    assert succeeded, "it never succeeds"
for failure in failures.items():
    print(*failure)
"""

#: Each attempt is the first of its process. An import in it may turn the failure into another exception.
FIRST_USE = """
import functools
from _testcapi import remove_mem_hooks as recover, set_nomemory as fail
succeeded, position = 0, 0
while succeeded < 4 and position < 900:
    child = os.fork()
    if not child:
        try:
            once(functools.partial(fail, position, position + 1), recover)
            os._exit(0)
        except EXPECTED:
            os._exit(0)
        except Exception:
            os._exit(1)
        except BaseException as error:
            os.write(1, f"{type(error).__name__}: {error} {position}\\n".encode())
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        print("signal", os.WTERMSIG(status), "at", position)
    succeeded = 0 if status else succeeded + 1
    position += 1
"""


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_failed_allocation_is_a_memory_error(name: str) -> None:
    assert run(program(name, EVERY_USE)) == ""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="each attempt needs a process that has done nothing yet")
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_failed_allocation_at_the_first_use_is_no_panic(name: str) -> None:
    assert run(program(name, FIRST_USE)) == ""
