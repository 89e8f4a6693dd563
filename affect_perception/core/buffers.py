"""Windows over time and the checking of stamps. Everything here runs on stamps."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

T = TypeVar("T")

NS_PER_S = 1_000_000_000


def to_ns(seconds: float) -> int:
    """Seconds as integer nanoseconds, rounded."""
    return round(seconds * NS_PER_S)


def to_s(nanoseconds: int) -> float:
    """Nanoseconds as seconds."""
    return nanoseconds / NS_PER_S


class StampCheck(Enum):
    """What a new stamp is, seen from the one before."""

    FIRST = "first"
    ADVANCES = "advances"
    BACKWARDS = "backwards"
    JUMP = "jump"


class StampGuard:
    """Judges stamps: they must advance, and not by more than `jump_s` at once.

    The only rule about stamps: the pipeline judges each picture once and tells its parts.

    A step backwards of at most `jump_s` is a late or repeated picture: it is to be dropped, and
    the newest stamp stays. A larger step in either direction is a new clock: it is accepted, and
    whoever keeps state starts afresh.
    """

    def __init__(self, jump_s: float) -> None:
        self._jump_ns = to_ns(jump_s)
        self._newest_ns: int | None = None

    @property
    def newest_ns(self) -> int | None:
        """Newest accepted stamp, or None."""
        return self._newest_ns

    def accept(self, stamp_ns: int) -> None:
        """Takes a stamp that somebody else has judged as the newest one."""
        self._newest_ns = stamp_ns

    def check(self, stamp_ns: int) -> StampCheck:
        """Judges a stamp and remembers it unless it is BACKWARDS."""
        newest = self._newest_ns
        if newest is not None and 0 <= newest - stamp_ns <= self._jump_ns:
            return StampCheck.BACKWARDS
        self.accept(stamp_ns)
        if newest is None:
            return StampCheck.FIRST
        return StampCheck.JUMP if abs(stamp_ns - newest) > self._jump_ns else StampCheck.ADVANCES


@dataclass(frozen=True)
class Interval(Generic[T]):
    """A value that held from `start_ns` to `end_ns`."""

    start_ns: int
    end_ns: int
    value: T

    @property
    def duration(self) -> float:
        """Length, s."""
        return to_s(self.end_ns - self.start_ns)


class IntervalWindow(Generic[T]):
    """The intervals of the last `length_s` seconds; sums over them are exact, without drift.

    Intervals must be appended in order of time and must not overlap. Adjacent ones with equal
    values are joined, so memory depends on changes and not on the frame rate.
    """

    def __init__(self, length_s: float) -> None:
        self._length_ns = to_ns(length_s)
        self._intervals: deque[Interval[T]] = deque()

    def append(self, interval: Interval[T]) -> None:
        """Adds an interval and drops what has left the window that ends with it."""
        if interval.end_ns <= interval.start_ns:
            return
        last = self._intervals[-1] if self._intervals else None
        if last and last.end_ns == interval.start_ns and last.value == interval.value:
            self._intervals[-1] = Interval(last.start_ns, interval.end_ns, interval.value)
        else:
            self._intervals.append(interval)
        self.expire(interval.end_ns)

    def expire(self, now_ns: int) -> None:
        """Drops intervals that ended before the window ending at `now_ns`."""
        while self._intervals and self._intervals[0].end_ns <= now_ns - self._length_ns:
            self._intervals.popleft()

    def within(self, now_ns: int) -> Iterator[Interval[T]]:
        """The intervals in the window ending at `now_ns`, cut at its beginning."""
        begin = now_ns - self._length_ns
        for interval in self._intervals:
            if interval.end_ns > begin:
                yield Interval(max(interval.start_ns, begin), interval.end_ns, interval.value)

    def total(self, now_ns: int, value: T) -> tuple[int, int]:
        """Time with `value` in the window ending at `now_ns`, ns, and the number of intervals."""
        begin = now_ns - self._length_ns
        time_ns = count = 0
        for interval in self._intervals:
            if interval.value == value and interval.end_ns > begin:
                time_ns += interval.end_ns - max(interval.start_ns, begin)
                count += 1
        return time_ns, count

    def clear(self) -> None:
        """Forgets everything."""
        self._intervals.clear()
