"""A value over time: debounced, bridged over short gaps, cut by long ones.

Glances (on or off the road, which zone), closed eyes and the wide mouth are all such values; this
is the one place that decides what a picture says about the time between it and the one before.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from affect_perception.core.buffers import Interval, to_ns, to_s

T = TypeVar("T")
NAN = float("nan")


class Switch(Generic[T]):
    """Follows a value from picture to picture and cuts time into intervals of it.

    A change lies between two pictures; its instant is the midpoint unless the caller knows better,
    so durations do not depend on the frame rate to first order. A new value must last `confirm_s`
    before it is accepted, and then counts from its change. A gap of at most `hold_s` is bridged
    with the last value; a longer one ends it, and the time after the last picture that knew the
    value belongs to nothing.
    """

    def __init__(self, hold_s: float) -> None:
        self._default_hold_ns = to_ns(hold_s)
        self._hold_ns = self._default_hold_ns
        self._current: T | None = None
        self._since_ns = 0
        self._known_ns = 0
        self._called_ns = 0
        self._settled_ns = 0
        self._candidate: tuple[T, int] | None = None

    @property
    def current(self) -> T | None:
        """The accepted value, or None while unknown."""
        return self._current

    @property
    def since_ns(self) -> int:
        """Stamp at which the accepted value began; meaningless while it is unknown."""
        return self._since_ns

    @property
    def settled_ns(self) -> int:
        """Stamp up to which time has been decided; meaningless while the value is unknown."""
        return self._settled_ns

    @property
    def candidate(self) -> tuple[T, int] | None:
        """A value that waits for acceptance, and the stamp of the change to it."""
        return self._candidate

    def duration(self, now_ns: int) -> float:
        """Length of the accepted value so far, s; NaN while unknown.

        While another value waits for acceptance, the length stands still at the change: a look
        back at the road 50 ms before a limit must not run into it.
        """
        if self._current is None:
            return NAN
        return to_s((self._candidate[1] if self._candidate else now_ns) - self._since_ns)

    def update(
        self,
        stamp_ns: int,
        value: T | None,
        *,
        confirm_s: float = 0.0,
        hold_s: float | None = None,
        change_ns: int | None = None,
    ) -> list[Interval[T]]:
        """Takes the value seen at `stamp_ns`.

        Args:
            stamp_ns: Stamp of the picture; advances from call to call.
            value: What it shows; None if it shows nothing.
            confirm_s: How long this value must last to be accepted in place of another.
            hold_s: With None as value: how long this kind of not seeing may be bridged.
            change_ns: Instant of the change to this value, if known better than to the midpoint.

        Returns:
            The time that has been decided by this picture, in order, without overlap.
        """
        if self._current is not None and stamp_ns - self._called_ns > self._default_hold_ns:
            self._current = None
        self._called_ns = max(self._called_ns, stamp_ns)
        if value is None:
            self._miss(stamp_ns, hold_s)
            return []
        if self._current is None:
            self._begin(stamp_ns, value)
            return []
        decided = self._see(stamp_ns, value, confirm_s, change_ns)
        self._known_ns = stamp_ns
        self._hold_ns = self._default_hold_ns
        return decided

    def interrupt(self) -> None:
        """Ends the value, for instance because it now is another person's."""
        self._current = None
        self._candidate = None

    def _miss(self, stamp_ns: int, hold_s: float | None) -> None:
        # A value that waits for acceptance goes on waiting: pictures lost now and then must not
        # move its beginning.
        self._hold_ns = self._default_hold_ns if hold_s is None else to_ns(hold_s)
        if self._current is not None and stamp_ns - self._known_ns > self._hold_ns:
            self.interrupt()

    def _begin(self, stamp_ns: int, value: T) -> None:
        self._current = value
        self._candidate = None
        self._hold_ns = self._default_hold_ns
        self._since_ns = self._settled_ns = self._known_ns = stamp_ns

    def _see(
        self, stamp_ns: int, value: T, confirm_s: float, change_ns: int | None
    ) -> list[Interval[T]]:
        current = self._current
        assert current is not None
        if value == current:
            self._candidate = None
            return self._settle(stamp_ns, current)
        if self._candidate is None or self._candidate[0] != value:
            middle = (self._known_ns + stamp_ns) // 2
            change = middle if change_ns is None else change_ns
            self._candidate = (value, min(max(change, self._settled_ns), stamp_ns))
        change = self._candidate[1]
        if stamp_ns - change < to_ns(confirm_s):
            return []
        decided = self._settle(change, current)
        self._current, self._since_ns, self._candidate = value, change, None
        return decided + self._settle(stamp_ns, value)

    def _settle(self, until_ns: int, value: T) -> list[Interval[T]]:
        start_ns, self._settled_ns = self._settled_ns, until_ns
        return [Interval(start_ns, until_ns, value)] if until_ns > start_ns else []


def crossing_ns(before_ns: int, before: float, now_ns: int, now: float, level: float) -> int:
    """Instant at which a straight line between two samples meets `level`, ns.

    Outside the two samples it is the nearer one, so that noise cannot move it further.
    """
    if now == before:
        return (before_ns + now_ns) // 2
    share = min(max((level - before) / (now - before), 0.0), 1.0)
    return before_ns + round(share * (now_ns - before_ns))
