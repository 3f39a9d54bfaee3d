"""A scratch project for a recipe, and an index of the wheels on loopback."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.docs.recipes import ROOT, Project
from tools import index

if TYPE_CHECKING:
    from collections.abc import Iterator


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and does not log."""

    def log_message(self, *_arguments: object) -> None:
        """Do nothing."""


@pytest.fixture(scope="session")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the archives under test, and pages of an index of them in `simple`."""
    given = os.environ.get("WSPROTO_TEST_WHEELS")
    source = ROOT / given if given else Path(sys.prefix, "wheels")
    folder = tmp_path_factory.mktemp("archives")
    for path in [*source.glob("*.whl"), *source.glob("*.tar.gz")]:
        shutil.copy(path, folder)
    index.write(folder, folder / "simple")
    return folder


@pytest.fixture(scope="session")
def address(archives: Path) -> Iterator[str]:
    """Return the address of the index."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(archives)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/simple/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def project(tmp_path: Path, archives: Path, address: str) -> Project:
    """Return a scratch project of its own for each test."""
    return Project(tmp_path, archives, address)
