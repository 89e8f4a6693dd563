"""Finds blinks as valleys of the openness, without a fixed threshold on the openness itself.

What counts is the depth of a valley below the lower of its two shoulders, as a share of the
driver's running open eye: 0.927 F1 on eyeblink8_ear offline, where a share of the open eye as
threshold gives 0.78. A logistic rule on four numbers of the shape then decides. All lengths are
times, so the frame rate matters only in that a blink must be seen in at least one picture.
"""

from __future__ import annotations

import math
import statistics
from collections import deque

from affect_perception.core.buffers import to_ns, to_s
from affect_perception.core.drowsiness.lid_dips import Dip, Sample, dip_at
from affect_perception.core.drowsiness.open_level import OpenLevel

LEAST_DEPTH = 0.14
"""Share of the open eye that the lids must fall below both shoulders."""

LONGEST_S = 4.0
"""Longer dips are no blinks of any kind."""

_SMOOTHING_S = 0.02
"""Pictures that close together are averaged: noise of fast cameras. None at 50/s and below."""

_SETTLED_S, _LATEST_S = 0.15, 0.35
"""The right shoulder is taken when the openness has not risen for so long, at the latest after."""

_BUMP, _BUMP_WINDOW_S = 0.7, 0.5
"""A rise by less than this share of the fall before another fall is a bump inside one blink."""

_LEAST_SYMMETRY = 0.3
_LEAST_SHOULDER, _OPEN_SHOULDER = 0.3, 0.5
"""Of the lower and of the higher shoulder. Dips that neither start from nor return to open eyes are
flutter of shut ones."""

_SHORTEST_S = 0.05
"""At half depth: what one picture of 30 per second alone shows is noise."""

_HALF_SHUT_S, _HALF_SHUT = 0.5, 0.5
_NARROW_S, _NARROW = 1.0, 0.3
"""Lids that rest above this share for longer than this are lowered or narrowed, and no blink."""

_INTERCEPT = 6.51
_COEFFICIENTS = (2.96, 1.48, -5.23, -0.77)
"""Of ln(depth / typical depth), ln(depth / lower shoulder), bottom, ln(closing / 0.06 s): logistic
regression on the tags of the six videos of eyeblink8_ear (L2). F1 with one video left out at a time
is the figure to believe: docs/drowsiness.md."""

_USUAL_DEPTH, _USUAL_COUNT, _REMEMBERED = 0.4, 3, 20
_CLEAR_DEPTH, _CLEAR_S, _CLEAR_SYMMETRY = 0.25, 0.5, 0.5
_USUAL_CLOSING_S = 0.06

Rule = tuple[float, tuple[float, ...]]


