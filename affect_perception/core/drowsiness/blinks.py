"""Blinks: short dips of the openness, measured at half amplitude."""

from __future__ import annotations

import math

from affect_perception.core.attention.switch import NAN, crossing_ns
from affect_perception.core.buffers import to_ns, to_s
from affect_perception.core.config import AttentionConfig


class BlinkDetector:
    """Finds blinks in the openness of both eyes together.

    A blink begins where the openness falls through `blink_below` and ends where it rises through
    it again; it is reported once the openness has reached `blink_above`. Longer dips are closures
    or looks down and no blinks. Both instants are interpolated between pictures.
    """

    def __init__(self, config: AttentionConfig) -> None:
        self._config = config
        self._last: tuple[int, float] | None = None
        self._begin_ns: int | None = None
        self._rise_ns: int | None = None
        self.count = 0
        self.duration = NAN

    def update(self, stamp_ns: int, openness: float) -> bool:
        """Takes one picture; True if a blink has ended with it."""
        if math.isnan(openness):
            self._abandon_if_old(stamp_ns)
            return False
        self._abandon_if_old(stamp_ns)
        ended = self._advance(stamp_ns, openness)
        self._last = (stamp_ns, openness)
        return ended

    def interrupt(self) -> None:
        """Forgets a blink that has begun."""
        self._last = None
        self._begin_ns = None

    def _abandon_if_old(self, stamp_ns: int) -> None:
        if self._last is not None and stamp_ns - self._last[0] > to_ns(self._config.hold):
            self.interrupt()

    def _advance(self, stamp_ns: int, openness: float) -> bool:
        if self._last is None:
            return False
        level, (_, before) = self._config.blink_below, self._last
        if self._begin_ns is None:
            if before >= level > openness:
                self._begin_ns = crossing_ns(*self._last, stamp_ns, openness, level)
                self._rise_ns = None
            return False
        if openness < level:
            self._rise_ns = None
            return False
        if self._rise_ns is None:
            self._rise_ns = crossing_ns(*self._last, stamp_ns, openness, level)
        if openness < self._config.blink_above:
            return False
        length = to_s(self._rise_ns - self._begin_ns)
        self._begin_ns = None
        if length > self._config.blink_max:
            return False
        self.count += 1
        self.duration = length
        return True
