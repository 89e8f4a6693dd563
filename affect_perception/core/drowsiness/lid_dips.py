"""The shape of one dip of the lids: how deep, how long, how fast, between which shoulders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Sample = tuple[float, float]
"""Time in s and openness."""

_SHOULDER_S = 0.35
"""How far before the fall the left shoulder is looked for (a longer look takes in slow drifts)."""

_LOW, _HIGH = 0.2, 0.8
"""Closing and opening are timed between these shares of the depth, away from the noisy ends."""

_SHORTEST_FLANK_S = 0.01


@dataclass(frozen=True)
class Dip:
    """A dip between two shoulders; openness as a share of the running open eye.

    Instants count from the first picture that shows the eyes (`BlinkFinder.stamp_of`).

    Attributes:
        start: Instant at which it falls through half its depth, s.
        bottom_time: Instant of the lowest picture, s.
        end: Instant at which it rises through half its depth, s.
        left: Shoulder before.
        right: Shoulder after.
        bottom: Lowest openness.
        closing: Time from 20 to 80 % of the depth, s.
        opening: Time from 80 to 20 %, s.
    """

    start: float
    bottom_time: float
    end: float
    left: float
    right: float
    bottom: float
    closing: float
    opening: float

    @property
    def depth(self) -> float:
        """Below the lower shoulder."""
        return min(self.left, self.right) - self.bottom

    @property
    def duration(self) -> float:
        """At half depth, s."""
        return self.end - self.start

    @property
    def symmetry(self) -> float:
        """Lower over higher flank, 0..1."""
        flanks = (self.left - self.bottom, self.right - self.bottom)
        return min(flanks) / max(flanks)


def dip_at(samples: Sequence[Sample], bottom_time: float, open_eye: float) -> Dip | None:
    """Measures the dip whose lowest picture was at `bottom_time`.

    Args:
        samples: Oldest first, up to the present.
        bottom_time: s.
        open_eye: Openness of the open eye in the units of the samples, above 0.

    Returns:
        The dip, or None if its left flank is not in the samples or it has no depth.
    """
    lowest = _last_until(samples, bottom_time)
    if lowest is None:
        return None
    bottom = samples[lowest][1]
    right = max(value for _, value in samples[lowest:])
    edge = _back_to(samples, lowest, bottom + 0.5 * (right - bottom))
    if edge is None:
        return None
    begin = samples[edge][0] - _SHOULDER_S
    left = max(value for time, value in samples[: edge + 1] if time >= begin)
    depth = min(left, right) - bottom
    if depth <= 0.0:
        return None

    def before(share: float) -> float:
        return _crossing_before(samples, lowest, bottom + share * depth)

    def after(share: float) -> float:
        return _crossing_after(samples, lowest, bottom + share * depth)

    return Dip(
        start=before(0.5),
        bottom_time=samples[lowest][0],
        end=after(0.5),
        left=left / open_eye,
        right=right / open_eye,
        bottom=bottom / open_eye,
        closing=max(before(_LOW) - before(_HIGH), _SHORTEST_FLANK_S),
        opening=max(after(_HIGH) - after(_LOW), _SHORTEST_FLANK_S),
    )


def _last_until(samples: Sequence[Sample], time: float) -> int | None:
    for index in range(len(samples) - 1, -1, -1):
        if samples[index][0] <= time:
            return index
    return None


def _back_to(samples: Sequence[Sample], start: int, level: float) -> int | None:
    for index in range(start, -1, -1):
        if samples[index][1] >= level:
            return index
    return None


def _crossing_before(samples: Sequence[Sample], lowest: int, level: float) -> float:
    index = _back_to(samples, lowest, level)
    if index is None:
        return samples[0][0]
    return _between(samples[index], samples[min(index + 1, len(samples) - 1)], level)


def _crossing_after(samples: Sequence[Sample], lowest: int, level: float) -> float:
    for index in range(lowest, len(samples)):
        if samples[index][1] >= level:
            return _between(samples[max(index - 1, 0)], samples[index], level)
    return samples[-1][0]


def _between(first: Sample, second: Sample, level: float) -> float:
    (time, value), (later, next_value) = first, second
    if next_value == value:
        return 0.5 * (time + later)
    share = min(max((level - value) / (next_value - value), 0.0), 1.0)
    return time + share * (later - time)
