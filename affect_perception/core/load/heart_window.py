"""Heart rate and its variability over one window of beats."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

Float64Array = npt.NDArray[np.float64]

SHORTEST_S, LONGEST_S = 0.33, 1.7
"""Intervals outside are no heart beats of a person who sits: 180 to 35 beats a minute."""
NEIGHBOURS = 4
"""On each side, of which the median is what an interval is judged by."""
DEVIATION = 0.2
"""Largest distance from that median, as a share of it; 20 % is the usual limit for beats of normal
origin (Malik et al., European Heart Journal 17, 1996; from memory, verified against the primary
text: no). It drops ectopic, missed and made-up beats."""
FEWEST_INTERVALS, FEWEST_PAIRS = 15, 10
"""Clean intervals for rate and SDNN, clean pairs of neighbours for RMSSD."""


@dataclass(frozen=True)
class HeartWindow:
    """Heart rate (1/min), RMSSD and SDNN (s); NaN if too few clean beats are there.

    RMSSD and SDNN as defined by the Task Force of the European Society of Cardiology (Circulation
    93, 1996); over a minute SDNN does not compare with that of 5 min or 24 h.
    """

    heart_rate_bpm: float = math.nan
    rmssd_s: float = math.nan
    sdnn_s: float = math.nan


def heart_window(beats_s: npt.ArrayLike) -> HeartWindow:
    """The figures of the beats of one window.

    Args:
        beats_s: (n,) times of beats, rising, s; missed ones may be missing.
    """
    intervals = np.diff(np.asarray(beats_s, np.float64))
    clean = _clean(intervals)
    if clean.sum() < FEWEST_INTERVALS:
        return HeartWindow()
    kept = intervals[clean]
    steps = np.diff(intervals)[clean[1:] & clean[:-1]]
    return HeartWindow(
        60.0 / float(kept.mean()),
        float(np.sqrt(np.mean(steps**2))) if len(steps) >= FEWEST_PAIRS else math.nan,
        float(kept.std()),
    )


def _clean(intervals: Float64Array) -> npt.NDArray[np.bool_]:
    """Which intervals are heart beats and near the median of their neighbours."""
    possible = (intervals > SHORTEST_S) & (intervals < LONGEST_S)
    if possible.sum() < FEWEST_INTERVALS:
        return np.zeros(len(intervals), bool)
    known = np.where(possible, intervals, np.nan)
    edge = np.full(NEIGHBOURS, np.nan)
    rows = sliding_window_view(np.concatenate([edge, known, edge]), 2 * NEIGHBOURS + 1)
    # A possible interval is in its own row, so no row of one is empty.
    middle = np.full(len(intervals), np.nan)
    middle[possible] = np.nanmedian(rows[possible], axis=1)
    return possible & (np.abs(intervals - middle) < DEVIATION * middle)
