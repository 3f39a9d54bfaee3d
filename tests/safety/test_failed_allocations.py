"""
A failed allocation is a MemoryError: nothing crashes, nothing panics, and the next call works.

The interpreter's own allocator is made to fail (`_testcapi.set_nomemory`) once at each position of each
operation, and from each position on; and once at each position of the first use in a process, when names and
classes are looked up.
"""

from __future__ import annotations

import os

import pytest

from tests.safety.allocating import OPERATIONS
from tests.safety.isolated import run

pytest.importorskip("_testcapi", reason="this interpreter has no _testcapi, which makes allocations fail")

PROGRAM = """
import _testcapi, base64, collections, copyreg, hashlib, pickle, zlib
from wsproto.extensions import Extension
from wsproto.handshake import client_extensions_handshake, server_extensions_handshake

def frame(opcode, payload):
    return bytes([0x80 | opcode]) + (
        bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\\xfe" + len(payload).to_bytes(2, "big")
    ) + bytes(4) + payload

def answer(request):
    key = request.split(b"Sec-WebSocket-Key: ")[1].split(b"\\r\\n")[0]
    return (b"HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
            b"Sec-WebSocket-Accept: " + generate_accept_token(key) + b"\\r\\n\\r\\n")

def enabled():
    deflate = PerMessageDeflate()
    deflate._enabled = True
    return deflate

class Hook(Extension):
    name = "hook"
    def enabled(self):
        return True
    def offer(self):
        return True

class Derived(PerMessageDeflate):
    def __init__(self):
        super().__init__()
        self._enabled = True
    def frame_inbound_payload_data(self, proto, data):
        return super().frame_inbound_payload_data(proto, data)

class Sub(TextMessage):
    more = 1

#: What operations raise that are to fail.
EXPECTED = LocalProtocolError, RemoteProtocolError, ParseFailed, TypeError, KeyError

def once(limits):
    server, client, deflating = Connection(SERVER), Connection(CLIENT), Connection(CLIENT, [enabled()])
    {setup}
    if limits is not None:
        _testcapi.set_nomemory(*limits)
    try:
        {operation}
    finally:
        _testcapi.remove_mem_hooks()

"""

EVERY_USE = (
    PROGRAM
    + """
for _ in range(2):
    try:
        once(None)
    except EXPECTED:
        pass
failures = {{}}
for last in (False, True):
    succeeded, position = 0, 0
    # An operation may go on after an allocation that is optional to the interpreter.
    while succeeded < 4 and position < 600:
        limits = (position, 0) if last else (position, position + 1)
        try:
            once(limits)
            succeeded += 1
        except EXPECTED:
            succeeded += 1
        except MemoryError:
            succeeded = 0
        except BaseException as error:
            succeeded = 0
            failures.setdefault(f"{{type(error).__name__}}: {{error}}", (last, position))
        position += 1
    assert succeeded, "it never succeeds"
for failure in failures.items():
    print(*failure)
"""
)

#: Each attempt is the first of its process. An import in it may turn the failure into another exception.
FIRST_USE = (
    PROGRAM
    + """
succeeded, position = 0, 0
while succeeded < 4 and position < 900:
    child = os.fork()
    if not child:
        try:
            once((position, position + 1))
            os._exit(0)
        except EXPECTED:
            os._exit(0)
        except Exception:
            os._exit(1)
        except BaseException as error:
            os.write(1, f"{{type(error).__name__}}: {{error}} {{position}}\\n".encode())
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        print("signal", os.WTERMSIG(status), "at", position)
    succeeded = 0 if status else succeeded + 1
    position += 1
"""
)


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_failed_allocation_is_a_memory_error(name: str) -> None:
    setup, operation = OPERATIONS[name]
    assert run(EVERY_USE.format(setup=setup or "pass", operation=operation)) == ""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="each attempt needs a process that has done nothing yet")
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_failed_allocation_at_the_first_use_is_no_panic(name: str) -> None:
    setup, operation = OPERATIONS[name]
    assert run(FIRST_USE.format(setup=setup or "pass", operation=operation)) == ""
