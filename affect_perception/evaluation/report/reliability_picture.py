"""A reliability picture: how often it was so, against how probable it was said to be."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from affect_perception.evaluation.load.scores import Reliability


def write_reliability(curves: Mapping[str, Reliability], path: Path, title: str = "") -> None:
    """Writes the picture: a curve for each name, the share of the windows in each bin below."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.2, 6.2), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    upper.plot([0.0, 1.0], [0.0, 1.0], color="0.7", linewidth=1.0)
    for name, curve in curves.items():
        (line,) = upper.plot(curve.said, curve.found, marker="o", markersize=4.0, label=name)
        lower.plot(curve.said, curve.weight, marker=".", color=line.get_color())
    upper.set_ylabel("share that was so")
    upper.set_title(title)
    upper.legend(fontsize=8)
    lower.set_ylabel("share of windows")
    lower.set_xlabel("probability said")
    lower.set_xlim(0.0, 1.0)
    FigureCanvasAgg(figure)
    figure.savefig(path, dpi=110)
