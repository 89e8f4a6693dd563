"""The emotion classes of face and voice, and what they say about valence and arousal.

The classes shared by both modalities are the eight of FER+ (Barsoum, Zhang, Canton Ferrer, Zhang,
"Training deep networks for facial expression recognition with crowd-sourced label distribution",
ICMI 2016), in that order. A voice model trained on RAVDESS (Livingstone and Russo, PLoS ONE 2018)
knows "calm" instead of "contempt": calm counts as neutral among the shared classes (in RAVDESS both
are meant as baseline states), and contempt is not judged from the voice: NaN, not 0.

Valence and arousal of a distribution are the means of the values below, their standard deviations
the spread over the classes. The values are pleasure and arousal ratings of emotion words, -1..1, of
Russell and Mehrabian, "Evidence for a three-factor theory of emotions", Journal of Research in
Personality 11, 1977 (words happy, surprised, sad, angry, disgusted, fearful, relaxed for calm,
disdainful for contempt; written down from memory, verified against the primary text: no). Neutral
is the origin by definition. They order states; they are no measurement of what a person feels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError

AFFECT_CLASSES = (
    "neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt",
)  # fmt: skip
"""The shared classes in the order of every shared distribution."""

RAVDESS_CLASSES = (
    "neutral", "calm", "happiness", "sadness", "anger", "fear", "disgust", "surprise",
)  # fmt: skip
"""The classes of the voice network, in the order of the RAVDESS codes 1 to 8."""

VALENCE_AROUSAL: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "neutral": (0.0, 0.0),
        "calm": (0.68, -0.46),
        "happiness": (0.81, 0.51),
        "surprise": (0.40, 0.67),
        "sadness": (-0.63, -0.27),
        "anger": (-0.51, 0.59),
        "disgust": (-0.60, 0.35),
        "fear": (-0.64, 0.60),
        "contempt": (-0.32, 0.32),
    }
)
"""Valence and arousal of each class, -1..1; the module's docstring has the source."""

# Probabilities from a network in float32 add up to 1 within this.
_SUM_TOLERANCE = 1e-3

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ValenceArousal:
    """Valence and arousal, -1..1, with one sigma each; NaN if unknown."""

    valence: float
    arousal: float
    valence_std: float
    arousal_std: float

    @classmethod
    def unknown(cls) -> ValenceArousal:
        """Nothing is known."""
        return cls(math.nan, math.nan, math.nan, math.nan)


def valence_arousal(probabilities: npt.ArrayLike, classes: Sequence[str]) -> ValenceArousal:
    """Mean and spread of valence and arousal over a distribution.

    Args:
        probabilities: (n,) probabilities that add up to 1; NaN for classes that are not judged.
        classes: Name of each, keys of `VALENCE_AROUSAL`.

    Raises:
        InputError: If the lengths differ or the values are no distribution.
    """
    shares = _distribution(probabilities, len(classes))
    points = _points(tuple(classes))
    mean = shares @ points
    spread = np.sqrt(np.maximum(shares @ (points - mean) ** 2, 0.0))
    return ValenceArousal(float(mean[0]), float(mean[1]), float(spread[0]), float(spread[1]))


@lru_cache(maxsize=8)
def _points(classes: tuple[str, ...]) -> Array:
    """(n, 2) valence and arousal of classes."""
    return np.array([VALENCE_AROUSAL[name] for name in classes])


def relative_entropy(probabilities: npt.ArrayLike) -> float:
    """Entropy over that of the uniform distribution of the judged classes: 0 sure, 1 no idea."""
    values = np.asarray(probabilities, dtype=np.float64)
    shares = _distribution(values, len(values))
    judged = int(np.isfinite(values).sum())
    if judged < 2:
        return 0.0
    known = shares[shares > 0.0]
    entropy = -float(known @ np.log(known)) / math.log(judged)
    return min(1.0, max(0.0, entropy))


def shared_from_ravdess(probabilities: npt.ArrayLike) -> Array:
    """(8,) over `RAVDESS_CLASSES` to (8,) over `AFFECT_CLASSES`; contempt is NaN.

    Raises:
        InputError: If the values are no distribution over eight classes.
    """
    shares = _distribution(probabilities, len(RAVDESS_CLASSES))
    by_name = dict(zip(RAVDESS_CLASSES, shares.tolist(), strict=True))
    by_name["neutral"] += by_name.pop("calm")
    return np.array([by_name.get(name, math.nan) for name in AFFECT_CLASSES])


def _distribution(probabilities: npt.ArrayLike, size: int) -> Array:
    values = np.asarray(probabilities, dtype=np.float64)
    known = values[np.isfinite(values)]
    if values.shape != (size,) or not known.size or bool((known < -_SUM_TOLERANCE).any()):
        raise InputError(f"expected {size} probabilities, found {values}")
    total = float(known.sum())
    if not abs(total - 1.0) <= _SUM_TOLERANCE:
        raise InputError(f"probabilities add up to {total:g}, not 1: {values}")
    return np.nan_to_num(np.maximum(values, 0.0), nan=0.0) / max(total, _SUM_TOLERANCE)
