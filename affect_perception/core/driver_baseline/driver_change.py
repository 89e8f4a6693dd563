"""Whether another driver has sat down. Nobody is recognised: it goes by time, place and speed."""

from __future__ import annotations

from affect_perception.core.config import BaselineConfig

# Between pictures farther apart than this nobody looked at the seat, s.
LONGEST_LOOK = 1.0


class DriverChange:
    """Counts drivers.

    A driver is taken for another one after the seat was seen empty for `change_absence` while the
    vehicle stood or its speed was unknown; after `change_seat_empty` if the face comes up at
    another place (a new track number); and at once if the track goes from one face straight to
    another. In a vehicle known to move none of this counts.

    Attributes:
        number: Rises with every new driver; 0 before the first.
    """

    def __init__(self, config: BaselineConfig) -> None:
        self._config = config
        self.number = 0
        self.reset()

    def reset(self) -> None:
        """The next face is a new driver."""
        self._track_id = 0
        self._empty = 0.0
        self._interrupted = False

    def absent(self, elapsed: float, *, moving: bool, blind: bool) -> None:
        """No face in a picture.

        Args:
            elapsed: Time since the last picture, s.
            moving: The vehicle is known to move.
            blind: The picture is so bad that the missing face says nothing about the seat.
        """
        self._interrupted = True
        if moving:
            self._empty = 0.0
        elif not blind:
            self._empty += min(max(elapsed, 0.0), LONGEST_LOOK)

    def present(self, track_id: int, *, moving: bool) -> bool:
        """A face in a picture; returns whether it is another driver's (also the first one)."""
        changed = self._changed(track_id, moving)
        self.number += changed
        self._track_id = track_id
        self._empty = 0.0
        self._interrupted = False
        return changed

    def _changed(self, track_id: int, moving: bool) -> bool:
        if self._track_id == 0 or self._empty > self._config.change_absence:
            return True
        if track_id == self._track_id:
            return False
        if self._interrupted:
            return self._empty >= self._config.change_seat_empty
        return not moving
