"""What an operation takes is given back: objects, references, and memory of the native code's own."""

from __future__ import annotations

import ctypes
import os
import sys

import pytest

from tests.safety.isolated import run
from tests.safety.operations import OPERATIONS, PROGRAM, program

pytestmark = pytest.mark.skipif(
    "ASAN_OPTIONS" in os.environ, reason="AddressSanitizer keeps what is freed, and counts for itself"
)

#: Counts what is alive, before and after many operations. The C library is asked how much it has handed out,
#: where it tells (glibc); the resident size would follow only after megabytes.
COUNT = """
import ctypes, itertools

class Information(ctypes.Structure):
    names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
    _fields_ = [(name, ctypes.c_size_t) for name in names.split()]

try:
    mallinfo = ctypes.CDLL(None).mallinfo2
    mallinfo.restype = Information
except (AttributeError, OSError, TypeError):
    mallinfo = Information

#: What operations refer to and nobody makes anew.
shared = [
    None, True, False, (), b"", "", CLIENT, SERVER, *ConnectionState, *Opcode, CloseReason.NORMAL_CLOSURE,
    *(value for value in vars(wsproto.events).values() if isinstance(value, type)),
    WSConnection, Connection, H11Handshake, FrameProtocol, FrameDecoder, PerMessageDeflate, Derived, Hook,
    LocalProtocolError, RemoteProtocolError, ParseFailed,
]

def alive():
    gc.collect()
    information = mallinfo()
    references = [sys.getrefcount(one) for one in shared]
    memory = information.uordblks + information.hblkhd
    return sys.getallocatedblocks(), memory, len(gc.get_objects()), references

def repeat(count):
    for _ in itertools.repeat(None, count):
        try:
            once()
        except EXPECTED:
            pass

def grown():
    # What one round leaves behind.
    before = alive()
    repeat({count})
    after = alive()
    blocks, memory, objects = (late - early for early, late in zip(before[:3], after[:3]))
    references = max(abs(late - early) for early, late in zip(before[3], after[3]))
    return {
        "blocks": blocks > {count} // 20,
        "objects": objects > {count} // 20,
        # What the C library keeps for reuse grows for a while; an allocation takes 32 bytes at least.
        "memory": memory > 16 * {count},
        "references": references > {count} // 20,
    }

# A leak is in every round; what is kept once, or by chance, is not.
repeat(300)
alive()
leaks = grown()
for _ in range(3):
    if any(leaks.values()):
        leaks = {kind: leaks[kind] and more for kind, more in grown().items()}
print(*(kind for kind, is_leaking in leaks.items() if is_leaking))
"""

COUNT = COUNT.replace("{count}", "1500")

#: Operations that keep something, and what is said of it.
LEAKS = {
    "an object": ("kept.append(bytearray())", "blocks"),
    "a reference": ("kept.append(SERVER)", "references"),
    "native memory": ("libc.malloc(64)", "memory"),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_nothing_is_kept(name: str) -> None:
    assert run(program(name, COUNT)) == ""


@pytest.mark.parametrize("name", LEAKS)
def test_a_leak_is_seen(name: str) -> None:
    if name == "native memory" and (sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "mallinfo2")):
        pytest.skip("this C library does not tell how much it has handed out")
    operation, said = LEAKS[name]
    setup = "global libc; libc = ctypes.CDLL(None)"
    body = PROGRAM.format(setup=setup, operation=operation) + "kept = []\n" + COUNT
    assert said in run(body)
