"""The course of one opening of the mouth: how high, how slowly it rose, how often it narrowed.

A yawn is one slow, high opening. Speech and song open the mouth anew with every syllable, two to
eight times a second, within 0.12 to 0.18 s each (Ostry and Munhall 1985, tongue and jaw in speech;
secondary text, verified against the primary text: no); laughter and surprise stay lower. Figures
measured on clips: docs/drowsiness.md.
"""

from __future__ import annotations

import math

from affect_perception.core.attention.switch import crossing_ns
from affect_perception.core.buffers import to_s

# The opening is smoothed against landmarks that jump for single pictures; a syllable of 8 Hz keeps
# a third of its depth.
_SMOOTHING_S = 0.06

# The rise is timed from this opening (over the mouth's width), above that of a closed mouth, to
# this share of the height that is held afterwards.
_RISE_FROM, _RISE_SHARE = 0.15, 0.8

# Openings at which the instant of the rise is kept, and how far they go.
_STEP, _STEPS = 0.05, 40

# A narrowing counts when the opening falls by this share of the top before it and rises again by
# as much. Landmarks of a yawning man with glasses did so 0.4 times a second, syllables do in song.
_NARROWING = 0.3

NAN = math.nan


class MouthShape:
    """Follows the opening of the mouth from picture to picture.

    Attributes:
        narrowings: How often the mouth has narrowed and opened again since `begin`.
    """

    def __init__(self) -> None:
        """Starts with nothing seen."""
        self.narrowings = 0
        self._smooth = NAN
        self._stamp_ns = 0
        self._reached_ns: list[int] | None = None
        self._top = 0.0
        self._low: float | None = None
        self._area = self._time = 0.0

    @property
    def height(self) -> float:
        """Mean opening since `begin`, over the mouth's width; NaN right after it."""
        return self._area / self._time if self._time > 0.0 else NAN

    @property
    def rise_s(self) -> float:
        """How long the mouth took to open, s; NaN if the beginning was not seen."""
        if self._reached_ns is None or not self.height >= _RISE_FROM:
            return NAN
        index = int((_RISE_SHARE * self.height - _RISE_FROM) / _STEP)
        reached = self._reached_ns
        return to_s(reached[min(max(index, 0), len(reached) - 1)] - reached[0]) if reached else NAN

    def begin(self) -> None:
        """The mouth has just become wide: what is counted begins afresh."""
        self.narrowings = 0
        self._top, self._low = self._smooth if self._smooth == self._smooth else 0.0, None
        self._area = self._time = 0.0

    def update(self, stamp_ns: int, opening: float) -> None:
        """Takes the opening in a picture: a finite number."""
        before, before_ns = self._smooth, self._stamp_ns
        self._stamp_ns = stamp_ns
        if math.isnan(before):
            self._smooth = self._top = opening
            return
        step = to_s(stamp_ns - before_ns)
        self._smooth += (1.0 - math.exp(-step / _SMOOTHING_S)) * (opening - before)
        self._area += step * 0.5 * (before + self._smooth)
        self._time += step
        self._time_rise(before_ns, before)
        self._count_narrowings()

    def _time_rise(self, before_ns: int, before: float) -> None:
        now, reached = self._smooth, self._reached_ns
        if now < _RISE_FROM:
            self._reached_ns = []
            return
        while reached is not None and len(reached) < _STEPS:
            level = _RISE_FROM + _STEP * len(reached)
            if now < level:
                break
            reached.append(crossing_ns(before_ns, before, self._stamp_ns, now, level))

    def _count_narrowings(self) -> None:
        now = self._smooth
        if self._low is None:
            self._top = max(self._top, now)
            if now < (1.0 - _NARROWING) * self._top:
                self._low = now
            return
        self._low = min(self._low, now)
        if now > self._low + _NARROWING * self._top:
            self.narrowings += 1
            self._top, self._low = now, None
