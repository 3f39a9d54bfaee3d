"""
Print how many bytes of resident memory one connection takes.

    memory.py CONTESTANT idle|compressing|full COUNT
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benches.contestants.registry import contestant

#: Made beforehand, so that what is made only once is not counted.
WARM_UP = 20


def resident() -> int:
    """Return the size of the resident set, as Linux tells it."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def main(name: str, kind: str, count: str) -> None:
    """Make the connections and print what each took."""
    library = contestant(name)
    make = getattr(library, f"{kind}_connection")
    kept = [make() for _ in range(WARM_UP)]
    gc.collect()
    before = resident()
    kept += [make() for _ in range(int(count))]
    gc.collect()
    print((resident() - before) / int(count))


if __name__ == "__main__":
    main(*sys.argv[1:])
