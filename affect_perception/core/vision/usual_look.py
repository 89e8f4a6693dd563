"""The driver's usual look, as the expression network sees it, and how it is taken off.

Faces at rest differ: some people look sad or angry to a network (and to others) whatever they do.
What counts for a driver is the change against the usual look of that face, so the mean of the
log probabilities over the driver's own time is compared with that of a resting face and the
difference taken off, the more the longer it was learned. It is learned from what came before only,
as in a car. A driver who is sad the whole time is not seen as sad then; that is the price, and
`strength` sets it. Valence and arousal that a network gives beside the classes are treated alike:
the mean over the driver's own time against that of a resting face.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from affect_perception.core.affect_classes import AFFECT_CLASSES

Array = npt.NDArray[np.float64]

# What a resting face should read as: the mean shares of the FER+ votes (single ones left out) for
# the 9,365 faces of FER2013 Training that most voters call neutral.
RESTING = np.array([0.838, 0.022, 0.013, 0.091, 0.021, 0.003, 0.002, 0.010])
# Valence and arousal of a resting face: the origin, by definition (`core.affect_classes`).
RESTING_AFFECT = np.zeros(2)
# Probabilities below this carry no information about the look.
FLOOR = 1e-3


class UsualLook:
    """Learns how one face usually reads.

    Args:
        time: Over which it is learned, and that the mean goes back afterwards, s.
        strength: How far it is taken off, 0..1.
    """

    def __init__(self, time: float, strength: float) -> None:
        self._time, self._strength = time, strength
        self.forget()

    def forget(self) -> None:
        """Another driver."""
        self._mean = np.zeros(len(AFFECT_CLASSES))
        self._affect = np.zeros(2)
        self._learned = 0.0

    @property
    def progress(self) -> float:
        """How far it is known, 0..1."""
        return min(1.0, self._learned / self._time)

    def learn(self, read: Array, elapsed: float, affect: Array | None = None) -> None:
        """Takes what one picture gave.

        Args:
            read: (8,) probabilities.
            elapsed: Time that it stands for, s.
            affect: (2,) valence and arousal, where the network gives them.
        """
        # A plain mean over the time so far, then one that forgets: weights by time, not pictures.
        self._learned = min(self._learned + elapsed, self._time)
        share = min(1.0, elapsed / self._learned) if self._learned > 0.0 else 0.0
        self._mean += share * (centred(read) - self._mean)
        if affect is not None:
            self._affect += share * (affect - self._affect)

    def taken_off(self, probabilities: Array) -> Array:
        """(8,) probabilities as if this face looked like others at rest; they add up to 1."""
        strength = self._strength * self.progress
        logarithms = np.log(np.maximum(probabilities, FLOOR))
        logarithms -= strength * (self._mean - centred(RESTING))
        powers = np.exp(logarithms - logarithms.max())
        return np.asarray(powers / powers.sum())

    def affect_taken_off(self, affect: Array) -> Array:
        """(2,) valence and arousal, -1..1, as if this face looked like others at rest."""
        strength = self._strength * self.progress
        return np.clip(affect - strength * (self._affect - RESTING_AFFECT), -1.0, 1.0)


def centred(probabilities: Array) -> Array:
    """Logarithms less their mean: only their ratios count."""
    logarithms = np.log(np.maximum(probabilities, FLOOR))
    return np.asarray(logarithms - logarithms.mean())
