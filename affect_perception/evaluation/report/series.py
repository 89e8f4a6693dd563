"""Turns columns of states into what a report draws: reduced series, paths, bars, comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from affect_perception.io.table import STAMP, Columns

Floats = npt.NDArray[np.float64]

MAX_POINTS = 2400
"""Points drawn per line: more than a screen has columns, so nothing visible is lost."""

AREA_POINTS = MAX_POINTS // 4
"""Points that a picture of areas is drawn from; more cannot be told apart."""

GAP_S = 0.5
"""States further apart than this are not joined by a line."""

COMPARED = (
    ("head_yaw", "head yaw", "deg"),
    ("head_pitch", "head pitch", "deg"),
    ("head_roll", "head roll", "deg"),
    ("gaze_yaw", "gaze yaw", "deg"),
    ("gaze_pitch", "gaze pitch", "deg"),
    ("left_eye_openness", "left eye openness", ""),
    ("right_eye_openness", "right eye openness", ""),
)


@dataclass(frozen=True)
class Bar:
    """A stretch of time with one label, in seconds."""

    start: float
    end: float
    label: Any


@dataclass(frozen=True)
class Comparison:
    """An estimate against the truth.

    Attributes:
        name: What is compared.
        unit: "deg" or "".
        mae: Mean absolute error in that unit.
        bias: Mean error in that unit.
        correlation: Pearson correlation, NaN if the truth stands still.
        n: States in which both are known.
    """

    name: str
    unit: str
    mae: float
    bias: float
    correlation: float
    n: int


def reduce(time: Floats, values: Floats, limit: int = MAX_POINTS) -> tuple[Floats, Floats]:
    """Thins a series so that peaks and gaps stay: smallest and largest value of each bin."""
    if len(time) <= limit:
        return time, values
    kept: list[int] = []
    for indices in np.array_split(np.arange(len(time)), limit // 2):
        known = indices[np.isfinite(values[indices])]
        if len(known) == 0:
            kept.append(int(indices[0]))
            continue
        low = int(known[np.argmin(values[known])])
        high = int(known[np.argmax(values[known])])
        kept.extend(sorted({low, high}))
    return time[kept], values[kept]


def path(time: Floats, values: Floats, low: float, high: float) -> str:
    """SVG path of a line in a box of seconds by 0..100 (top is `high`); unknown values break it."""
    time, values = reduce(time, values)
    height = 100.0 * (high - np.clip(values, low, high)) / (high - low)
    gap = max(GAP_S, 4 * _step(time))
    parts: list[str] = []
    pen_down = False
    for index, (x, y) in enumerate(zip(time, height, strict=True)):
        if not np.isfinite(y):
            pen_down = False
            continue
        far = index > 0 and x - time[index - 1] > gap
        parts.append(f"{'L' if pen_down and not far else 'M'}{x:.3f} {y:.1f}")
        pen_down = True
    return "".join(parts)


def known_stretches(time: Floats, values: Floats) -> list[npt.NDArray[np.intp]]:
    """Places of known values, split where some are unknown or time is missing between them."""
    known = np.flatnonzero(np.isfinite(values))
    gap = max(GAP_S, 4 * _step(time))
    apart = (np.diff(known) > 1) | (np.diff(time[known]) > gap)
    return [part for part in np.split(known, np.flatnonzero(apart) + 1) if len(part)]


def bars(time: Floats, labels: Sequence[Any], end: float) -> list[Bar]:
    """Stretches of equal labels; the last one lasts until `end`."""
    found: list[Bar] = []
    start = 0
    for index in range(1, len(labels) + 1):
        if index == len(labels) or labels[index] != labels[start]:
            stop = float(time[index]) if index < len(labels) else end
            found.append(Bar(float(time[start]), stop, labels[start]))
            start = index
    return found


def scale(*series: Floats, step: float, least: float) -> tuple[float, float]:
    """Range of an axis that shows all series: multiples of `step`, at least +-`least`."""
    known = np.concatenate([s[np.isfinite(s)] for s in series]) if series else np.zeros(0)
    low = min(-least, float(np.min(known, initial=0.0)))
    high = max(least, float(np.max(known, initial=0.0)))
    return float(np.floor(low / step) * step), float(np.ceil(high / step) * step)


def ticks(low: float, high: float, count: int = 8) -> list[float]:
    """Round numbers between low and high, about `count` of them."""
    if not high > low:
        return [low]
    raw = (high - low) / count
    magnitude = 10.0 ** np.floor(np.log10(raw))
    step = next(m * magnitude for m in (1, 2, 5, 10) if m * magnitude >= raw)
    first = np.ceil(low / step - 1e-9) * step
    values = np.arange(first, high + step * 1e-6, step)
    return [float(round(value, 6)) + 0.0 for value in values]


def compare(states: Columns, truth: Columns) -> list[Comparison]:
    """Errors of the estimates where estimate and truth of the same stamp are known."""
    rows, truth_rows = aligned(states, truth)
    found = []
    for column, name, unit in COMPARED:
        if column not in truth:
            continue
        estimate = np.asarray(states[column], np.float64)[rows]
        true = np.asarray(truth[column], np.float64)[truth_rows]
        known = np.isfinite(estimate) & np.isfinite(true)
        if not known.any():
            continue
        factor = np.degrees(1.0) if unit == "deg" else 1.0
        error = (estimate - true)[known] * factor
        moves = min(np.ptp(estimate[known]), np.ptp(true[known])) > 1e-6
        correlation = np.corrcoef(estimate[known], true[known])[0, 1] if moves else np.nan
        found.append(
            Comparison(
                name,
                unit,
                float(np.abs(error).mean()),
                float(error.mean()),
                float(correlation),
                int(known.sum()),
            )
        )
    return found


def zone_agreement(states: Columns, truth: Columns) -> tuple[float, int]:
    """Share of states whose gaze zone is the true one, where both are known; and their number."""
    rows, truth_rows = aligned(states, truth)
    pairs = [
        (states["gaze_zone"][row], truth["gaze_zone"][truth_row])
        for row, truth_row in zip(rows, truth_rows, strict=True)
    ]
    known = [(a, b) for a, b in pairs if "unknown" not in (a, b) and b]
    if not known:
        return float("nan"), 0
    return sum(a == b for a, b in known) / len(known), len(known)


def aligned(states: Columns, truth: Columns) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Rows of states and truth that have the same stamp."""
    _, rows, truth_rows = np.intersect1d(states[STAMP], truth[STAMP], return_indices=True)
    return rows, truth_rows


def _step(time: Floats) -> float:
    return float(np.median(np.diff(time))) if len(time) > 1 else 0.0
