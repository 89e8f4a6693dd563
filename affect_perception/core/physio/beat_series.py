"""Intervals between beats over a window, and which of them are not of the sinus rhythm."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from affect_perception.core.physio.beat_rule import FoundBeat

# An interval outside is no heart beat: 300 and 20 beats per minute, s.
SHORTEST, LONGEST = 0.2, 3.0
# An interval that differs from the median of the normal ones before by more than this share is odd:
# at least, at most, and times their own median deviation between. 20 % is the usual rule for
# ectopic beats (Malik et al. 1989, as in Task Force 1996; from memory, verified: no); calm drivers
# are held to less, restless ones to more.
_LEAST, _MOST, _TIMES = 0.15, 0.30, 6.0
_NORMALS = 12
# So many odd intervals in a row that agree with each other are a new rhythm.
_NEW_RHYTHM, _AGREE = 5, 0.15
# What is usual in a window is known from so many normal intervals, and so large a share of all.
_FEWEST_NORMAL, _NORMAL_SHARE = 4, 0.6
# Two intervals follow each other if end and begin are no further apart than clocks drift, s.
_SAME = 0.02


@dataclass(frozen=True)
class BeatInterval:
    """Time between two beats that follow each other without a hole in the signal.

    Attributes:
        end: Time of the second beat, s after some origin of the row.
        length: s.
        normal: Neither ectopic nor an artefact, judged by the intervals before it.
        after_normal: The interval just before it ended where this begins, and was normal.
    """

    end: float
    length: float
    normal: bool
    after_normal: bool


@dataclass(frozen=True)
class SeriesBeat:
    """A beat at a time, s, with what the finder says of it."""

    time: float
    beat: FoundBeat


class BeatSeries:
    """The beats and intervals of the last seconds.

    Args:
        length: How long they are kept, s.
    """

    def __init__(self, length: float) -> None:
        self._length = length
        self._beats: deque[SeriesBeat] = deque()
        self._intervals: deque[BeatInterval] = deque()
        self._normals: deque[float] = deque(maxlen=_NORMALS)
        self._odd: list[float] = []
        self._last_normal = False

    @property
    def newest(self) -> SeriesBeat | None:
        """The newest beat."""
        return self._beats[-1] if self._beats else None

    def clear(self) -> None:
        """Another clock begins: times are not comparable any more; the usual interval stays."""
        self._beats.clear()
        self._intervals.clear()
        self._last_normal = False

    def add(self, time: float, beat: FoundBeat, period: float) -> None:
        """Adds a beat; they come in order.

        Args:
            time: When it was, s.
            beat: What the finder says of it.
            period: Time from one sample to the next, s. Intervals are counted in samples, so that
                the jitter of stamps does not enter them.
        """
        before = self._beats[-1] if self._beats and beat.joined else None
        self._beats.append(SeriesBeat(time, beat))
        if before is None:
            self._last_normal = False
        else:
            self._add_interval(time, (beat.index - before.beat.index) * period)
        self.expire(time)

    def expire(self, now: float) -> None:
        """Forgets what lies more than the length before `now`."""
        while self._beats and self._beats[0].time < now - self._length:
            self._beats.popleft()
        while self._intervals and self._intervals[0].end < now - self._length:
            self._intervals.popleft()

    def beats(self, begin: float, end: float) -> list[SeriesBeat]:
        """Beats from `begin` to `end`, in order."""
        found = []
        # From the newest backwards: most windows are short against what is kept.
        for beat in reversed(self._beats):
            if beat.time < begin:
                break
            if beat.time <= end:
                found.append(beat)
        return found[::-1]

    def intervals(self, begin: float, end: float) -> list[BeatInterval]:
        """Intervals that end from `begin` to `end`, in order."""
        found = []
        for interval in reversed(self._intervals):
            if interval.end < begin:
                break
            if interval.end <= end:
                found.append(interval)
        return found[::-1]

    def _add_interval(self, time: float, length: float) -> None:
        normal = self._is_normal(length)
        self._intervals.append(BeatInterval(time, length, normal, normal and self._last_normal))
        self._last_normal = normal

    def _is_normal(self, length: float) -> bool:
        if not SHORTEST <= length <= LONGEST:
            return False
        if len(self._normals) < 3:
            self._normals.append(length)
            return True
        usual = median(self._normals)
        spread = median(abs(n / usual - 1.0) for n in self._normals)
        allowed = min(max(_LEAST, _TIMES * spread), _MOST)
        if abs(length / usual - 1.0) <= allowed:
            self._normals.append(length)
            self._odd.clear()
            return True
        self._odd = [*self._odd, length][-_NEW_RHYTHM:]
        middle = median(self._odd)
        if len(self._odd) == _NEW_RHYTHM and all(
            abs(o / middle - 1.0) <= _AGREE for o in self._odd
        ):
            self._normals.clear()
            self._normals.extend(self._odd)
            self._odd.clear()
            return True
        return False


@dataclass(frozen=True)
class HeartRate:
    """Heart rate of a window, beats per minute, and one sigma of it; NaN if unknown."""

    bpm: float = math.nan
    std_bpm: float = math.nan


def heart_rate(intervals: Sequence[BeatInterval], *, odd: bool) -> HeartRate:
    """Mean heart rate of a few intervals.

    Args:
        intervals: Of the window.
        odd: Whether intervals that are not normal count. They do where beats are found reliably
            (ECG): an early beat and the pause after it are two beats; but two short ones that
            together make a usual interval are one (see `_without_false_beats`). Where a missed beat
            is likelier than an ectopic one (PPG), they do not, unless most are odd.
    """
    # A sick heart pauses for seconds: the mean rate of the window holds these too.
    lengths = [i.length for i in intervals if i.length >= SHORTEST and (odd or i.length <= LONGEST)]
    if odd:
        lengths = _without_false_beats(intervals)
    else:
        normal = [i.length for i in intervals if i.normal]
        lengths = normal if len(normal) >= 0.5 * len(lengths) else lengths
    if len(lengths) < 2:
        return HeartRate()
    mean = sum(lengths) / len(lengths)
    spread = math.sqrt(sum((v - mean) ** 2 for v in lengths) / (len(lengths) - 1))
    return HeartRate(60.0 / mean, 60.0 / mean**2 * spread / math.sqrt(len(lengths)))


def _without_false_beats(intervals: Sequence[BeatInterval]) -> list[float]:
    """Lengths of intervals, two odd ones that together make a usual one joined.

    A beat between two that are as far apart as always was made up by motion; the other reading, an
    extrasystole that leaves the rhythm alone, is rare: on mitbih_arrhythmia_subset joining changes
    the error of the heart rate from 0.108 to 0.110 per minute (docs/physio.md).
    """
    possible = [i for i in intervals if i.length >= SHORTEST]
    normal = [i.length for i in possible if i.normal]
    if len(normal) < max(_FEWEST_NORMAL, _NORMAL_SHARE * len(possible)):
        return [i.length for i in possible]
    usual = median(normal)
    lengths: list[float] = []
    before: BeatInterval | None = None
    for one in possible:
        if before is not None and _together(before, one, usual):
            lengths[-1] = before.length + one.length
            before = None
        else:
            lengths.append(one.length)
            before = None if one.normal else one
    return lengths


def _together(first: BeatInterval, second: BeatInterval, usual: float) -> bool:
    """Whether two odd intervals follow each other and make a usual one."""
    joined = abs(second.end - second.length - first.end) < _SAME and not second.normal
    return joined and abs((first.length + second.length) / usual - 1.0) <= _LEAST
