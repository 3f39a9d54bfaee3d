"""
No Python code runs under a lock, and no thread waits for a lock that is never released.

Builds with assertions abort the process when the interpreter allocates, frees or evaluates anything under a
lock; the suite runs on such a build (`make checked-test`).
"""

from __future__ import annotations

import os
import signal

import pytest

from tests.safety.isolated import run

#: Runs `use` in another thread, and returns once it is in the middle of it.
IN_ANOTHER_THREAD = """
started = threading.Event()

def start():
    started.set()
    use()

def use_in_another_thread():
    thread = threading.Thread(target=start)
    thread.start()
    started.wait()
    time.sleep(0.02)
    return thread
"""

#: A connection that compresses, whose use in another thread takes about a second.
DEFLATING = f"""{IN_ANOTHER_THREAD}
deflate = PerMessageDeflate()
deflate._enabled = True
conn = Connection(SERVER, [deflate])
noise = os.urandom(1 << 20) * 48

def use():
    conn.send(BytesMessage(noise))
"""

#: A connection that inflates, whose use in another thread takes about a second.
INFLATING = f"""{IN_ANOTHER_THREAD}
import zlib
deflate = PerMessageDeflate(max_piece_size=1 << 40)
deflate._enabled = True
conn = Connection(SERVER, [deflate])
compressor = zlib.compressobj(1, wbits=-15)
block = compressor.compress(bytes(1 << 29)) + compressor.flush(zlib.Z_SYNC_FLUSH)
bomb = block[:-4]
frame = b"\\xc2\\xff" + len(bomb).to_bytes(8, "big") + bytes(4) + bomb
conn.receive_data(frame)

def use():
    for event in conn.events():
        pass
"""

RECEIVED = "decoder.receive_bytes(bytes([0x82, 0x85, 0, 0, 0, 0]) + b'hello')\n"

REENTER = """
import warnings
warnings.simplefilter("ignore")
decoder = FrameDecoder(client=False)
seen = []

def touch(*arguments):
    if not seen:
        seen.append("touched")
        decoder.receive_bytes(b"")
        decoder.process_buffer()
        decoder.buffer
"""


@pytest.mark.parametrize(("how", "what"), [("allocate", "allocates"), ("call", "runs Python code")])
def test_the_check_fires_in_builds_with_assertions(how: str, what: str) -> None:
    """With this variable such a build breaks the rule at its import; `make checked-test` has such a build."""
    code = f"""
    import subprocess
    os.environ["WSPROTO_TEST_LOCKS"] = {how!r}
    code = f"import sys; sys.path[:0] = {{sys.path!r}}; import wsproto"
    print(subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8").stderr)
    """
    printed = run(code).replace("\\", "/")
    told = f"the interpreter {what} under the lock taken at src/python/ffi/lock.rs" in printed
    released = "WSPROTO_TEST_CHECKED" not in os.environ and not printed
    assert told or released, printed


def test_a_trace_function_may_use_the_decoder_that_makes_a_frame() -> None:
    code = f"""{REENTER}
{RECEIVED}sys.settrace(touch)
frame = decoder.process_buffer()
sys.settrace(None)
print(seen, frame.payload)
"""
    assert run(code) == "['touched'] b'hello'"


def test_a_signal_handler_may_use_the_decoder_that_makes_a_frame() -> None:
    code = f"""{REENTER}
import wsproto.frame_protocol
handled = []

def handle(*arguments):
    handled.append(True)
    decoder.receive_bytes(b"")
    decoder.process_buffer()

signal.signal(signal.SIGINT, handle)
sys.setprofile(lambda *arguments: handled or signal.raise_signal(signal.SIGINT))
{RECEIVED}frame = decoder.process_buffer()
sys.setprofile(None)
print(handled, frame.payload)
"""
    assert run(code) == "[True] b'hello'"


def test_a_finalizer_may_use_the_connection_that_frees_it() -> None:
    code = """
    class Finalizer(bytearray):
        def __del__(self):
            conn.receive_data(bytes([0x89, 0x80, 0, 0, 0, 0]))
            events.extend(type(event).__name__ for event in conn.events())

    events = []
    conn = Connection(SERVER)
    conn.receive_data(Finalizer(bytes([0x82, 0x85, 0, 0, 0, 0]) + b"hello"))
    events.extend(type(event).__name__ for event in conn.events())
    print(sorted(events))
    """
    assert run(code) == "['BytesMessage', 'Ping']"


