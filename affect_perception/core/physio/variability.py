"""Heart-rate variability of the intervals of a window.

Definitions after the Task Force of the European Society of Cardiology and the North American
Society of Pacing and Electrophysiology, Circulation 93 (1996) 1043 (from memory, verified against
the primary text: no). Only normal intervals count, and differences only between neighbours; nothing
is filled in.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from affect_perception.core.physio.beat_series import BeatInterval

Array = npt.NDArray[np.float64]
# Fewer intervals or differences say nothing, and neither does a window that is mostly empty.
_FEWEST = 12
_LEAST_COVERED = 0.6
LF_BAND, HF_BAND = (0.04, 0.15), (0.15, 0.40)
"""Bands of the spectrum, Hz."""
# Share of the spectrum's window from which HF and LF are told: 1 and 2 of 5 min.
_HF_FROM, _LF_FROM = 0.2, 0.4
# A spectrum stands more rejected intervals less well than the figures in time do.
_MOST_REJECTED = 0.1


@dataclass(frozen=True)
class Variability:
    """Figures in time; the attributes are those of `HeartState`."""

    rmssd: float = math.nan
    sdnn: float = math.nan
    pnn50: float = math.nan
    rejected: float = math.nan
    quality: float = math.nan


@dataclass(frozen=True)
class Spectrum:
    """Powers of the two bands, s^2; NaN where the window does not allow them."""

    lf: float = math.nan
    hf: float = math.nan


def variability(intervals: Sequence[BeatInterval], window: float) -> Variability:
    """RMSSD, SDNN and pNN50 of the intervals that end in a window.

    Args:
        intervals: In order.
        window: Its length, s.

    Returns:
        The figures; quality is the share of the window that normal intervals cover. NaN where fewer
        than 12 intervals are normal or less than 0.6 of the window is covered.
    """
    if not intervals:
        return Variability()
    normal = np.array([i.length for i in intervals if i.normal])
    rejected = 1.0 - len(normal) / len(intervals)
    covered = min(1.0, float(normal.sum()) / window)
    if len(normal) < _FEWEST or covered < _LEAST_COVERED:
        return Variability(rejected=rejected, quality=0.0)
    steps = np.array([b.length - a.length for a, b in pairwise(intervals) if b.after_normal])
    known = len(steps) >= _FEWEST
    return Variability(
        rmssd=float(np.sqrt(np.mean(steps**2))) if known else math.nan,
        sdnn=float(normal.std(ddof=1)),
        pnn50=float(np.mean(np.abs(steps) > 0.05)) if known else math.nan,
        rejected=rejected,
        quality=covered,
    )


def spectrum(intervals: Sequence[BeatInterval], window: float) -> Spectrum:
    """Power of LF and HF by Lomb's periodogram, which needs no even sampling and fills no holes.

    Args:
        intervals: In order.
        window: Its length, s.
    """
    normal = [i for i in intervals if i.normal]
    if len(normal) < 2 * _FEWEST or len(normal) < (1.0 - _MOST_REJECTED) * len(intervals):
        return Spectrum()
    times = np.array([i.end for i in normal])
    lengths = np.array([i.length for i in normal])
    span = times[-1] - times[0]
    if span < _HF_FROM * window or lengths.sum() < (1.0 - _MOST_REJECTED) * span:
        return Spectrum()
    # A slow drift is no rhythm: a straight line is taken out.
    flat = lengths - np.polyval(np.polyfit(times, lengths, 1), times)
    hf = _band_power(times, flat, HF_BAND)
    lf = _band_power(times, flat, LF_BAND) if span >= _LF_FROM * window else math.nan
    return Spectrum(lf, hf)


def _band_power(times: Array, values: Array, band: tuple[float, float]) -> float:
    """Power between two frequencies: a sine of amplitude a gives a^2 / 2."""
    # Here, as scipy.signal alone takes longer to import than all that a node needs at its start.
    from scipy.signal import lombscargle

    span = float(times[-1] - times[0])
    step = 1.0 / (2.0 * span)
    frequencies = np.arange(band[0], band[1], step)
    power = lombscargle(times - times[0], values, 2.0 * np.pi * frequencies)
    density = 2.0 * span / len(times) * power
    return float(density.sum() * step)
