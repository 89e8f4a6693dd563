"""Whether a signal is dead or cut off, from its last second."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from affect_perception.core.enums import PhysioReason

Array = npt.NDArray[np.float64]
# Fewer equal samples at the edge of the range are chance.
_CUT_LEAST = 4
# What changes by less than this share of its size does not change.
_CHANGES = 1e-9


class SignalHealth:
    """Watches one row.

    Args:
        rate: Samples per second, Hz.
        window: Length of what is looked at, s; a signal that keeps one value for so long is dead.
        cut_time: A signal that stays at the edge of its range for so long is cut off, s.
    """

    def __init__(self, rate: float, window: float, cut_time: float) -> None:
        self._size = max(2, round(window * rate))
        self._cut = max(_CUT_LEAST, round(min(cut_time, 2.0 * window) * rate))
        self._kept: Array = np.zeros(0)
        self._next = -1

    def push(self, start: int, samples: Array) -> None:
        """Takes (n,) samples from number `start` on; what came before a hole is forgotten."""
        if start != self._next:
            self._kept = np.zeros(0)
        self._next = start + len(samples)
        self._kept = np.concatenate([self._kept, samples])[-self._size :]

    def reasons(self) -> tuple[PhysioReason, ...]:
        """FLAT, SATURATED, or nothing."""
        kept = self._kept
        if len(kept) < self._size:
            return ()
        low, high = float(kept.min()), float(kept.max())
        if high - low <= _CHANGES * max(abs(low), abs(high)):
            return (PhysioReason.FLAT,)
        if self._cut_off(kept == high) or self._cut_off(kept == low):
            return (PhysioReason.SATURATED,)
        return ()

    def _cut_off(self, at_edge: npt.NDArray[np.bool_]) -> bool:
        edges = np.diff(np.concatenate([[False], at_edge, [False]]).astype(np.int8))
        runs = np.flatnonzero(edges == -1) - np.flatnonzero(edges == 1)
        return bool((runs >= self._cut).any())
