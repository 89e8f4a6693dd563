"""How far stamps would have come by now, when none arrive. No ROS here."""

from __future__ import annotations

from affect_perception.core.buffers import to_ns


class PassedTime:
    """Adds to the newest stamp the time that has passed since it arrived.

    Stamps and clock need not be of one time: only the clock's differences count, and a clock that
    jumps counts as one that has not moved.

    Args:
        jump_s: Step of the clock between two calls from which it has jumped, s.
    """

    def __init__(self, jump_s: float) -> None:
        self._jump_ns = to_ns(jump_s)
        self._newest_ns: int | None = None
        self._passed_ns = 0
        self._clock_ns = 0

    def observe(self, newest_ns: int | None, clock_ns: int) -> None:
        """Stamps have come up to `newest_ns`; None if there are none yet."""
        if newest_ns is not None and newest_ns != self._newest_ns:
            self._newest_ns, self._passed_ns = newest_ns, 0
            self._clock_ns = clock_ns

    def stamp_at(self, clock_ns: int) -> int:
        """The stamp that the time would have; before the first stamp the clock itself."""
        if self._newest_ns is None:
            return clock_ns
        step = clock_ns - self._clock_ns
        if 0 <= step <= self._jump_ns:
            self._passed_ns += step
        self._clock_ns = clock_ns
        return self._newest_ns + self._passed_ns
