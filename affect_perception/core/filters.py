"""Filters that work on stamps instead of picture counts."""

from __future__ import annotations

import math
from collections.abc import Sequence

# Shorter steps than any sensor makes, s; dividing by them would overflow.
SHORTEST_STEP = 1e-6


class OneEuroFilter:
    """Low-pass that smooths a resting signal strongly and a moving one hardly at all.

    Casiez, Roussel, Vogel, "1 Euro filter: a simple speed-based low-pass filter for noisy input in
    interactive systems", CHI 2012. The cut-off frequency is `min_cutoff + beta * |speed|`; all
    channels have one cut-off, from the norm of their speed, so that a vector moves on a straight
    line. The step comes from the caller, so any and changing frame rates give the same smoothing.

    Args:
        min_cutoff: Cut-off frequency at rest, Hz.
        beta: Rise of the cut-off with speed, Hz per unit per second.
        speed_cutoff: Cut-off of the speed estimate, Hz.
        max_gap: A longer step starts afresh, s.
    """

    def __init__(
        self, min_cutoff: float, beta: float, speed_cutoff: float = 1.0, max_gap: float = 0.5
    ) -> None:
        self._min_cutoff = min_cutoff
        self._beta = beta
        self._speed_cutoff = speed_cutoff
        self._max_gap = max_gap
        self._value: list[float] | None = None
        self._speed: list[float] = []

    def reset(self) -> None:
        """The next value passes unchanged."""
        self._value = None

    def step(self, values: Sequence[float], elapsed: float) -> list[float]:
        """Filters one sample.

        Args:
            values: The channels; always as many.
            elapsed: Time since the last sample, s. A value that is not finite resets the filter
                and passes; so does a step of more than `max_gap` or backwards.
        """
        previous = self._value
        fresh = previous is None or not 0.0 <= elapsed <= self._max_gap
        if fresh or not all(map(math.isfinite, values)):
            current = list(values)
            self._value = current if all(map(math.isfinite, values)) else None
            self._speed = [0.0] * len(current)
            return current
        assert previous is not None
        if elapsed < SHORTEST_STEP:
            return list(previous)
        follow = _share(self._speed_cutoff, elapsed)
        self._speed = [
            speed + follow * ((new - old) / elapsed - speed)
            for speed, new, old in zip(self._speed, values, previous, strict=True)
        ]
        cutoff = self._min_cutoff + self._beta * math.hypot(*self._speed)
        share = _share(cutoff, elapsed)
        self._value = [old + share * (new - old) for old, new in zip(previous, values, strict=True)]
        return list(self._value)


def _share(cutoff: float, elapsed: float) -> float:
    """Weight of the new sample of a first-order low-pass."""
    rate = 2.0 * math.pi * cutoff * elapsed
    return rate / (rate + 1.0)
