"""What the face showed over a recording: figures for the summary, panels for the report."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.evaluation.report.plot import Plot
from affect_perception.evaluation.report.series import AREA_POINTS, Floats
from affect_perception.io.table import STAMP, Columns, class_column

MEANS = ("valence", "arousal", "class_entropy")


def class_probabilities(faces: Columns) -> Floats:
    """(n, 8) probabilities of the rows of FaceObservation; NaN where unknown."""
    columns = [faces[f"expression.{class_column(name)}"] for name in AFFECT_CLASSES]
    return np.column_stack(columns).astype(np.float64)


def expression_summary(faces: Columns) -> dict[str, Any]:
    """What the face showed, for `summary.json`.

    Args:
        faces: Columns of FaceObservation.

    Returns:
        `available`, share of the pictures of which something is known; `reasons`, share of the
        pictures with each; `probabilities`, mean of each class; `most_probable`, how often each was
        that; means of valence, arousal and entropy. NaN where nothing is known.
    """
    shown = class_probabilities(faces)
    known = np.isfinite(shown).all(axis=1)
    first = np.argmax(shown[known], axis=1)
    return {
        "available": _mean(known),
        "reasons": _shares(faces["expression.reasons"]),
        "probabilities": {
            name: _mean(shown[known, place]) for place, name in enumerate(AFFECT_CLASSES)
        },
        "most_probable": {name: _mean(first == place) for place, name in enumerate(AFFECT_CLASSES)},
        **{name: _mean(faces[f"expression.{name}"][known]) for name in MEANS},
    }


def expression_panels(faces: Columns, first_ns: int, end: float) -> str:
    """Probabilities as areas upon each other, and valence and arousal, over time.

    Args:
        faces: Columns of FaceObservation.
        first_ns: Stamp at which the time of the report begins.
        end: Last second.
    """
    time = (faces[STAMP] - first_ns) / 1e9
    return _areas(time, class_probabilities(faces)).html(end) + _affect(time, faces, end).html(end)


def _areas(time: Floats, shown: Floats) -> Plot:
    plot = Plot("Expression", "probabilities; not what is felt", 170)
    if not np.isfinite(shown).any():
        plot.labels.append('<span class="lane" style="top:50%">nothing known</span>')
        return plot
    keep = np.unique(np.linspace(0, len(time) - 1, min(len(time), AREA_POINTS)).astype(int))
    time, tops = time[keep], np.minimum(np.cumsum(shown[keep], axis=1), 1.0)
    bottoms = np.hstack([np.zeros((len(keep), 1)), tops[:, :-1]])
    for place, name in enumerate(AFFECT_CLASSES):
        plot.area(time, bottoms[:, place], tops[:, place], f"e e{place}", name)
        plot.key(f"e{place} wide", name)
    return plot


def _affect(time: Floats, faces: Columns, end: float) -> Plot:
    plot = Plot("Valence, arousal", "of the probabilities", 100, -1.0, 1.0)
    for value in (-0.5, 0.0, 0.5):
        plot.rule(value, end, "grid" if value else "zero")
        plot.tick(value, f"{value:+g}" if value else "0")
    for name, style in (("valence", "a"), ("arousal", "b")):
        plot.line(time, np.asarray(faces[f"expression.{name}"], np.float64), style)
        plot.key(style, name)
    return plot


def _mean(values: Any) -> float:
    return round(float(np.mean(values)), 4) if len(values) else math.nan


def _shares(lists: Sequence[Sequence[str]]) -> dict[str, float]:
    words = sorted({word for words in lists for word in words})
    return {word: _mean(np.array([word in words for words in lists])) for word in words}
