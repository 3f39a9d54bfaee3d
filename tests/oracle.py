"""
The oracle: upstream 1.3.2, running in this process beside the package under test.

Upstream imports its own modules relatively, so it loads under any name; here it is `upstream_wsproto`.

    from tests.oracle import pair

    ours, theirs = pair()
    assert repr(ours.events.Ping()) == repr(theirs.events.Ping())

With `WSPROTO_UNDER_TEST=upstream` in the environment a second copy of upstream takes the place of ours. That
shows that a test describes what upstream does, and is how the tests are tested.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from tests.upstream.fetch import Release, fetch, fetch_sdist

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

NAME = "upstream_wsproto"

#: The release that is the oracle in place of the one that this package follows: `make upstream` names one.
OTHER_RELEASE = os.environ.get("WSPROTO_ORACLE")

#: Whether upstream stands in for our package.
STANDS_IN = os.environ.get("WSPROTO_UNDER_TEST") == "upstream"


class Pair(NamedTuple):
    """The package under test and the oracle; each has the submodules as attributes."""

    ours: ModuleType
    theirs: ModuleType


@cache
def pair() -> Pair:
    """Return both packages."""
    return Pair(ours(), upstream())


@cache
def ours() -> ModuleType:
    """Return the package under test, after making sure that it is the one it should be."""
    if STANDS_IN:
        return sys.modules.get("wsproto") or load("wsproto", fetch(Release.WHEEL) / "wsproto")
    package = importlib.import_module("wsproto")
    try:
        importlib.import_module("wsproto._wsproto")
    except ImportError as error:
        msg = f"the wsproto at {package.__file__} has no native module: it is not the package under test"
        raise RuntimeError(msg) from error
    return package


@cache
def upstream() -> ModuleType:
    """Return upstream, fetched if need be."""
    if OTHER_RELEASE is not None:
        return load(NAME, fetch_sdist(OTHER_RELEASE) / "src" / "wsproto")
    return load(NAME, fetch(Release.WHEEL) / "wsproto")


def load(name: str, folder: Path) -> ModuleType:
    """Import a copy of upstream that lies in a folder, under another name."""
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[name] = package
    spec.loader.exec_module(package)
    importlib.import_module(f"{name}.extensions")
    return package
