"""The heart rate read from the face over time, for the report."""

from __future__ import annotations

import numpy as np

from affect_perception.evaluation.report.plot import Plot
from affect_perception.evaluation.report.series import AREA_POINTS, ticks
from affect_perception.io.table import STAMP, Columns

LOW_BPM, HIGH_BPM = 40.0, 120.0
"""The least that the axis shows."""


def pulse_panel(faces: Columns, first_ns: int, end: float) -> str:
    """The rate with a band of one sigma; nothing where none was told (it is off by default).

    Args:
        faces: Columns of FaceObservation.
        first_ns: Stamp at which the time of the report begins.
        end: Last second.
    """
    rate = np.asarray(faces["pulse.heart_rate"], np.float64)
    std = np.asarray(faces["pulse.heart_rate_std"], np.float64)
    if not np.isfinite(rate).any():
        return ""
    time = np.asarray((faces[STAMP] - first_ns) / 1e9, np.float64)
    low, high = min(LOW_BPM, float(np.nanmin(rate))), max(HIGH_BPM, float(np.nanmax(rate)))
    plot = Plot("Pulse from the face", "per minute; band: one sigma", 90, low, high)
    for value in ticks(low, high, 4):
        plot.rule(value, end, "grid")
        plot.tick(value, f"{value:g}")
    keep = np.unique(np.linspace(0, len(time) - 1, min(len(time), AREA_POINTS)).astype(int))
    plot.area(time[keep], (rate - std)[keep], (rate + std)[keep], "band-a")
    plot.line(time, rate, "a")
    return plot.html(end)
