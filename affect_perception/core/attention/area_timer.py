"""How long the driver has looked into area 3 of (EU) 2023/2590."""

from __future__ import annotations

from affect_perception.core.attention.switch import NAN, Switch
from affect_perception.core.buffers import to_ns, to_s
from affect_perception.core.enums import AddwArea


class AreaTimer:
    """A look into area 3 that flicks out of it do not end, and that waits while nothing is seen.

    The text asks that a short look out of the area and back must not restart the timer (secondary
    source; verified against the primary text: no). A look out that was too short counts as part
    of the look in, once it is over; while it lasts the timer stands still.
    """

    def __init__(self, hold_s: float, confirm_s: float, reset_s: float, forget_s: float) -> None:
        """Starts with nothing known; all times in s.

        Args:
            hold_s: Longest gap that is bridged.
            confirm_s: How long a change must last to be one.
            reset_s: How long a look out of the area must last to start afresh.
            forget_s: The timer waits this long for the gaze to be known again.
        """
        self._inside: Switch[bool] = Switch(hold_s)
        self._confirm_s = confirm_s
        self._reset_s = reset_s
        self._forget_ns = to_ns(forget_s)
        self._known_ns = 0
        self._length = 0.0
        self._flick = 0.0

    def update(
        self,
        stamp_ns: int,
        area: AddwArea,
        hold_s: float | None = None,
        since_ns: int | None = None,
    ) -> None:
        """Takes the area of one picture; UNKNOWN if the gaze says nothing.

        Args:
            stamp_ns: Its stamp.
            area: Where the gaze falls.
            hold_s: With UNKNOWN: how long this kind of not seeing may be bridged.
            since_ns: Since when it falls there, if known.
        """
        inside = None if area is AddwArea.UNKNOWN else area is AddwArea.AREA_3
        if inside is not None:
            if stamp_ns - self._known_ns > self._forget_ns:
                self._length = self._flick = 0.0
            self._known_ns = stamp_ns
        for interval in self._inside.update(
            stamp_ns, inside, confirm_s=self._confirm_s, hold_s=hold_s, change_ns=since_ns
        ):
            if not interval.value:
                self._flick += interval.duration
                continue
            if self._flick >= self._reset_s:
                self._length = self._flick = 0.0
            self._length += self._flick + interval.duration
            self._flick = 0.0
        if self._flick >= self._reset_s:
            self._length = 0.0

    def interrupt(self) -> None:
        """Ends the present look: what follows is another person's."""
        self._inside.interrupt()
        self._length = self._flick = 0.0

    def inside(self, now_ns: int) -> float:
        """Length of the present look into the area, s; NaN while unknown."""
        if self._inside.current is None:
            return NAN
        bridged = 0.0
        if self._inside.current and self._inside.candidate is None:
            bridged = to_s(now_ns - self._inside.settled_ns)
        return self._length + bridged

    def outside(self, now_ns: int) -> float:
        """Time since the gaze left the area, s; 0 inside; NaN while unknown."""
        current = self._inside.current
        if current is None:
            return NAN
        return 0.0 if current else self._inside.duration(now_ns)

    def growing(self) -> bool:
        """Whether the timer runs."""
        return bool(self._inside.current) and self._inside.candidate is None
