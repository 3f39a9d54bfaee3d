"""Deep nesting: objects that hold others of their kind are freed, and recursion ends in a RecursionError."""

from __future__ import annotations

import pytest

from tests.safety.isolated import run, run_on_both

#: Chains that are freed link by link where nothing puts the depth off.
CHAINS = {
    "events": "chain = Ping(chain)",
    "events in lists": "chain = [Ping(chain)]",
    "events in the lists of events": "chain = Request('host', '/', extensions=[chain])",
    "events of two classes": "chain = TextMessage(Ping(chain))",
    "subclasses": "chain = Note(chain)",
    "subclasses and plain events": "chain = Ping(Note(chain))",
    "attributes of subclasses": "note = Note(b''); note.__dict__['more'] = chain; chain = note",
    "connections": "outer = WSConnection(SERVER); outer.connection = chain; chain = outer",
    "handshakes": "outer = WSConnection(SERVER); outer.handshake = chain; chain = outer",
    "handshakes' connections": "outer = H11Handshake(SERVER); outer._connection = chain; chain = outer",
    "queues of events": "outer = Connection(SERVER); outer._events.append(chain); chain = outer",
    "iterators": "outer = Connection(SERVER); outer.more = chain; chain = outer.events()",
    "iterators of handshakes": "outer = WSConnection(SERVER); outer.more = chain; chain = outer.events()",
    "extensions": "outer = PerMessageDeflate(); outer._compressor = chain; chain = outer",
    "decoders": "outer = MessageDecoder(); outer.decoder = chain; chain = outer",
    "frames": "chain = Frame(Opcode.TEXT, chain, True, True)",
    "errors": "chain = RemoteProtocolError('x', event_hint=Ping(chain))",
}

BUILD = """
class Note(Ping):
    pass

def build(depth):
    chain = None
    for _ in range(depth):
        {link}
    return chain
"""

#: What calls itself through the fields of events.
OPERATIONS = {
    "hash": "hash(chain)",
    "repr": "repr(chain)",
    "eq": "chain == other",
    "copy": "copy.deepcopy(chain)",
    "pickle": "pickle.dumps(chain)",
}

CYCLES = {
    "a connection that is itself": "ws.connection = ws",
    "a handshake that is the connection itself": "ws.handshake = ws",
    "two connections of each other": "ws.connection, other.connection = other, ws",
    "two handshakes of each other": "ws.handshake, other.handshake = other, ws",
}

USES = {
    "state": "ws.state",
    "send": "ws.send(Ping())",
    "receive": "ws.receive_data(b'x')",
    "events": "list(ws.events())",
    "initiate": "ws.initiate_upgrade_connection([], '/')",
}


@pytest.mark.parametrize("name", CHAINS)
def test_long_chains_are_freed(name: str) -> None:
    code = BUILD.format(link=CHAINS[name]) + "chain = build(50_000)\ndel chain\ngc.collect()\nprint('freed')"
    assert run(code) == "freed"


@pytest.mark.parametrize("name", ["events", "events in lists", "events of two classes"])
def test_long_chains_are_freed_on_a_small_stack(name: str) -> None:
    code = f"""{BUILD.format(link=CHAINS[name])}
chain = [build(20_000)]
threading.stack_size(256 << 10)
thread = threading.Thread(target=chain.clear)
thread.start()
thread.join()
print("freed")
"""
    assert run(code) == "freed"


def test_a_finalizer_deep_in_a_chain_may_free_others() -> None:
    code = f"""{BUILD.format(link=CHAINS["events"])}
freed = []

class Finalizer:
    def __del__(self):
        freed.append(1)
        build(200)

chain = None
for _ in range(300):
    chain = Ping((chain, Finalizer()))
del chain
print(len(freed))
"""
    assert run(code) == "300"


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_on_long_chains_raise(name: str) -> None:
    code = f"""{BUILD.format(link=CHAINS["events"])}
import copy, pickle
chain, other = build(20_000), build(20_000)
try:
    {OPERATIONS[name]}
except RecursionError:
    print("RecursionError")
"""
    assert run(code) == "RecursionError"


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_on_short_chains_do_not(name: str) -> None:
    code = f"""{BUILD.format(link=CHAINS["events"])}
import copy, pickle
chain, other = build(50), build(50)
{OPERATIONS[name]}
print("done")
"""
    assert run(code) == "done"


@pytest.mark.parametrize("cycle", CYCLES)
@pytest.mark.parametrize("use", USES)
def test_what_holds_itself_raises_what_upstream_raises(cycle: str, use: str) -> None:
    code = f"""
ws, other = WSConnection(SERVER), WSConnection(SERVER)
{CYCLES[cycle]}
for _ in range(2):
    try:
        {USES[use]}
    except Exception as error:
        print(type(error).__name__)
"""
    ours, theirs = run_on_both(code)
    assert ours == theirs
    assert ours
