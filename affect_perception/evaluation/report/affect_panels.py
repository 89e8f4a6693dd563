"""The time lines of the affect state: valence and arousal, classes, load, weights, agreement."""

from __future__ import annotations

import numpy as np

from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.core.types import MODALITIES
from affect_perception.evaluation.report.availability import (
    availability_plot,
    mark_availability,
)
from affect_perception.evaluation.report.events import runs, span
from affect_perception.evaluation.report.plot import Plot
from affect_perception.evaluation.report.series import AREA_POINTS, Floats
from affect_perception.io.table import STAMP, Columns, class_column

_LANE_PX = 22
# A lane is 1 high, its line rises this far.
_RISE = 0.85
_STYLES = ("a", "b", "c")


def affect_panels(affect: Columns, first_ns: int, end: float) -> str:
    """The panels as HTML.

    Args:
        affect: Columns of AffectState with one column for each class and modality.
        first_ns: Stamp at which the time axis begins.
        end: Last second of the axis.
    """
    time = np.asarray((affect[STAMP] - first_ns) / 1e9, np.float64)
    plots = (
        availability_plot("Affect state", "availability", affect, time, end),
        _modalities(affect, time, end),
        _quantity("Valence", "valence", affect, time, end),
        _quantity("Arousal", "arousal", affect, time, end),
        _classes(affect, time, end),
        _load(affect, time, end),
        _weights(affect, time, end),
        _agreement(affect, time, end),
    )
    return "".join(plot.html(end) for plot in plots)


def _series(affect: Columns, name: str) -> Floats:
    return np.asarray(affect[name], np.float64)


def _modalities(affect: Columns, time: Floats, end: float) -> Plot:
    plot = Plot("Modalities", "availability of each", 20 * len(MODALITIES))
    size = 100.0 / len(MODALITIES)
    for index, name in enumerate(m.word for m in MODALITIES):
        place = (size * (index + 0.1), size * (index + 0.9))
        levels, reasons = affect[f"{name}.availability"], affect[f"{name}.reasons"]
        mark_availability(plot, levels, reasons, time, end, place, name)
        plot.lane(index, len(MODALITIES), name)
    return plot


def _quantity(title: str, name: str, affect: Columns, time: Floats, end: float) -> Plot:
    """A number from -1 to 1 with its uncertainty."""
    plot = Plot(title, "all modalities; area: one sigma", 90, -1.0, 1.0)
    for value in (-1.0, 0.0, 1.0):
        plot.rule(value, end, "grid" if value else "zero")
        plot.tick(value, f"{value:+g}" if value else "0")
    mean, std = _series(affect, name), _series(affect, f"{name}_std")
    _band(plot, time, mean, std)
    plot.line(time, mean, "a")
    return plot


def _band(plot: Plot, time: Floats, mean: Floats, std: Floats) -> None:
    keep = np.unique(np.linspace(0, len(time) - 1, min(len(time), AREA_POINTS)).astype(int))
    plot.area(time[keep], (mean - std)[keep], (mean + std)[keep], "band-a", "one sigma")


def _classes(affect: Columns, time: Floats, end: float) -> Plot:
    names = [n for n in AFFECT_CLASSES if np.isfinite(_series(affect, class_column(n))).any()]
    lanes = max(len(names), 1)
    plot = Plot("Classes", "all modalities, 0 to 1 in each lane", _LANE_PX * lanes, 0.0, lanes)
    for index, name in enumerate(names):
        base = lanes - 1.0 - index
        plot.rule(base, end, "grid")
        plot.line(time, base + _RISE * _series(affect, class_column(name)), "c")
        plot.lane(index, lanes, name)
    if not names:
        plot.labels.append('<span class="lane" style="top:50%">not judged</span>')
    return plot


def _load(affect: Columns, time: Floats, end: float) -> Plot:
    plot = Plot("Load and stress", "area: one sigma of the load", 80)
    for value in (0.0, 0.5, 1.0):
        plot.rule(value, end, "grid" if value else "zero")
        plot.tick(value, f"{value:g}")
    mean, std = _series(affect, "cognitive_load"), _series(affect, "cognitive_load_std")
    _band(plot, time, mean, std)
    for name, style, key in (("cognitive_load", "a", "load"), ("stress", "b", "stress")):
        plot.line(time, _series(affect, name), style)
        plot.key(style, key)
    return plot


def _weights(affect: Columns, time: Floats, end: float) -> Plot:
    plot = Plot("Weights", "in valence; the rest is memory", 70)
    for value in (0.0, 0.5, 1.0):
        plot.rule(value, end, "grid" if value else "zero")
        plot.tick(value, f"{value:g}")
    for name, style in zip((m.word for m in MODALITIES), _STYLES, strict=True):
        plot.line(time, _series(affect, f"{name}.weight_valence"), style)
        plot.key(style, name)
    return plot


def _agreement(affect: Columns, time: Floats, end: float) -> Plot:
    plot = Plot("Incongruence", "bars: modalities that disagree", 60)
    for start, stop in runs(np.array([bool(row) for row in affect["disagreeing"]])):
        at = span(time, start, stop)
        who = ", ".join(sorted({w for row in affect["disagreeing"][start:stop] for w in row}))
        tip = f"{who} {at['start_s']:.1f} to {at['end_s']:.1f} s"
        plot.box(at["start_s"], at["end_s"], 0, 100, "f-away", tip)
    for value in (0.0, 0.5, 1.0):
        plot.rule(value, end, "grid" if value else "zero")
        plot.tick(value, f"{value:g}")
    plot.line(time, _series(affect, "incongruence"), "a")
    return plot
