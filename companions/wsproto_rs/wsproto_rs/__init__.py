"""
The `wsproto` package on its Rust core, beside an installed upstream and replacing none of its files.

The package lies in `wsproto_rs/site`, which is not on `sys.path` until it is asked for:

* :func:`install` at the top of a program, before `wsproto` is imported;
* ``python -m wsproto_rs -m uvicorn ...`` and ``python -m wsproto_rs script.py`` for one program;
* ``python -m wsproto_rs enable`` for a whole environment.
"""

from __future__ import annotations

import sys
from pathlib import Path

__all__ = ["SITE", "__version__", "install", "is_installed"]

#: The version of this distribution: the release of wsproto that it behaves as, and the number of the build.
__version__ = "1.3.2.1"

#: The folder that goes on `sys.path`; it contains the package `wsproto` and nothing else.
SITE = Path(__file__).parent / "site"


def install() -> None:
    """
    Have ``import wsproto`` find the package on its Rust core from now on, in this process.

    Processes that `multiprocessing` spawns inherit it, since they inherit `sys.path`. Calling it again does
    nothing.

    :raises RuntimeError: if another `wsproto` has been imported already.
    """
    imported = sys.modules.get("wsproto")
    if imported is not None and not _is_ours(imported.__file__):
        msg = (
            f"wsproto has been imported already, from {imported.__file__}: "
            "call wsproto_rs.install() before anything imports wsproto"
        )
        raise RuntimeError(msg)
    if not is_installed():
        sys.path.insert(0, str(SITE))


def is_installed() -> bool:
    """Whether ``import wsproto`` finds the package on its Rust core in this process."""
    return str(SITE) in sys.path


def _is_ours(file: str | None) -> bool:
    return file is not None and SITE in Path(file).parents
