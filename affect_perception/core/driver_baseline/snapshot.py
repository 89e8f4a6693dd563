"""What may be kept of the baseline from one drive to the next."""

from __future__ import annotations

import math
from dataclasses import dataclass

from affect_perception.core.errors import InputError

LARGEST_ANGLE = math.radians(60.0)


@dataclass(frozen=True)
class BaselineSnapshot:
    """Where the road and the resting head are seen: camera and seat, and nothing of the face.

    Attributes:
        road_ahead: Gaze (yaw, pitch) as measured while looking at the road ahead, rad; or None.
        head_rest: Yaw, pitch, roll of the head at rest, rad; or None.
        road_seconds: Time that the first was learned from, s.
        head_seconds: Likewise.
    """

    road_ahead: tuple[float, float] | None = None
    head_rest: tuple[float, float, float] | None = None
    road_seconds: float = 0.0
    head_seconds: float = 0.0

    def __post_init__(self) -> None:
        for name, angles in (("road_ahead", self.road_ahead), ("head_rest", self.head_rest)):
            if angles is not None and not keepable(angles):
                raise InputError(f"{name}: angles must lie within +-60 degrees, got {angles} rad")
        for name, seconds in (
            ("road_seconds", self.road_seconds),
            ("head_seconds", self.head_seconds),
        ):
            if not 0.0 <= seconds < math.inf:
                raise InputError(f"{name}: expected seconds from 0, got {seconds}")

    @property
    def empty(self) -> bool:
        """Whether there is nothing to keep."""
        return self.road_ahead is None and self.head_rest is None


def keepable(angles: tuple[float, ...]) -> bool:
    """Whether angles (rad) are finite and within what a driver's road or head can be at."""
    return all(abs(angle) <= LARGEST_ANGLE for angle in angles)
