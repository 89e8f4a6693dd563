"""How drowsy a sequence of blinks is: alert, of low vigilance, or drowsy.

The weights are trained here on the blinks of 44 people who filmed themselves in the three states:
`affect-perception train drowsiness`, models/cards/drowsiness_blinks.md.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from affect_perception.core.drowsiness.blink_statistics import statistics_of
from affect_perception.core.network import Network

CLASSES = ("alert", "low_vigilance", "drowsy")
"""In the order of the outputs."""

NEWEST = 150
"""Of a longer sequence only so many newest blinks are judged: ten minutes or so. Cross-validated
like that, since the videos of the training people go on for up to 512 blinks."""


class BlinkSequenceModel:
    """Judges sequences of blinks with a network.

    Args:
        network: Takes `statistics` float32 (1, n) of `blink_statistics`; gives `probabilities`
            (1, 3) in the order of `CLASSES`.
    """

    def __init__(self, network: Network) -> None:
        self._network = network

    def probabilities(self, blinks: npt.ArrayLike) -> tuple[float, float, float]:
        """Probabilities of the three classes, which the training data hold equally often.

        Args:
            blinks: (n, 4) z-scores as for `statistics_of`, oldest first; of more than `NEWEST` the
                newest.

        Raises:
            InputError: If there are too few blinks, or a number is not finite.
        """
        row = statistics_of(np.asarray(blinks)[-NEWEST:]).astype(np.float32)[None]
        (found,) = self._network.run(row)
        alert, low, drowsy = found[0].tolist()
        return alert, low, drowsy


def drowsy_rather_than_alert(probabilities: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """A score that rises from alert to drowsy: the expected class, 0..2; (..., 3) -> (...)."""
    return np.asarray(probabilities, np.float64) @ np.arange(3.0)
