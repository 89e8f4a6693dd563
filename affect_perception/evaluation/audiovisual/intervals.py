"""Mean recalls with intervals over speakers, and how far one way of judging is above another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.evaluation.metrics import percentile_interval

Array = npt.NDArray[np.float64]

DRAWS = 2000


@dataclass(frozen=True)
class Recalls:
    """How often each class of each speaker was recognised.

    Attributes:
        hits: (speakers, classes) clips recognised, mean over the orders of time.
        there: (speakers, classes) clips.
    """

    hits: Array
    there: Array

    @classmethod
    def of(
        cls,
        found: Sequence[npt.NDArray[np.int64]],
        truth: npt.NDArray[np.int64],
        speakers: Sequence[str],
        classes: int,
    ) -> Recalls:
        """Counts.

        Args:
            found: (n,) class numbers, one array per order of time.
            truth: (n,) class numbers.
            speakers: Of each clip.
            classes: Number of classes.
        """
        names = sorted(set(speakers))
        rows = np.array([names.index(name) for name in speakers])
        hits, there = np.zeros((len(names), classes)), np.zeros((len(names), classes))
        np.add.at(there, (rows, truth), 1.0)
        for one in found:
            np.add.at(hits, (rows, truth), (one == truth) / len(found))
        return cls(hits, there)

    @property
    def uar(self) -> float:
        """Mean over the classes that occur of the share recognised."""
        return float(_uar(self.hits.sum(axis=0), self.there.sum(axis=0)))

    @property
    def of_classes(self) -> Array:
        """(classes,) share recognised; NaN where a class does not occur."""
        there = self.there.sum(axis=0)
        return np.where(there > 0, self.hits.sum(axis=0) / np.maximum(there, 1.0), math.nan)

    def interval(self, seed: int = 1) -> tuple[float, float]:
        """95 % interval of the mean recall, drawing speakers with replacement."""
        return percentile_interval(self._drawn(seed))

    def gain_over(self, other: Recalls, seed: int = 1) -> tuple[float, float, float]:
        """Mean recall above another way of judging the same clips, and its 95 % interval.

        The same speakers are drawn for both (paired), so what is hard about a speaker cancels.
        """
        low, high = percentile_interval(self._drawn(seed) - other._drawn(seed))
        return self.uar - other.uar, low, high

    def _drawn(self, seed: int) -> Array:
        count = len(self.hits)
        if count < 2:
            return np.full(DRAWS, math.nan)
        picks = np.random.default_rng(seed).integers(0, count, (DRAWS, count))
        return _uar(self.hits[picks].sum(axis=1), self.there[picks].sum(axis=1))


def _uar(hits: Array, there: Array) -> Array:
    recall = np.where(there > 0, hits / np.maximum(there, 1e-9), np.nan)
    return np.asarray(np.nanmean(recall, axis=-1))
