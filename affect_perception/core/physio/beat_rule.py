"""Which local maxima are beats: height, shape and rhythm against the beats before.

A candidate is judged a fixed time after it, when what follows it is known, and never again: there
is no search back, so the delay is bounded. Its score is

    log(height / usual height) + noise * log(height / usual height of what is no beat)
    + shape * (correlation with the mean shape) + rhythm * min(since / usual, cap)
    + pause * log(since / (2 usual)), only if that is above 0,

where `since` is the time since the last beat and `usual` the usual interval,
and it is a beat if that is above the limit and no candidate soon after it scores higher by more
than a margin. Search back for missed beats (Pan and Tompkins 1985) is what the last two terms do,
forwards: the longer nothing came, the less is asked for.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from statistics import median

import numpy as np
import numpy.typing as npt

from affect_perception.core.physio.peak_candidates import Candidate, Scan


@dataclass(frozen=True)
class BeatRuleSettings:
    """Weights of the score, see the module; where they come from stands with each set of them.

    Attributes:
        noise: Weight of the height over what is no beat.
        shape: Weight of the correlation with the mean shape.
        rhythm: Weight of the time since the last beat.
        cap: The time since the last beat counts up to this many usual intervals.
        pause: Weight of a pause of more than two of them.
        limit: Least score of a beat.
        margin: A candidate that follows takes over if it scores higher by more than this.
        highest: More than this times e above the usual height brings nothing (log).
        refractory: No beat sooner after another, s.
        horizon: How long after a candidate it is judged, s.
        first: Before anything is known a beat stands out from the filtered signal by this factor.
        usual_interval: Interval that is expected before any is known, s.
        most_step: A candidate of which more than this share stays is a step of the signal (a lead
            that comes back, the end of a drift): no beat, nor noise that beats are measured by.
    """

    noise: float
    shape: float
    rhythm: float
    cap: float
    pause: float
    limit: float
    margin: float
    highest: float
    refractory: float
    horizon: float
    first: float
    usual_interval: float = 0.8
    most_step: float = math.inf


@dataclass(frozen=True)
class FoundBeat:
    """A beat.

    Attributes:
        index: Number of its sample, with fraction.
        score: Score above the limit; how sure it is.
        likeness: Correlation of its shape with the mean one, -1..1; NaN at the start.
        height: Of the maximum.
        noise: Usual height of what is no beat over that of beats; NaN if unknown.
        swing: Value of the filtered signal at `index`.
        joined: The beat before belongs to the same stretch without a hole.
    """

    index: float
    score: float
    likeness: float
    height: float
    noise: float
    swing: float
    joined: bool


# How many beats and candidates the usual height, interval and noise are taken from.
_BEATS, _OTHERS = 8, 16
_KNOWN = 3
# Mean shape: weight of a new beat; beats of other height do not enter it.
_LEARN, _LIKE = 0.1, (0.4, 2.5)
# Intervals above this are pauses or misses, s.
_LONGEST = 2.5
# Without a beat for so long, the usual height is forgotten, s; for twice as long, the shape too.
_LOST = 4.0
# Before anything is known a beat reaches this share of the highest candidate of late.
_FIRST_SHARE, _FIRST_APART = 0.6, 0.25


class BeatRule:
    """Judges the candidates of one row.

    Args:
        rate: Samples per second, Hz.
        settings: The weights.
    """

    def __init__(self, rate: float, settings: BeatRuleSettings) -> None:
        self._rate = rate
        self._settings = settings
        self._horizon = round(settings.horizon * rate)
        self._heights: deque[float] = deque(maxlen=_BEATS)
        self._others: deque[float] = deque(maxlen=_OTHERS)
        self._intervals: deque[float] = deque(maxlen=_BEATS)
        self._seen: deque[float] = deque(maxlen=12)
        self._shape: npt.NDArray[np.complex128] | npt.NDArray[np.float64] | None = None
        self._sign = 0.0
        self._waiting: deque[Candidate] = deque()
        self._height = math.nan
        self._noise = math.nan
        self._interval = settings.usual_interval
        self._last: int | None = None

    @property
    def noise(self) -> float:
        """Usual height of what is no beat over that of beats; NaN if unknown."""
        return self._noise / self._height

    def push(self, scan: Scan) -> list[FoundBeat]:
        """Takes what a block added and gives the beats that are certain now."""
        if scan.hole:
            self._waiting.clear()
            self._last = None
        self._waiting.extend(c for c in scan.candidates if not c.step > self._settings.most_step)
        beats = []
        while self._waiting and self._waiting[0].index + self._horizon <= scan.until:
            candidate = self._waiting.popleft()
            beat = self._judge(candidate)
            if beat is not None:
                beats.append(beat)
        return beats

    def interrupt(self) -> None:
        """The signal has been dead: no time since the last beat is counted any more."""
        self._last = None

    def _judge(self, candidate: Candidate) -> FoundBeat | None:
        if len(self._heights) < _KNOWN:
            return self._judge_first(candidate)
        since = self._since(candidate)
        if since < self._settings.refractory:
            return None
        score = self._score(candidate)
        if score > self._settings.limit and not self._overtaken(candidate, score):
            return self._accept(candidate, score - self._settings.limit)
        self._reject(candidate)
        if since > _LOST:
            self._forget(shape=since > 2.0 * _LOST)
        return None

    def _since(self, candidate: Candidate) -> float:
        """Time since the last beat, s; the usual interval where there is none to count from."""
        if self._last is None:
            return self._interval
        return (candidate.index - self._last) / self._rate

    def _score(self, candidate: Candidate) -> float:
        s = self._settings
        since = self._since(candidate) / self._interval
        score = min(math.log(candidate.height / self._height), s.highest)
        score += s.shape * self._likeness(candidate) + s.rhythm * min(since, s.cap)
        if since > 2.0:
            score += s.pause * math.log(since / 2.0)
        if self._noise > 0.0:
            score += s.noise * math.log(candidate.height / self._noise)
        return score

    def _likeness(self, candidate: Candidate) -> float:
        if self._shape is None:
            return 0.5
        norm = float(np.linalg.norm(self._shape))
        return float(np.vdot(self._shape, candidate.shape).real) / norm if norm > 0.0 else 0.0

    def _overtaken(self, candidate: Candidate, score: float) -> bool:
        for other in self._waiting:
            if other.index - candidate.index >= self._horizon:
                break
            if self._score(other) > score + self._settings.margin:
                return True
        return False

    def _judge_first(self, candidate: Candidate) -> FoundBeat | None:
        self._seen.append(candidate.height)
        later = [c.height for c in self._waiting if c.index - candidate.index < self._horizon]
        if self._last is not None and self._since(candidate) <= _FIRST_APART:
            return None
        highest = max([*self._seen, *later])
        stands_out = candidate.height > self._settings.first * candidate.rest
        if stands_out and candidate.height >= max([_FIRST_SHARE * highest, *later]):
            return self._accept(candidate, 0.0)
        self._reject(candidate)
        return None

    def _accept(self, candidate: Candidate, score: float) -> FoundBeat:
        likeness = self._likeness(candidate) if self._shape is not None else math.nan
        since, joined = self._since(candidate), self._last is not None
        self._heights.append(candidate.height)
        self._height = median(self._heights)
        if joined and since < _LONGEST:
            self._intervals.append(since)
            self._interval = median(self._intervals)
        if _LIKE[0] * self._height < candidate.height < _LIKE[1] * self._height:
            self._learn(candidate)
        self._last = candidate.index
        # Times are taken from the side to which beats usually swing further.
        side = 0 if self._sign >= 0.0 else 1
        return FoundBeat(
            index=candidate.peak[side],
            score=score,
            likeness=likeness,
            height=candidate.height,
            noise=self.noise,
            swing=candidate.swing[side],
            joined=joined,
        )

    def _learn(self, candidate: Candidate) -> None:
        if self._shape is None:
            self._shape = candidate.shape.copy()
        else:
            self._shape = self._shape + _LEARN * (candidate.shape - self._shape)
        lean = (candidate.swing[0] + candidate.swing[1]) / candidate.height
        self._sign += _LEARN * (lean - self._sign)

    def _reject(self, candidate: Candidate) -> None:
        self._others.append(candidate.height)
        self._noise = sum(self._others) / len(self._others)

    def _forget(self, *, shape: bool) -> None:
        self._heights.clear()
        self._seen.clear()
        if shape:
            self._shape = None
