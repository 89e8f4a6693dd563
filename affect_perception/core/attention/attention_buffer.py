"""The attention buffer of AttenD: seconds of attention that are left.

Kircher and Ahlström's algorithm, as quoted in secondary texts (verified against the primary text:
no): the buffer holds 2 s, loses 1 s per second while the gaze is off the road, gains 1 s per
second on the road after a delay of 0.1 s, and mirrors and instruments are free for their first
second. Empty means distracted.
"""

from __future__ import annotations

CAPACITY_S = 2.0
RETURN_DELAY_S = 0.1
FREE_TASK_S = 1.0


class AttentionBuffer:
    """The buffer; it changes only by time that has been decided, so gaps leave it as it is."""

    def __init__(self) -> None:
        self._level = float("nan")
        self._on_road_for = 0.0

    @property
    def level(self) -> float:
        """Seconds left, 0..2; NaN before the first decided time."""
        return self._level

    def fill(self, seconds: float) -> None:
        """Lets time on the road pass, s >= 0."""
        self._begin()
        delayed = min(max(RETURN_DELAY_S - self._on_road_for, 0.0), seconds)
        self._on_road_for += seconds
        self._level = min(CAPACITY_S, self._level + seconds - delayed)

    def spend(self, seconds: float) -> None:
        """Lets time away from the road pass that is not free, s >= 0."""
        self._begin()
        self._on_road_for = 0.0
        self._level = max(0.0, self._level - seconds)

    def _begin(self) -> None:
        if self._level != self._level:
            self._level = CAPACITY_S
