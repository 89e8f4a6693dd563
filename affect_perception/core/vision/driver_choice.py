"""Which of several faces is the driver's.

The rule, in this order:

1. A face too far from the driver region is nobody's business (`max_offset`).
2. A face seen beside the driver is a bystander and stays one while it is in sight, also after the
   driver has left (`bystander_memory`).
3. Once the driver's place in the picture is known, only a face near it can become the driver
   (`seat_radius`, `seat_time`, `seat_memory`).
4. Of the remaining faces the most suitable wins: the largest, weighted by how near it is to the
   centre of the driver region.

A passenger therefore never becomes the driver merely because the driver left the seat.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from affect_perception.core.buffers import to_s
from affect_perception.core.config import FaceTrackingConfig
from affect_perception.core.vision.face_detector import FaceDetection
from affect_perception.core.vision.picture import Rectangle

# Spread of the weight over the distance to the region's centre, in half widths of the region: a
# face at the edge of the region counts 0.4 of one in the middle.
CENTRE_SPREAD = 0.75
# Two sightings closer than this share of the face width are one person.
SAME_PLACE = 0.8
# Time constant of the running mean of the driver's place, s.
SEAT_SMOOTHING = 10.0


@dataclass(frozen=True)
class FacePlace:
    """Centre and width of a face in the picture, px."""

    x: float
    y: float
    width: float

    @classmethod
    def of(cls, detection: FaceDetection) -> FacePlace:
        """The place of a detected face."""
        x, y = detection.centre
        return cls(x, y, detection.box[2])

    def distance(self, other: FacePlace) -> float:
        """Distance of the centres in widths of the larger face."""
        return math.hypot(self.x - other.x, self.y - other.y) / max(self.width, other.width, 1.0)

    def same_as(self, other: FacePlace) -> bool:
        """Whether both are sightings of one person."""
        return self.distance(other) < SAME_PLACE


class DriverChoice:
    """Remembers the driver's place and the bystanders, and picks the driver's face."""

    def __init__(self, config: FaceTrackingConfig) -> None:
        self._config = config
        self.reset()

    def reset(self) -> None:
        """Forgets everybody."""
        self._seat: FacePlace | None = None
        self._tracked_time = 0.0
        self._driver_seen_ns: int | None = None
        self._bystanders: list[tuple[FacePlace, int]] = []
        self._better_since_ns: int | None = None

    @property
    def seat_known(self) -> bool:
        """Whether the driver's place has been learned."""
        return self._seat is not None and self._tracked_time >= self._config.seat_time

    def suitability(self, place: FacePlace, region: Rectangle) -> float:
        """How much a face looks like the driver's by size and place alone; 0 if out of question."""
        offset = abs(place.x - region.centre[0]) / (region.width / 2.0)
        if offset > self._config.max_offset:
            return 0.0
        return place.width / region.width * math.exp(-0.5 * (offset / CENTRE_SPREAD) ** 2)

    def choose(
        self, faces: Sequence[FaceDetection], region: Rectangle, stamp_ns: int
    ) -> FaceDetection | None:
        """The driver's face among those seen while none is tracked, or None."""
        self._forget(stamp_ns)
        best, best_value = None, 0.0
        for face in faces:
            place = FacePlace.of(face)
            if self._refresh_bystander(place, stamp_ns):
                continue
            if self._away_from_seat(place):
                continue
            value = self.suitability(place, region)
            if value > best_value:
                best, best_value = face, value
        return best

    def note_driver(self, place: FacePlace, stamp_ns: int) -> None:
        """Learns from a picture in which the driver is tracked."""
        elapsed = 0.0
        if self._driver_seen_ns is not None:
            elapsed = max(0.0, min(to_s(stamp_ns - self._driver_seen_ns), 1.0))
        self._driver_seen_ns = stamp_ns
        self._tracked_time += elapsed
        if self._seat is None:
            self._seat = place
            return
        share = elapsed / (SEAT_SMOOTHING + elapsed)
        self._seat = FacePlace(
            self._seat.x + share * (place.x - self._seat.x),
            self._seat.y + share * (place.y - self._seat.y),
            self._seat.width + share * (place.width - self._seat.width),
        )

    def note_others(
        self,
        driver: FacePlace,
        faces: Sequence[FaceDetection],
        region: Rectangle,
        stamp_ns: int,
    ) -> FaceDetection | None:
        """Learns who else is there; returns the face that should take over, if any."""
        others = [face for face in faces if not FacePlace.of(face).same_as(driver)]
        limit = self._config.switch_ratio * self.suitability(driver, region)
        better = [f for f in others if self.suitability(FacePlace.of(f), region) > limit]
        if not better:
            self._better_since_ns = None
        elif self._better_since_ns is None:
            self._better_since_ns = stamp_ns
        elif to_s(stamp_ns - self._better_since_ns) >= self._config.switch_time:
            self.reset()
            return max(better, key=lambda f: self.suitability(FacePlace.of(f), region))
        for face in others:
            place = FacePlace.of(face)
            if not self._refresh_bystander(place, stamp_ns):
                self._bystanders.append((place, stamp_ns))
        return None

    def _away_from_seat(self, place: FacePlace) -> bool:
        if self._seat is None or not self.seat_known:
            return False
        return self._seat.distance(place) > self._config.seat_radius

    def _refresh_bystander(self, place: FacePlace, stamp_ns: int) -> bool:
        for index, (known, _) in enumerate(self._bystanders):
            if known.same_as(place):
                self._bystanders[index] = (place, stamp_ns)
                return True
        return False

    def _forget(self, stamp_ns: int) -> None:
        keep = self._config.bystander_memory
        self._bystanders = [
            (place, seen) for place, seen in self._bystanders if to_s(stamp_ns - seen) <= keep
        ]
        if self._driver_seen_ns is None:
            return
        if to_s(stamp_ns - self._driver_seen_ns) > self._config.seat_memory:
            self._seat, self._tracked_time, self._driver_seen_ns = None, 0.0, None
