"""The plot: how many times as fast as upstream, by the size of the message."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benches.measure import Result

LABELS = {16: "16 B", 125: "125 B", 1 << 10: "1 KiB", 1 << 16: "64 KiB", 1 << 20: "1 MiB"}


def plot(results: Sequence[Result], path: Path) -> None:
    """Draw it as SVG."""
    import matplotlib as mpl  # noqa: PLC0415 (takes longer than a quick run should wait)
    from matplotlib.figure import Figure  # noqa: PLC0415

    lines: defaultdict[str, list[tuple[int, float, float, float]]] = defaultdict(list)
    for result in results:
        if (point := result.workload.point) and "upstream" in result.costs:
            lines[point.line].append((point.size, *result.ratio("upstream")))
    # The same measurements give the same file, with text that can be searched.
    mpl.rcParams.update({"svg.hashsalt": "wsproto", "svg.fonttype": "none"})
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot(xscale="log", yscale="log")
    for name, points in lines.items():
        sizes, medians, lows, highs = zip(*sorted(points), strict=True)
        (drawn,) = axes.plot(sizes, medians, marker="o", label=name)
        axes.fill_between(sizes, lows, highs, alpha=0.2, color=drawn.get_color())
    axes.set_xticks([*LABELS], labels=[*LABELS.values()])
    axes.minorticks_off()
    ratios = [1, 2, 5, 10, 20, 50, 100]
    axes.set_yticks(ratios, labels=[f"{ratio}×" for ratio in ratios])
    axes.set_xlabel("size of the message")
    axes.set_ylabel("times as fast as wsproto 1.3.2")
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    figure.savefig(path, metadata={"Date": None})
