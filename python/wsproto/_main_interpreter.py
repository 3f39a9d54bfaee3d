"""The import of the native module, with a clear error in a sub-interpreter."""

from __future__ import annotations


def _import_native() -> None:
    try:
        from . import _wsproto  # noqa: F401, PLC0415 (to see whether it can be imported)
    except ImportError as error:
        # An interpreter with its own lock (PEP 684) refuses the import before the module's code runs.
        if "subinterpreters" not in str(error):
            raise
        msg = (
            "wsproto works in the main interpreter only, because its classes are shared by the whole "
            "process; run this program there"
        )
        raise ImportError(msg) from error


_import_native()
