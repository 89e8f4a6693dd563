"""The time lines of the voice: level, speech, valence and arousal, classes."""

from __future__ import annotations

import numpy as np

from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.core.enums import TriState
from affect_perception.evaluation.report.availability import availability_plot
from affect_perception.evaluation.report.events import runs, span
from affect_perception.evaluation.report.plot import Plot
from affect_perception.evaluation.report.series import Floats
from affect_perception.io.table import STAMP, Columns

_QUIETEST_DB = -80.0
_LANE_PX = 22
# A lane is 1 high, its line rises this far.
_RISE = 0.85


def voice_panels(voice: Columns, first_ns: int, end: float) -> str:
    """The panels as HTML.

    Args:
        voice: Columns of VoiceObservation with one column for each class.
        first_ns: Stamp at which the time axis begins.
        end: Last second of the axis.
    """
    time = np.asarray((voice[STAMP] - first_ns) / 1e9, np.float64)
    plots = (
        availability_plot("Voice", "availability", voice, time, end),
        _level(voice, time, end),
        _speech(voice, time, end),
        _affect(voice, time, end),
        _classes(voice, time, end),
    )
    return "".join(plot.html(end) for plot in plots)


def _series(voice: Columns, name: str) -> Floats:
    return np.asarray(voice[name], np.float64)


def _level(voice: Columns, time: Floats, end: float) -> Plot:
    plot = Plot("Level", "dB of full scale, last second", 80, _QUIETEST_DB, 0.0)
    for value in (-60.0, -40.0, -20.0):
        plot.rule(value, end, "grid")
        plot.tick(value, f"{value:.0f}")
    for name, style, key in (("peak_dbfs", "b", "peak"), ("level_dbfs", "a", "mean")):
        # Digital silence is at the bottom, not unknown.
        values = np.maximum(_series(voice, name), _QUIETEST_DB)
        plot.line(time, values, style)
        plot.key(style, key)
    return plot


def _speech(voice: Columns, time: Floats, end: float) -> Plot:
    plot = Plot("Speech", "probability; bars: talking", 70, 0.0, 1.0)
    for start, stop in runs(voice["talking"] == TriState.YES):
        at = span(time, start, stop)
        tip = f"talking {at['start_s']:.1f} to {at['end_s']:.1f} s"
        plot.box(at["start_s"], at["end_s"], 88, 100, "f-road", tip)
    for value in (0.0, 0.5, 1.0):
        plot.rule(value, end, "grid" if value else "zero")
        plot.tick(value, f"{value:g}")
    plot.line(time, _series(voice, "speech_probability"), "a")
    return plot


def _affect(voice: Columns, time: Floats, end: float) -> Plot:
    plot = Plot("How it sounds", "of the speech judged last", 100, -1.0, 1.0)
    for value in (-1.0, 0.0, 1.0):
        plot.rule(value, end, "grid" if value else "zero")
        plot.tick(value, f"{value:+g}" if value else "0")
    for name, style in (("valence", "a"), ("arousal", "b")):
        plot.line(time, _series(voice, name), style)
        plot.key(style, name)
    return plot


def _classes(voice: Columns, time: Floats, end: float) -> Plot:
    """One lane for each class that the voice judges; its line rises with the probability."""
    names = [n for n in AFFECT_CLASSES if np.isfinite(_series(voice, f"probability_{n}")).any()]
    lanes = max(len(names), 1)
    plot = Plot("Classes", "probability, 0 to 1 in each lane", _LANE_PX * lanes, 0.0, lanes)
    for index, name in enumerate(names):
        base = lanes - 1.0 - index
        plot.rule(base, end, "grid")
        plot.line(time, base + _RISE * _series(voice, f"probability_{name}"), "c")
        plot.lane(index, lanes, name)
    if not names:
        plot.labels.append('<span class="lane" style="top:50%">not judged</span>')
    return plot
