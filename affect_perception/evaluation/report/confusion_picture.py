"""A confusion matrix as a picture: shares of each true class, with counts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt


def write_confusion(
    counts: npt.ArrayLike, names: Sequence[str], path: Path, title: str = ""
) -> None:
    """Writes the picture.

    Args:
        counts: (classes, classes): row is the truth, column what was said.
        names: Names of the classes.
        path: A .png file.
        title: Line above.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    values = np.asarray(counts, np.float64)
    shares = values / np.maximum(values.sum(axis=1, keepdims=True), 1.0)
    side = 1.6 + 0.75 * len(names)
    figure = Figure(figsize=(side, side), layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right")
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("said")
    axes.set_ylabel("truth")
    axes.set_title(title)
    for row, column in np.ndindex(values.shape):
        share = shares[row, column]
        text = f"{100 * share:.0f} %\n{int(values[row, column])}"
        dark = "white" if share > 0.5 else "black"
        axes.text(column, row, text, ha="center", va="center", fontsize=8, color=dark)
    FigureCanvasAgg(figure)
    figure.savefig(path, dpi=110)
