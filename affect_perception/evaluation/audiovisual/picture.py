"""A picture of the figures: each way of judging with its interval, and recalls by emotion."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from affect_perception.evaluation.audiovisual.judge import CLASSES, WAYS

_COLOURS = {"voice": "#4477aa", "face": "#ccbb44", "hybrid": "#228833"}
_CHANCE = 1.0 / len(CLASSES)


def write_picture(report: Mapping[str, Any], path: Path) -> None:
    """Writes the picture.

    Args:
        report: Part `ravdess_av` of the report.
        path: A .png file.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.0, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.0, 1.4))
    places = np.arange(len(WAYS), dtype=float)
    for shift, (part, title) in enumerate((("causal", "own past"), ("raw", "by itself"))):
        ways = [report[part]["ways"][name] for name in WAYS]
        middle = np.array([way["uar"] for way in ways])
        low, high = np.array([way["ci95"] for way in ways]).T
        left.errorbar(
            places + 0.16 * shift - 0.08, middle, (middle - low, high - middle),
            fmt="os"[shift], capsize=3, label=title,
        )  # fmt: skip
    left.axhline(_CHANCE, color="grey", linewidth=0.8, linestyle=":")
    left.set_xticks(places, WAYS)
    left.set_ylim(0.0, 1.0)
    left.set_ylabel("mean recall of eight emotions")
    left.set_title("speaker left out, 95 % intervals")
    left.legend(loc="lower right")
    spots = np.arange(len(CLASSES), dtype=float)
    for shift, (name, colour) in enumerate(_COLOURS.items()):
        recalls = report["causal"]["ways"][name]["recalls"]
        values = [recalls[emotion] for emotion in CLASSES]
        right.bar(spots + 0.26 * (shift - 1), values, 0.26, label=name, color=colour)
    right.set_xticks(spots, CLASSES, rotation=30, ha="right")
    right.set_ylim(0.0, 1.15)  # room for the legend
    right.set_title("recall by emotion, own past")
    right.legend(loc="upper center", ncols=3)
    FigureCanvasAgg(figure)
    figure.savefig(path, dpi=100)
