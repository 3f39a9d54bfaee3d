"""The code blocks of a reStructuredText document, and which of upstream's are run, and which cannot be."""

from __future__ import annotations

import textwrap
from typing import NamedTuple

from tests.upstream.fetch import Release, fetch

#: Every document with code for a reader to use, in both releases.
DOCUMENTS = (
    "README.rst",
    "docs/source/index.rst",
    "docs/source/installation.rst",
    "docs/source/basic-usage.rst",
    "docs/source/advanced-usage.rst",
    "docs/source/api.rst",
)
RELEASES = (Release.SDIST, Release.OLD_SDIST)


class Block(NamedTuple):
    """A block of code, and where it stands."""

    release: Release
    document: str
    code: str

    @property
    def name(self) -> str:
        """Return a name for people."""
        return f"{self.release.value[0]} {self.document}: {self.code.strip().splitlines()[0].strip()}"


class Known(NamedTuple):
    """A block by something that only it contains."""

    mark: str
    #: Why it is not run, if it is not.
    left_out: str = ""
    #: What running it raises, for one that is Python and cannot run in 1.3.2.
    raises: type[Exception] | None = None
    #: What stands where the document has an ellipsis or nothing but a comment, which is not Python.
    completed: tuple[tuple[str, str], ...] = ()


KNOWN = (
    # Getting started
    Known("request = Request(host=\"example.com\", target='foo')"),
    Known('sock.connect(("example.com", 80))'),
    Known("data = sock.recv(4096)"),
    Known("print('Connection established')"),
    Known("from wsproto.events import Request\nws = WSConnection(ConnectionType.SERVER)"),
    Known("print('Accepting connection request')", completed=(("elif...", ""),)),
    Known("if isinstance(event, CloseConnection):\n    sock.send(ws.send(event.response()))"),
    Known("if isinstance(event, Ping):\n    sock.send(ws.send(event.response()))"),
    # Advanced usage
    Known(
        "connection = Connection(extensions)",
        completed=(("without any handshake events", "without any handshake events\n    seen.append(event)"),),
    ),
    Known("server_extensions_handshake(request_extensions"),
    Known("client_extensions_handshake(accepted_extensions"),
    # README
    Known("echo.websocket.org"),
    Known("ws.receive_data(some_byte_string_of_data)"),
    Known("We got text!", completed=(("talk to us any more...", "talk to us any more...\n        pass"),)),
    Known(
        "from wsproto.connection import WSConnection, ConnectionType",
        left_out="imports WSConnection from wsproto.connection, which neither release has there",
        raises=ImportError,
    ),
    Known(
        "some_socket.send(ws.bytes_to_send())",
        left_out="bytes_to_send() is older than send() returning the bytes; 1.3.2 does not have it",
        raises=AttributeError,
    ),
    # What is no Python
    Known("$ pip install wsproto", left_out="a shell command, which installs upstream"),
    Known("$ python setup.py install", left_out="a shell command, which installs upstream"),
    Known("$ wstest -m fuzzingserver", left_out="a shell command of upstream's own compliance tests"),
    Known("$ python test_client.py", left_out="a shell command of upstream's own compliance tests"),
    Known("$ python test_server.py", left_out="a shell command of upstream's own compliance tests"),
    Known("$ wstest -m fuzzingclient", left_out="a shell command of upstream's own compliance tests"),
)


def known(block: Block) -> Known:
    """Return what is known of a block."""
    found = [each for each in KNOWN if each.mark in block.code]
    assert len(found) == 1, f"{block.name}: {len(found)} entries"
    return found[0]


def blocks(release: Release, document: str) -> list[Block]:
    """Return the code blocks of a document, in order."""
    lines = (fetch(release) / document).read_text(encoding="utf-8").splitlines()
    found = []
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        directive = line.startswith(".. ")
        if not (line.startswith(".. code-block::") or (line.endswith("::") and not directive)):
            continue
        body: list[str] = []
        while number < len(lines) and (not lines[number] or lines[number].startswith(" ")):
            body.append(lines[number])
            number += 1
        found.append(Block(release, document, textwrap.dedent("\n".join(body)).strip("\n")))
    return found


def all_blocks() -> list[Block]:
    """Return the code blocks of all documents."""
    return [block for release in RELEASES for name in DOCUMENTS for block in blocks(release, name)]


def block(release: Release, document: str, mark: str) -> Block:
    """Return the block with the mark, completed."""
    (entry,) = [each for each in KNOWN if mark in each.mark]
    (found,) = [each for each in blocks(release, document) if entry.mark in each.code]
    code = found.code
    for left_open, completed in entry.completed:
        assert left_open in code
        code = code.replace(left_open, completed)
    return found._replace(code=code)
