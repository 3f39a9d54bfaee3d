"""Programs in a process of their own, since a broken guarantee kills the process or hangs it."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

from tests.oracle import ours
from tests.upstream.fetch import Release, fetch

LIMIT = 120.0

#: What programs begin with: the package under test is the one that this process has.
PATH = """
import gc, os, signal, sys, threading, time
sys.path[:0] = [{folder!r}, {root!r}]
"""
IMPORTS = """
import wsproto
from wsproto import ConnectionType, WSConnection
from wsproto.connection import Connection, ConnectionState
from wsproto.events import *
from wsproto.extensions import PerMessageDeflate
from wsproto.frame_protocol import *
from wsproto.handshake import H11Handshake
from wsproto.utilities import *
CLIENT, SERVER = ConnectionType.CLIENT, ConnectionType.SERVER
"""


def run(program: str, *options: str, folder: Path | None = None, imports: bool = True) -> str:
    """
    Run a program, which must end by itself and without an error, and return what it printed.

    It begins with imports of the package under test, or of the one in `folder`, unless it does so itself.
    """
    folder = folder or Path(str(ours().__file__)).parents[1]
    prologue = PATH.format(folder=str(folder), root=str(Path(__file__).parents[2]))
    prologue += IMPORTS if imports else ""
    done = subprocess.run(
        [sys.executable, *options, "-c", prologue + textwrap.dedent(program)],
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout.strip()


def run_on_both(program: str) -> tuple[str, str]:
    """Run a program on the package under test and on upstream, and return what either printed."""
    return run(program), run(program, folder=fetch(Release.WHEEL))
