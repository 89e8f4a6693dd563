"""Marked events against found ones: what was hit, what was made up, how late."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

NAN = math.nan


@dataclass(frozen=True)
class Found:
    """An event that a method reports.

    Attributes:
        start_s: When it began.
        end_s: When it ended.
        known_s: When it was first reported.
    """

    start_s: float
    end_s: float
    known_s: float


@dataclass(frozen=True)
class Span:
    """A stretch of time, s."""

    start_s: float
    end_s: float

    def near(self, other: Found | Span, margin_s: float) -> bool:
        """Whether the two overlap once this one is widened by `margin_s` on both sides."""
        return self.start_s - margin_s <= other.end_s and other.start_s <= self.end_s + margin_s


ALWAYS = Span(-math.inf, math.inf)


@dataclass(frozen=True)
class Tally:
    """Counts that can be added up over recordings.

    Attributes:
        marked: Events that should be found.
        hit: Of these, found.
        right: Found events that are marked.
        wrong: Found events that are not, where the marks are complete.
        delays_s: From the beginning of each marked event that was hit to its first report.
        missed: The marked events that were not found.
        invented: The findings that are wrong.
    """

    marked: int = 0
    hit: int = 0
    right: int = 0
    wrong: int = 0
    delays_s: tuple[float, ...] = ()
    missed: tuple[Span, ...] = ()
    invented: tuple[Found, ...] = ()

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.marked + other.marked,
            self.hit + other.hit,
            self.right + other.right,
            self.wrong + other.wrong,
            self.delays_s + other.delays_s,
            self.missed + other.missed,
            self.invented + other.invented,
        )

    @property
    def recall(self) -> float:
        """Share of the marked events that were found; NaN without any."""
        return self.hit / self.marked if self.marked else NAN

    @property
    def precision(self) -> float:
        """Share of the found events that are marked; NaN if nothing was found."""
        found = self.right + self.wrong
        return self.right / found if found else NAN

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; NaN without marked and found events."""
        if not self.marked or math.isnan(self.precision):
            return 0.0 if self.marked else NAN
        total = self.precision + self.recall
        return 2.0 * self.precision * self.recall / total if total else 0.0

    @property
    def delay_s(self) -> float:
        """Mean delay of the events that were hit; NaN without one."""
        return float(np.mean(self.delays_s)) if self.delays_s else NAN


def match_long(
    marked: Sequence[Span],
    found: Sequence[Found],
    tolerance_s: float,
    unscored: Sequence[Span] = (),
    scored: Sequence[Span] = (ALWAYS,),
) -> Tally:
    """Events that last: hit if anything found overlaps the mark widened by the tolerance.

    One mark may be found in pieces, which all are right, and one finding may span two marks.

    Args:
        marked: Marked events.
        found: Found events.
        tolerance_s: Precision of the marks.
        unscored: Stretches in which a finding is neither right nor wrong.
        scored: Stretches in which every event is marked: only a finding that begins there is wrong.
    """
    hits = [[f for f in found if m.near(f, tolerance_s)] for m in marked]
    right = [f for f in found if any(m.near(f, tolerance_s) for m in marked)]
    others = [f for f in found if f not in right]
    wrong = [f for f in others if not any(s.near(f, tolerance_s) for s in unscored)]
    delays = [
        min(f.known_s for f in near) - m.start_s
        for m, near in zip(marked, hits, strict=True)
        if near
    ]
    missed = [m for m, near in zip(marked, hits, strict=True) if not near]
    wrong = [f for f in wrong if any(s.start_s <= f.start_s <= s.end_s for s in scored)]
    return Tally(
        len(marked),
        len(marked) - len(missed),
        len(right),
        len(wrong),
        tuple(delays),
        tuple(missed),
        tuple(wrong),
    )


def match_short(
    marked: Sequence[Span],
    found: Sequence[Found],
    tolerance_s: float,
    scored: Sequence[Span],
) -> Tally:
    """Events shorter than the precision of their marks: pairs, nearest first, each used once.

    Args:
        marked: Marked events.
        found: Found events.
        tolerance_s: Largest distance of the middles of a pair.
        scored: Stretches in which every event is marked; findings outside count only as hits.
    """
    pairs = sorted(
        (abs(_middle(m) - _middle(f)), i, j)
        for i, m in enumerate(marked)
        for j, f in enumerate(found)
        if abs(_middle(m) - _middle(f)) <= tolerance_s
    )
    partner: dict[int, int] = {}
    for _, i, j in pairs:
        if i not in partner and j not in partner.values():
            partner[i] = j
    used = set(partner.values())
    wrong = [
        f
        for j, f in enumerate(found)
        if j not in used and any(s.start_s <= _middle(f) <= s.end_s for s in scored)
    ]
    delays = [found[j].known_s - marked[i].start_s for i, j in sorted(partner.items())]
    return Tally(
        len(marked),
        len(partner),
        len(partner),
        len(wrong),
        tuple(delays),
        tuple(m for i, m in enumerate(marked) if i not in partner),
        tuple(wrong),
    )


def stretches(
    times_s: Sequence[float],
    flags: Iterable[bool],
    *,
    join_s: float = 0.0,
    shortest_s: float = 0.0,
    known_after_s: float = 0.0,
) -> list[Found]:
    """Stretches of true flags.

    Args:
        times_s: Rising times.
        flags: One per time.
        join_s: Stretches closer than this are one.
        shortest_s: Shorter ones (last minus first time) are dropped.
        known_after_s: How long a stretch must last before it counts as reported.
    """
    # Frames next to each other are one stretch whatever the frame rate.
    gap = max(join_s, _step(times_s))
    found: list[list[float]] = []
    for time in (t for t, flag in zip(times_s, flags, strict=True) if flag):
        if found and time - found[-1][1] <= gap:
            found[-1][1] = time
        else:
            found.append([time, time])
    return [Found(a, b, min(a + known_after_s, b)) for a, b in found if b - a >= shortest_s - 1e-9]


def _step(times_s: Sequence[float]) -> float:
    """A little more than the usual distance of two frames."""
    if len(times_s) < 2:
        return 0.0
    return 1.01 * float(np.median(np.diff(np.asarray(times_s))))


def _middle(span: Span | Found) -> float:
    return (span.start_s + span.end_s) / 2.0
