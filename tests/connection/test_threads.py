"""One thread receives and others send, on the same connection."""

from __future__ import annotations

import os
import threading

import pytest

from tests.connection.wire import TEXT, frame
from wsproto.connection import CLIENT, SERVER, Connection
from wsproto.events import BytesMessage, Ping, TextMessage
from wsproto.extensions import PerMessageDeflate

SENDERS = 4
EACH = 500


def deflating() -> PerMessageDeflate:
    """Return an extension that has been agreed upon."""
    extension = PerMessageDeflate()
    extension.finalize("permessage-deflate")
    return extension


def test_frames_of_several_senders_are_whole() -> None:
    """RFC 6455 section 5.4: frames of different messages are not interleaved."""
    client, server = Connection(CLIENT), Connection(SERVER)
    frames: list[bytes] = []
    start = threading.Barrier(SENDERS + 1)
    received: list[str] = []

    def send(sender: int) -> None:
        start.wait()
        texts = (f"{sender} {number} " + "x" * (number % 300) for number in range(EACH))
        frames.extend(client.send(TextMessage(text)) for text in texts)

    def receive() -> None:
        start.wait()
        for number in range(SENDERS * EACH):
            client.receive_data(frame(TEXT, str(number).encode(), masked=False))
            received.extend(event.data for event in client.events() if isinstance(event, TextMessage))

    threads = [threading.Thread(target=send, args=(sender,)) for sender in range(SENDERS)]
    threads.append(threading.Thread(target=receive))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert received == [str(number) for number in range(SENDERS * EACH)]
    texts = []
    for each in frames:
        server.receive_data(each)
        (event,) = server.events()
        assert isinstance(event, TextMessage)
        texts.append(event.data)
    for sender in range(SENDERS):
        own = [text.split()[1] for text in texts if text.startswith(f"{sender} ")]
        assert own == [str(number) for number in range(EACH)]


def test_senders_share_a_compressor() -> None:
    """RFC 7692 section 7.2.1: each message is compressed as a whole, in some order."""
    client = Connection(CLIENT, [deflating()])
    lock = threading.Lock()
    frames: list[bytes] = []

    def send() -> None:
        for _ in range(EACH):
            # A program that writes to a transport keeps the order of the frames in the same way.
            with lock:
                frames.append(client.send(BytesMessage(os.urandom(50) * 20)))
            client.send(Ping())

    threads = [threading.Thread(target=send) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    server = Connection(SERVER, [deflating()])
    server.receive_data(b"".join(frames))
    sizes = [len(event.data) for event in server.events() if isinstance(event, BytesMessage)]
    assert sizes == [1000] * (SENDERS * EACH)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork() on this platform")
def test_masking_keys_differ_after_a_fork() -> None:
    """RFC 6455 sections 5.3 and 10.3: a child must not use the keys that its parent will use."""
    client = Connection(CLIENT)
    client.send(Ping())
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, client.send(Ping()))
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 100)[2:6] != client.send(Ping())[2:6]
    os.close(reader)
    os.close(writer)


def test_masking_keys_do_not_repeat() -> None:
    """RFC 6455 section 5.3: a fresh key for every frame."""
    client = Connection(CLIENT)
    keys = {client.send(Ping())[2:6] for _ in range(2_000)}
    assert len(keys) > 1_990
