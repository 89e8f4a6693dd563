"""What is usual for a person, from the clips seen and heard so far and none to come."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from affect_perception.evaluation.speaker_orders import random_orders

Array = npt.NDArray[np.float32]


class SpeakerPast:
    """Running mean and variance of each feature over one person's clips (Welford's recurrence).

    A feature that is unknown in a clip leaves its own mean alone.

    Args:
        features: Number of features.
    """

    def __init__(self, features: int) -> None:
        self._counts = np.zeros(features)
        self._mean = np.zeros(features)
        self._squares = np.zeros(features)

    def take(self, features: npt.NDArray[np.float64]) -> None:
        """Takes in one clip: (features,), NaN where unknown."""
        there = np.isfinite(features)
        value = np.where(there, features, self._mean)
        self._counts += there
        step = value - self._mean
        self._mean = self._mean + step / np.maximum(self._counts, 1.0)
        self._squares = self._squares + step * (value - self._mean)

    def arrays(self) -> tuple[Array, Array, Array]:
        """Mean, variance (of the clips, not of a population) and count, each (1, features)."""
        variance = self._squares / np.maximum(self._counts, 1.0)
        mean, counts = self._mean.astype(np.float32), self._counts.astype(np.float32)
        return mean[None], variance.astype(np.float32)[None], counts[None]


def earlier_clips(speakers: Sequence[str], seed: int) -> npt.NDArray[np.int64]:
    """(n,) how many clips of the same speaker come before each in that order of time."""
    found = np.zeros(len(speakers), np.int64)
    for order in random_orders(speakers, seed).values():
        found[order] = np.arange(len(order))
    return found