class BlinkFinder:
    """Streaming: takes one openness per picture, gives a blink soon after it has ended."""

    def __init__(self, hold: float, rule: Rule = (_INTERCEPT, _COEFFICIENTS)) -> None:
        """Starts without a past.

        Args:
            hold: Longest time without a known openness that is bridged, s.
            rule: Intercept and coefficients; other ones serve to leave data out of the fit.
        """
        self._hold = hold
        self._rule = rule
        self._open = OpenLevel()
        self._typical: deque[float] = deque([_USUAL_DEPTH] * _USUAL_COUNT, _REMEMBERED)
        self._origin_ns: int | None = None
        self._last_end = -math.inf
        self.interrupt()

    @property
    def open_eye(self) -> float:
        """The running open eye in the units of the openness; NaN in the first second."""
        return self._open.value

    @property
    def samples(self) -> deque[Sample]:
        """The openness of the last seconds."""
        return self._samples

    def interrupt(self) -> None:
        """Forgets a blink that has begun; the open eye stays known."""
        self._samples: deque[Sample] = deque()
        self._close: deque[Sample] = deque()
        self._top, self._top_time = -math.inf, 0.0
        self._bottom, self._bottom_time = math.inf, 0.0
        self._falling = False
        self._risen: float | None = None
        self._low_after_bump: float | None = None

    def stamp_of(self, time: float) -> int:
        """The stamp of an instant of a dip, ns."""
        return (self._origin_ns or 0) + to_ns(time)

    def update(self, stamp_ns: int, openness: float) -> Dip | None:
        """Takes one picture.

        Args:
            stamp_ns: Rises from call to call.
            openness: In any units in which a shut eye is lower than an open one; NaN if unknown.

        Returns:
            A blink that has ended shortly before, or None.
        """
        if self._origin_ns is None:
            if not math.isfinite(openness):
                # Silence before the first picture may have the stamp 0: far from it, times as
                # floating-point seconds would be rounded, and limits met by chance.
                return None
            self._origin_ns = stamp_ns
        time = to_s(stamp_ns - self._origin_ns)
        if self._samples and time - self._samples[-1][0] > self._hold:
            self.interrupt()
        if not math.isfinite(openness):
            return None
        value = self._smoothed(time, openness)
        open_eye = self._open.update(time, value)
        self._samples.append((time, value))
        while time - self._samples[0][0] > LONGEST_S + 1.0:
            self._samples.popleft()
        if math.isnan(open_eye):
            return None
        if self._falling:
            self._fall(time, value, open_eye)
            return None
        return self._rise(time, value, open_eye)

    def _smoothed(self, time: float, openness: float) -> float:
        self._close.append((time, openness))
        while time - self._close[0][0] > _SMOOTHING_S:
            self._close.popleft()
        return math.fsum(value for _, value in self._close) / len(self._close)

    def _fall(self, time: float, value: float, open_eye: float) -> None:
        if value < self._bottom:
            self._bottom, self._bottom_time = value, time
        low = self._bottom
        if self._low_after_bump is not None:
            low = self._low_after_bump = min(self._low_after_bump, value)
        if value >= low + LEAST_DEPTH * open_eye:
            self._falling = False
            self._low_after_bump = None
            self._top, self._top_time = value, time
            self._risen = time

    def _rise(self, time: float, value: float, open_eye: float) -> Dip | None:
        if value > self._top:
            self._top, self._top_time = value, time
        fell = value <= self._top - LEAST_DEPTH * open_eye
        found = None
        if self._risen is not None:
            if fell and self._is_bump():
                self._risen = None
                self._falling = True
                self._low_after_bump = value
                if value < self._bottom:
                    self._bottom, self._bottom_time = value, time
                return None
            settled = time - self._top_time >= _SETTLED_S or time - self._risen >= _LATEST_S
            if fell or settled:
                found = self._judge(open_eye)
                self._risen = None
        if fell:
            self._falling = True
            self._bottom, self._bottom_time = value, time
        return found

    def _is_bump(self) -> bool:
        begin = self._bottom_time - _BUMP_WINDOW_S
        before = [v for t, v in self._samples if begin <= t <= self._bottom_time]
        if not before:
            return False
        return self._top - self._bottom < _BUMP * (max(before) - self._bottom)

    def _judge(self, open_eye: float) -> Dip | None:
        dip = dip_at(list(self._samples), self._bottom_time, open_eye)
        if dip is None or not _possible(dip):
            return None
        likely = self._is_blink(dip)
        clear = dip.depth > _CLEAR_DEPTH and dip.duration < _CLEAR_S
        if clear and dip.symmetry > _CLEAR_SYMMETRY:
            self._typical.append(dip.depth)
        # The same dip may be met again from a later bottom of it.
        if not likely or dip.start <= self._last_end:
            return None
        self._last_end = dip.end
        return dip

    def _is_blink(self, dip: Dip) -> bool:
        intercept, coefficients = self._rule
        numbers = shape_numbers(dip, statistics.median(self._typical))
        odds = math.fsum(w * n for w, n in zip(coefficients, numbers, strict=True))
        return intercept + odds > 0.0


def shape_numbers(dip: Dip, typical: float) -> tuple[float, float, float, float]:
    """What the logistic rule weighs.

    Args:
        dip: A dip with a depth.
        typical: Depth of this driver's clear blinks, as a share of the open eye.
    """
    return (
        math.log(dip.depth / typical),
        math.log(dip.depth / min(dip.left, dip.right)),
        dip.bottom,
        math.log(dip.closing / _USUAL_CLOSING_S),
    )


def _possible(dip: Dip) -> bool:
    """What no blink can look like is left out before anything is weighed."""
    if dip.depth < LEAST_DEPTH or dip.symmetry < _LEAST_SYMMETRY:
        return False
    if min(dip.left, dip.right) < _LEAST_SHOULDER or max(dip.left, dip.right) < _OPEN_SHOULDER:
        return False
    if not _SHORTEST_S <= dip.duration <= LONGEST_S:
        return False
    half_shut = dip.duration > _HALF_SHUT_S and dip.bottom > _HALF_SHUT
    return not (half_shut or (dip.duration > _NARROW_S and dip.bottom > _NARROW))
