"""The public interface, as upstream has it: what there is to be compared."""

from __future__ import annotations

import enum
import inspect
from operator import attrgetter
from typing import Any

from tests.oracle import upstream

MODULES = ("connection", "events", "extensions", "frame_protocol", "handshake", "utilities")

#: Methods of the decoder that no caller has a use for: they leave their results in attributes of it.
#: The native decoder has no such steps.
ABSENT = frozenset(
    f"frame_protocol.FrameDecoder.{name}"
    for name in ("extension_processing", "parse_extended_payload_length", "parse_header")
)

#: The keyword-only parameters that our constructors have beyond upstream's, with their defaults.
ADDED: dict[str, dict[str, object]] = {
    "WSConnection": {"max_message_size": None},
    "connection.Connection": {"max_message_size": None},
    "extensions.PerMessageDeflate": {
        "compression_level": None,
        "memory_level": 8,
        "min_size": 0,
        "max_piece_size": 1 << 20,
    },
}


def find(package: Any, name: str) -> Any:
    """Return what stands under a dotted name in the package."""
    return attrgetter(name)(package)


def own(name: str) -> list[str]:
    """Return the public names that one of upstream's modules, or the package itself under "", defines."""
    module = find(upstream(), name) if name else upstream()
    prefix = f"{name}." if name else ""
    return [
        prefix + each
        for each, value in vars(module).items()
        if not each.startswith("_") and getattr(value, "__module__", None) == module.__name__
    ]


CALLABLE = [name for module in ("", *MODULES) for name in own(module) if callable(find(upstream(), name))]
CLASSES = [name for name in CALLABLE if isinstance(find(upstream(), name), type)]
FUNCTIONS = [name for name in CALLABLE if inspect.isfunction(find(upstream(), name))]
NAMED_TUPLES = [name for name in CLASSES if hasattr(find(upstream(), name), "_fields")]
ENUMERATIONS = [name for name in CLASSES if issubclass(find(upstream(), name), enum.Enum)]
#: The classes with a constructor of their own, by hand or by `dataclass`.
CONSTRUCTORS = [name for name in CLASSES if inspect.isfunction(find(upstream(), name).__init__)]
METHODS = [
    f"{name}.{method}"
    for name in CLASSES
    for method, value in inspect.getmembers(find(upstream(), name), inspect.isfunction)
    if not method.startswith("_") and f"{name}.{method}" not in ABSENT
]
