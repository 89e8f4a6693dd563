"""A signal of any length in little memory: smallest and largest value of each stretch of time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
_NS = 1_000_000_000
_FIRST_WIDTH_NS = 4_000_000
"""Width of a bin at the beginning: a sample of 250 Hz."""


class Envelope:
    """Bins of equal width that get twice as wide whenever there are too many.

    Args:
        limit: Most bins that are kept, an even number.
    """

    def __init__(self, limit: int = 2400) -> None:
        self._limit = limit
        self._width = _FIRST_WIDTH_NS
        self._first: int | None = None
        self._low = np.full(limit, np.inf)
        self._high = np.full(limit, -np.inf)

    def add(self, stamps_ns: npt.NDArray[np.int64], values: Array) -> None:
        """Takes (n,) samples; those that are not finite, or before the first one, are left out."""
        known = np.isfinite(values)
        stamps_ns, values = stamps_ns[known], values[known]
        if not len(values):
            return
        if self._first is None:
            self._first = int(stamps_ns[0])
        later = stamps_ns >= self._first
        stamps_ns, values = stamps_ns[later], values[later]
        if not len(values):
            return
        while (int(stamps_ns.max()) - self._first) // self._width >= self._limit:
            self._halve()
        bins = (stamps_ns - self._first) // self._width
        np.minimum.at(self._low, bins, values)
        np.maximum.at(self._high, bins, values)

    def _halve(self) -> None:
        for kept, join, empty in (
            (self._low, np.minimum, np.inf),
            (self._high, np.maximum, -np.inf),
        ):
            half = self._limit // 2
            kept[:half] = join(kept[0::2], kept[1::2])
            kept[half:] = empty
        self._width *= 2

    def series(self) -> tuple[Array, Array]:
        """(n,) time by the stamps, s, and (n,) value: low and high of each bin that has any."""
        full = np.flatnonzero(self._high >= self._low)
        if self._first is None or not len(full):
            return np.zeros(0), np.zeros(0)
        pairs = np.stack([self._low[full], self._high[full]], axis=1)
        begin = self._first + self._width * full
        time = np.stack([begin, begin + self._width // 2], axis=1) / _NS
        keep = np.stack([np.ones(len(full), bool), pairs[:, 0] != pairs[:, 1]], axis=1)
        return time[keep], pairs[keep]
