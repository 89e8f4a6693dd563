"""Which detected beats are reference beats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class BeatCount:
    """Beats that were found, wrongly found, and missed."""

    found: int = 0
    wrong: int = 0
    missed: int = 0

    def __add__(self, other: BeatCount) -> BeatCount:
        return BeatCount(
            self.found + other.found, self.wrong + other.wrong, self.missed + other.missed
        )

    @property
    def f1(self) -> float:
        """2 found / (2 found + wrong + missed); NaN of nothing."""
        total = 2 * self.found + self.wrong + self.missed
        return 2 * self.found / total if total else float("nan")

    @property
    def precision(self) -> float:
        """Share of detections that are beats; NaN without any."""
        total = self.found + self.wrong
        return self.found / total if total else float("nan")

    @property
    def recall(self) -> float:
        """Share of beats that were found; NaN without any."""
        total = self.found + self.missed
        return self.found / total if total else float("nan")


@dataclass(frozen=True)
class BeatMatch:
    """Indices of reference beats and detections that belong together, and those left over."""

    pairs: list[tuple[int, int]]
    wrong: list[int]
    missed: list[int]

    @property
    def count(self) -> BeatCount:
        """The numbers."""
        return BeatCount(len(self.pairs), len(self.wrong), len(self.missed))


def match_beats(reference: npt.ArrayLike, detected: npt.ArrayLike, tolerance: float) -> BeatMatch:
    """Pairs beats one to one in order of time.

    Args:
        reference: (n,) rising times of the reference beats.
        detected: (m,) rising times of the detections, same unit.
        tolerance: Largest distance of a pair (ANSI/AAMI EC57 takes 150 ms).
    """
    ref = np.asarray(reference, dtype=np.float64)
    det = np.asarray(detected, dtype=np.float64)
    pairs: list[tuple[int, int]] = []
    wrong: list[int] = []
    missed: list[int] = []
    i = j = 0
    while i < len(ref) and j < len(det):
        distance = abs(ref[i] - det[j])
        if distance > tolerance:
            if det[j] < ref[i]:
                wrong.append(j)
                j += 1
            else:
                missed.append(i)
                i += 1
        elif j + 1 < len(det) and abs(ref[i] - det[j + 1]) < distance:
            wrong.append(j)
            j += 1
        else:
            pairs.append((i, j))
            i, j = i + 1, j + 1
    wrong += range(j, len(det))
    missed += range(i, len(ref))
    return BeatMatch(pairs, wrong, missed)


def pulse_lag(beats: Array, pulses: Array) -> float:
    """Median time from a beat to the pulse that follows it; same unit as the times."""
    before = np.searchsorted(beats, pulses) - 1
    known = before >= 0
    return float(np.median(pulses[known] - beats[before[known]]))


def total(counts: Sequence[BeatCount]) -> BeatCount:
    """The sum of several records."""
    return sum(counts, BeatCount())
