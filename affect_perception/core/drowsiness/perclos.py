"""PERCLOS: the share of usable time in which the eyes were closed by slow closures.

P80 (lids at least 80 % closed) with blinks cut out. The cut in the literature lies between 0.25
and 0.5 s (secondary source; verified against the primary text: no); here it is the longest blink.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from affect_perception.core.attention.switch import NAN
from affect_perception.core.buffers import Interval, IntervalWindow, to_ns, to_s
from affect_perception.core.config import DrowsinessConfig


@dataclass(frozen=True)
class PerclosState:
    """PERCLOS after a picture.

    Attributes:
        perclos: 0..1, NaN while too little usable time is in the window.
        usable: Usable time in the window, s.
        mean_closure: Mean length of the slow closures in the window, s; NaN without one.
        closure: Time decided by this picture within a slow closure, or None.
    """

    perclos: float
    usable: float
    mean_closure: float
    closure: Interval[bool] | None


class Perclos:
    """Keeps the window. A closure counts as slow from its beginning once it is long enough."""

    def __init__(self, config: DrowsinessConfig, cut: float, hold: float) -> None:
        """Starts empty.

        Args:
            config: Parameters.
            cut: Closures from this length on are slow ones, s.
            hold: Longest time without a usable picture that is bridged, s.
        """
        self._cut_s = cut
        self._min_usable_s = config.perclos_min_usable
        self._window: IntervalWindow[bool] = IntervalWindow(config.perclos_window)
        self._window_ns = to_ns(config.perclos_window)
        self._hold_ns = to_ns(hold)
        self._open_closure: Interval[bool] | None = None

    def update(self, stamp_ns: int, decided: Iterable[Interval[bool]]) -> PerclosState:
        """Takes the closed (True) and open time decided by the picture at `stamp_ns`."""
        slow: Interval[bool] | None = None
        for interval in decided:
            if not interval.value:
                self._finish_closure()
                self._window.append(interval)
                continue
            slow = self._extend_closure(interval) or slow
        going_on = self._open_closure
        if going_on is not None and stamp_ns - going_on.end_ns > self._hold_ns:
            self._finish_closure()
        self._window.expire(stamp_ns)
        return self._state(stamp_ns, slow)

    def _extend_closure(self, interval: Interval[bool]) -> Interval[bool] | None:
        before = self._open_closure
        if before is not None and before.end_ns != interval.start_ns:
            self._finish_closure()
            before = None
        begin = interval.start_ns if before is None else before.start_ns
        closure = Interval(begin, interval.end_ns, True)
        self._open_closure = closure
        if closure.duration < self._cut_s:
            return None
        was_slow = before is not None and before.duration >= self._cut_s
        return interval if was_slow else closure

    def _finish_closure(self) -> None:
        closure, self._open_closure = self._open_closure, None
        if closure is not None:
            slow = closure.duration >= self._cut_s
            self._window.append(Interval(closure.start_ns, closure.end_ns, slow))

    def _state(self, stamp_ns: int, slow: Interval[bool] | None) -> PerclosState:
        open_ns, _ = self._window.total(stamp_ns, False)
        closed_ns, closures = self._window.total(stamp_ns, True)
        going_on = self._open_closure
        if going_on is not None:
            begin_ns = max(going_on.start_ns, stamp_ns - self._window_ns)
            if going_on.duration >= self._cut_s:
                closed_ns += going_on.end_ns - begin_ns
                closures += 1
            else:
                open_ns += going_on.end_ns - begin_ns
        usable = to_s(open_ns + closed_ns)
        known = usable >= self._min_usable_s
        return PerclosState(
            perclos=to_s(closed_ns) / usable if known else NAN,
            usable=usable,
            mean_closure=to_s(closed_ns) / closures if closures else NAN,
            closure=slow,
        )
