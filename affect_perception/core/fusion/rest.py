"""The state of rest of valence and arousal, and readings freed from it."""

from __future__ import annotations

import numpy as np

from affect_perception.core.affect_classes import AFFECT_CLASSES, VALENCE_AROUSAL

_POINTS = np.array([VALENCE_AROUSAL[name] for name in AFFECT_CLASSES])
REST_STD = tuple(float(value) for value in np.sqrt((_POINTS**2).mean(axis=0)))
"""Standard deviation of valence and arousal when nothing is known: that of the eight classes about
neutral."""
LEAST_PRECISION = 0.02
"""Smallest precision of a reading: one that says as little as rest itself says nothing."""


def freed_from_rest(mean: float, std: float, rest_std: float) -> tuple[float, float]:
    """What a reading measures, and the variance of its error.

    The mean over the classes of a modality is drawn to the middle as far as the modality is unsure:
    it is rest and evidence already combined. Two such means would count rest twice, and be drawn to
    it twice. For normal errors the evidence alone has the precision 1 / std^2 - 1 / rest^2, so that
    combined with rest it gives the reading again.

    Args:
        mean: Over the classes of one modality.
        std: Spread over these classes.
        rest_std: Spread when nothing is known.

    Returns:
        The value, kept within -1..1, and its variance.
    """
    precision = max(1.0 / std**2 - 1.0 / rest_std**2, LEAST_PRECISION)
    value = mean / std**2 / precision
    return min(1.0, max(-1.0, value)), 1.0 / precision
