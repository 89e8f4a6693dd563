"""The open eye of the last half minute, in whatever units the openness comes."""

from __future__ import annotations

import statistics
from collections import deque

from affect_perception.core.attention.switch import NAN

_BIN_S = 0.1
_WINDOW_S = 30.0
_QUANTILE = 0.75
"""Eyes shut or narrowed for up to three quarters of the window do not move it."""

_FEWEST_BINS = 10
_OFTEN_BINS, _OFTEN_S, _SELDOM_S = 50, 0.1, 0.5
"""It is computed anew more often while little is known; sorting costs time."""


class OpenLevel:
    """Upper quartile of the openness over time, not over pictures."""

    def __init__(self) -> None:
        self._bins: deque[tuple[float, float]] = deque()
        self._present: list[float] = []
        self._begin = 0.0
        self._next = 0.0
        self.value = NAN
        """NaN until about a second has been seen."""

    def update(self, time: float, openness: float) -> float:
        """Takes one finite openness at a time in s, which rises; returns the open eye or NaN."""
        if not self._present:
            self._begin = time
        elif time - self._begin >= _BIN_S:
            self._close_bin(time)
        self._present.append(openness)
        return self.value

    def _close_bin(self, time: float) -> None:
        self._bins.append((self._begin, statistics.median(self._present)))
        self._present = []
        self._begin = time
        # What is older goes, but not before there is something newer: a long absence ends too.
        while len(self._bins) > _FEWEST_BINS and time - self._bins[0][0] > _WINDOW_S:
            self._bins.popleft()
        count = len(self._bins)
        if count >= _FEWEST_BINS and time >= self._next:
            ordered = sorted(value for _, value in self._bins)
            level = ordered[min(count - 1, int(_QUANTILE * count))]
            self.value = level if level > 0.0 else NAN
            self._next = time + (_OFTEN_S if count < _OFTEN_BINS else _SELDOM_S)
