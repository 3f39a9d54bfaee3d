"""The package works in the main interpreter only, and says so in any other (PEP 684, PEP 734)."""

from __future__ import annotations

import sys

import pytest

from tests.safety.isolated import run

pytest.importorskip("_testcapi", reason="this interpreter has no _testcapi, which makes sub-interpreters")

TOLD = "wsproto works in the main interpreter only, because its classes are shared by the whole process"

#: What another interpreter does.
IMPORT = """
import sys
sys.path[:0] = {path!r}
try:
    import wsproto
except ImportError as error:
    print(error, flush=True)
else:
    print("imported", flush=True)
"""

USE = """
ws = WSConnection(CLIENT)
assert ws.client
ws.send(Request(host="example.com", target="/"))
try:
    ws.receive_data(b"x\\r\\n\\r\\n")
except RemoteProtocolError:
    print("works", flush=True)
"""

#: Ways to have another interpreter run code.
WAYS = {"shared": "_testcapi.run_in_subinterp(code)"}
if sys.version_info >= (3, 13):
    WAYS["isolated"] = "import _interpreters; _interpreters.exec(_interpreters.create('isolated'), code)"
elif sys.version_info >= (3, 12):
    WAYS["isolated"] = (
        "_testcapi.run_in_subinterp_with_config(code, use_main_obmalloc=False, allow_fork=False, "
        "allow_exec=False, allow_threads=True, allow_daemon_threads=False, gil=2, "
        "check_multi_interp_extensions=True)"
    )


@pytest.mark.parametrize("way", WAYS)
def test_another_interpreter_is_refused_after_the_main_one(way: str) -> None:
    code = f"import _testcapi\ncode = {IMPORT!r}.format(path=sys.path)\n{USE}\n{WAYS[way]}\n{USE}"
    first, told, last = run(code).splitlines()
    assert (first, last) == ("works", "works")
    assert told.startswith(TOLD)


@pytest.mark.parametrize("way", WAYS)
def test_another_interpreter_is_refused_before_the_main_one(way: str) -> None:
    code = (
        f"import _testcapi\ncode = {IMPORT!r}.format(path=sys.path)\n{WAYS[way]}\n{WAYS[way]}\n"
        "import wsproto\nfrom wsproto import *\nfrom wsproto.events import *\n"
        "from wsproto.utilities import *\n"
        f"CLIENT = ConnectionType.CLIENT\n{USE}"
    )
    told, again, last = run(code, imports=False).splitlines()
    assert told.startswith(TOLD)
    assert again == told
    assert last == "works"
