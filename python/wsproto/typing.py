"""Types that annotations refer to."""

from __future__ import annotations

__all__ = ["Headers"]

#: Header fields: names and values, in order.
Headers = list[tuple[bytes, bytes]]
