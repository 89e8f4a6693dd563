"""The four numbers of a blink, relative to the driver's own alert blinks.

Frequency, amplitude, duration and eye-opening velocity as in Ghoddoosian, Galib, Athitsos, CVPR
workshops 2019 (arXiv 1904.07312), with two differences. There the frequency counts from the
beginning of the video; here it is the rate of the last minute, because a drive has no such
beginning. There a blink is timed from its first to its last frame; here at half its depth.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, pstdev

from affect_perception.core.drowsiness.lid_dips import Dip

_OPENED = 0.6
"""Share of the depth between the instants from which `Dip.opening` counts."""

_LEAST_SPREAD = 0.1
"""Of the mean: few blinks may happen to be alike, and z-scores must not explode then."""

Numbers = tuple[float, float, float, float]


def numbers_of(dip: Dip, rate: float) -> Numbers:
    """Frequency (1/min), amplitude, duration (s), opening velocity (1/s).

    Amplitude and velocity are in shares of the running open eye.

    Args:
        dip: The blink.
        rate: Blinks per minute of late.
    """
    amplitude = 0.5 * (dip.left + dip.right) - dip.bottom
    return rate, amplitude, dip.duration, _OPENED * dip.depth / dip.opening


class AlertBlinks:
    """A driver's own alert blinks, and how far others differ from them."""

    def __init__(self, count: int) -> None:
        """Starts with none.

        Args:
            count: How many are collected; after that nothing changes any more.
        """
        self._count = count
        self._collected: list[Numbers] = []
        self._mean: list[float] = []
        self._spread: list[float] = []

    @property
    def known(self) -> bool:
        """Whether enough have been seen."""
        return bool(self._mean)

    @property
    def duration(self) -> float:
        """Their mean length, s; NaN until known."""
        return self._mean[2] if self.known else math.nan

    def learn(self, numbers: Numbers) -> None:
        """Takes an alert blink."""
        if self.known:
            return
        self._collected.append(numbers)
        if len(self._collected) < self._count:
            return
        columns = list(zip(*self._collected, strict=True))
        self._mean = [fmean(column) for column in columns]
        self._spread = [
            max(pstdev(column), _LEAST_SPREAD * abs(mean), 1e-6)
            for column, mean in zip(columns, self._mean, strict=True)
        ]
        self._collected.clear()

    def scores(self, numbers: Sequence[float]) -> list[float]:
        """Z-scores of a blink against them, in the order of `BLINK_NUMBERS`."""
        return [
            (number - mean) / spread
            for number, mean, spread in zip(numbers, self._mean, self._spread, strict=True)
        ]
