"""
Print docs/differences.md: `python -m tests.differential.render_differences > docs/differences.md`.

What it says is said once, in `differences.py`, beside the code that holds both packages to it.
"""

from __future__ import annotations

import sys
import textwrap

from tests.differential.differences import DIFFERENCES, Difference

INTRODUCTION = (
    "Everything here behaves as wsproto 1.3.2 does, down to the texts of errors and the bytes on the wire"
    " (those of compressed messages inflate to the same), but for what follows. The differential tests hold"
    " both to each entry by an example, and to each other in everything else."
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