def test_collections_at_every_allocation_find_no_lock() -> None:
    code = """
    gc.set_threshold(1)
    gc.callbacks.append(lambda *arguments: list(conn.events()))
    conn = Connection(SERVER)
    for _ in range(50):
        conn.receive_data(bytes([0x81, 0x85, 0, 0, 0, 0]) + b"hello")
        conn.send(TextMessage("hello"))
    print(conn.state.name)
    """
    assert run(code) == "OPEN"


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no setitimer() on this platform")
def test_waiting_for_a_sender_can_be_interrupted() -> None:
    """An exception of a signal handler propagates from the call that waits."""
    code = f"""{DEFLATING}
class Interrupted(Exception):
    pass

def interrupt(*arguments):
    raise Interrupted

signal.signal(signal.SIGALRM, interrupt)
thread = use_in_another_thread()
signal.setitimer(signal.ITIMER_REAL, 0.05)
try:
    while thread.is_alive():
        conn.send(TextMessage("hello"))
except Interrupted:
    print("interrupted while", "sending" if thread.is_alive() else "idle")
thread.join()
conn.send(TextMessage("hello"))
"""
    assert run(code) == "interrupted while sending"


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no setitimer() on this platform")
def test_a_signal_handler_that_raises_leaves_a_decoder_usable() -> None:
    """A step whose hook configured the decoder anew ends while another thread uses it, interrupted twice."""
    code = f"""{INFLATING}
import contextlib
from wsproto.extensions import Extension
from wsproto.frame_protocol import FrameDecoder, RsvBits

class Interrupted(Exception):
    pass

interruptions = []

def interrupt(*arguments):
    interruptions.append(arguments)
    if len(interruptions) == 2:
        signal.setitimer(signal.ITIMER_REAL, 0)
    raise Interrupted

class Hook(Extension):
    name = "hook"

    def enabled(self):
        return True

    def offer(self):
        return True

    def frame_inbound_header(self, proto, opcode, rsv, payload_length):
        global thread
        decoder.__init__(client=False, extensions=[deflate])
        decoder.receive_bytes(frame)
        thread = use_in_another_thread()
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        return RsvBits(False, False, False)

def use():
    decoder.process_buffer()

signal.signal(signal.SIGALRM, interrupt)
decoder = FrameDecoder(client=False, extensions=[Hook()])
{RECEIVED}
# The second interruption may come while the exception of the first one propagates.
with contextlib.suppress(Interrupted), contextlib.suppress(Interrupted):
    decoder.process_buffer()
while thread.is_alive() or len(interruptions) < 2:
    with contextlib.suppress(Interrupted):
        time.sleep(0.01)
try:
    outcome = decoder.process_buffer()
except Exception as error:  # What is left of the two streams is no stream.
    outcome = error
print("already executing" in str(outcome))
"""
    assert run(code) == "False"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork() on this platform")
@pytest.mark.parametrize(
    ("setup", "in_child"),
    [
        (DEFLATING, "conn.send(TextMessage('hello'))"),
        (INFLATING, "conn.receive_data(b'x')"),
        (INFLATING, "list(conn.events())"),
    ],
    ids=["deflating", "inflating, then feeding", "inflating, then receiving"],
)
def test_a_forked_child_is_told_that_the_user_is_lost(setup: str, in_child: str) -> None:
    """The thread that used the connection does not exist in the child, which must not wait for it."""
    code = f"""{setup}
thread = use_in_another_thread()
child = os.fork()
if not child:
    try:
        {in_child}
    except RuntimeError as error:
        print(error, flush=True)
    conn.send(Ping())
    conn.send(CloseConnection(1000))
    del conn, deflate
    gc.collect()
    os._exit(0)
assert thread.is_alive()
_, status = os.waitpid(child, 0)
thread.join()
assert status == 0, status
"""
    told = "another thread was using the connection when this process was forked, so it cannot be used here"
    assert run(code, "-W", "ignore::DeprecationWarning") == told


def test_threads_that_share_connections_lose_nothing() -> None:
    """Four threads feed, decode and send on two connections that deflate, large messages among them."""
    code = """
    import random

    def pair():
        ends = []
        for kind in (CLIENT, SERVER):
            deflate = PerMessageDeflate()
            deflate._enabled = True
            ends.append(Connection(kind, [deflate]))
        return ends

    client, server = pair()
    order = threading.Lock()
    sent, received, failures = [], [], []
    done = threading.Event()

    def send(seed):
        chance = random.Random(seed)
        try:
            for _ in range(150):
                message = chance.randbytes(chance.choice((0, 10, 1000, 40_000, 200_000)))
                with order:
                    server.receive_data(client.send(BytesMessage(message)))
                    sent.append(len(message))
                client.send(Ping(b"x"))
                client.state, server.state
        except BaseException as error:
            failures.append(error)

    def receive():
        try:
            while not done.is_set() or (server._proto._frame_decoder.buffer.buffer):
                for event in server.events():
                    received.append(len(event.data))
        except ValueError:
            raise
        except BaseException as error:
            failures.append(error)

    senders = [threading.Thread(target=send, args=(seed,)) for seed in range(3)]
    receiver = threading.Thread(target=receive)
    for thread in (*senders, receiver):
        thread.start()
    for thread in senders:
        thread.join()
    done.set()
    receiver.join()
    assert not failures, failures
    print(sum(sent) == sum(received), len(sent))
    """
    assert run(code) == "True 450"
