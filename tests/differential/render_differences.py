"""
Print docs/differences.md: `python -m tests.differential.render_differences > docs/differences.md`.

The texts are in `differences.py`, beside the code that holds both packages to them.
"""

from __future__ import annotations

import sys
import textwrap

from tests.differential.differences import DIFFERENCES, Difference

INTRODUCTION = (
    "This package behaves as wsproto 1.3.2 does, down to the messages of errors and the bytes on the wire"
    " (compressed messages inflate to the same), except as listed here. Each entry is an example that the"
    " tests run on both packages; everything else is compared on random input."
)


def render() -> str:
    """Return the document."""
    return (
        "\n\n".join(["# Differences from upstream", _filled(INTRODUCTION), *map(_entry, DIFFERENCES)]) + "\n"
    )


def _entry(difference: Difference) -> str:
    paragraphs = (
        f"**Upstream:** {difference.upstream}",
        f"**Here:** {difference.ours}",
        f"**Why it is safe:** {difference.safe}",
    )
    return "\n\n".join([f"## {difference.name}", *map(_filled, paragraphs)])


def _filled(text: str) -> str:
    return textwrap.fill(text, width=110, break_long_words=False, break_on_hyphens=False)


if __name__ == "__main__":
    sys.stdout.write(render())
