"""Skin conductance over one window, from means of one second."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Float64Array = npt.NDArray[np.float64]

BIN_S = 1.0
"""Length of the means. Skin responses rise within 1 to 3 s, so that faster samples add nothing."""
FEWEST_SHARE = 0.9
"""Share of the seconds that must be known; the others are left out, not filled."""
MOVING_BINS = 9
"""Length of the moving mean that the phasic part is measured from."""
RISE_US = 0.0005
"""A second rises if it lies at least so much above the one before; the resolution of the wrist
sensor of the training sets is 0.0003 to 0.0013 uS."""
LEVEL_FLOOR_US = 0.05
"""Added to the level that the slope is divided by: dry electrodes read next to nothing."""


@dataclass(frozen=True)
class SkinWindow:
    """Fields of `LoadToken` that come from skin conductance; NaN if too much is unknown."""

    skin_level_us: float = math.nan
    skin_spread_us: float = math.nan
    skin_slope_per_min: float = math.nan
    skin_phasic_us: float = math.nan
    skin_rising_share: float = math.nan


def skin_window(seconds_us: npt.ArrayLike) -> SkinWindow:
    """The figures of one window.

    Args:
        seconds_us: (n,) mean conductance of each second, uS, oldest first; NaN where unknown.
    """
    values = np.asarray(seconds_us, np.float64)
    known = np.isfinite(values)
    if not len(values) or known.mean() < FEWEST_SHARE or known.sum() < MOVING_BINS:
        return SkinWindow()
    level = float(values[known].mean())
    seconds = np.arange(len(values), dtype=np.float64)[known]
    seconds -= seconds.mean()
    slope = float(seconds @ values[known] / (seconds @ seconds))
    steps = np.diff(values)
    steps = steps[np.isfinite(steps)]
    phasic = values - _moving_mean(values, known)
    return SkinWindow(
        skin_level_us=max(level, 0.0),
        skin_spread_us=float(values[known].std()),
        skin_slope_per_min=slope * 60.0 / (max(level, 0.0) + LEVEL_FLOOR_US),
        skin_phasic_us=float(np.abs(phasic[known]).mean()),
        skin_rising_share=float((steps > RISE_US).mean()),
    )


def _moving_mean(values: Float64Array, known: npt.NDArray[np.bool_]) -> Float64Array:
    """Centred mean of the known values of `MOVING_BINS` seconds, fewer at the edges."""
    kernel = np.ones(MOVING_BINS)
    total = np.convolve(np.where(known, values, 0.0), kernel, "same")
    count = np.convolve(known.astype(np.float64), kernel, "same")
    return np.asarray(total / np.maximum(count, 1.0))
