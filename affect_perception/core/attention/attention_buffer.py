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
        self._task_for = 0.0

    @property
    def level(self) -> float:
        """Seconds left, 0..2; NaN before the first decided time."""
        return self._level

    def spend(self, seconds: float, on_road: bool, driving_task: bool) -> None:
        """Lets time pass.

        Args:
            seconds: Length of the time, >= 0.
            on_road: Whether the gaze was on the road.
            driving_task: Whether it was on a mirror or the instruments instead.
        """
        if self._level != self._level:
            self._level = CAPACITY_S
        if on_road:
            self._task_for = 0.0
            delayed = min(max(RETURN_DELAY_S - self._on_road_for, 0.0), seconds)
            self._on_road_for += seconds
            self._level = min(CAPACITY_S, self._level + seconds - delayed)
            return
        self._on_road_for = 0.0
        free = 0.0
        if driving_task:
            free = min(max(FREE_TASK_S - self._task_for, 0.0), seconds)
            self._task_for += seconds
        self._level = max(0.0, self._level - (seconds - free))
