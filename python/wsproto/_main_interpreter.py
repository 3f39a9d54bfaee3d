"""The import of the native module, and what is said where it cannot be imported."""

from __future__ import annotations


def _import_native() -> None:
    try:
        from . import _wsproto  # noqa: F401, PLC0415 (to see whether it can be imported)
    except ImportError as error:
        # An interpreter with a lock of its own (PEP 684) does not even begin to import it.
        if "subinterpreters" not in str(error):
            raise
        msg = (
            "wsproto works in the main interpreter only, because its classes are shared by the whole "
            "process; run this program there"
        )
        raise ImportError(msg) from error


_import_native()
