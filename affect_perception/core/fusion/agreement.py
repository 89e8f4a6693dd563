"""Which modalities fit the others, and since when they have not."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from affect_perception.core.buffers import to_ns
from affect_perception.core.config.fusion import FusionConfig
from affect_perception.core.enums import Modality
from affect_perception.core.fusion.class_product import PRIOR_SEEN, PRIORS, evidence_ratio
from affect_perception.core.fusion.evidence import Affect
from affect_perception.core.fusion.rest import REST_STD
from affect_perception.core.fusion.surprise import class_surprise, contradiction, level_surprise

# Contempt is judged from the face alone: it can neither fit nor contradict.
_SHARED = slice(0, 7)


def surprises(
    classes: Mapping[Modality, npt.ArrayLike], affects: Mapping[Modality, Affect]
) -> dict[Modality, float]:
    """How little each modality fits the others, 0..1; without one to compare with it has none.

    Face and voice are compared by their classes, the body with both by arousal.

    Args:
        classes: Class probabilities (8,) of face and voice, as far as they have any.
        affects: Valence and arousal of the modalities that have them.
    """
    found: dict[Modality, float] = {}
    if len(classes) == 2:
        one, other = (
            evidence_ratio(shares, PRIORS[name])[_SHARED] for name, shares in classes.items()
        )
        value = contradiction(class_surprise(one, other, PRIOR_SEEN[_SHARED]))
        found = dict.fromkeys(classes, value)
    body = affects.get(Modality.PHYSIO)
    others = [affect for name, affect in affects.items() if name is not Modality.PHYSIO]
    if body is None or not others:
        return found
    precision = [1.0 / affect.arousal_var for affect in others]
    mean = float(np.dot(precision, [affect.arousal for affect in others]) / sum(precision))
    # What they measure is the same only as far as a body and a face share one arousal.
    variance = body.arousal_var + 1.0 / sum(precision) + REST_STD[1] ** 2
    value = level_surprise(body.arousal - mean, variance)
    found[Modality.PHYSIO] = value
    for name in affects:
        found.setdefault(name, value)
    return found


class Disagreements:
    """Names a modality that has surprised for a while, until it no longer does.

    Args:
        config: Limit and time.
    """

    def __init__(self, config: FusionConfig) -> None:
        self._limit = config.disagree
        self._after_ns = to_ns(config.disagree_after)
        self._since: dict[Modality, int] = {}

    def clear(self) -> None:
        """Starts afresh."""
        self._since.clear()

    def step(self, found: Mapping[Modality, float], now_ns: int) -> tuple[Modality, ...]:
        """The modalities that disagree, at times that do not run backwards."""
        for name in Modality:
            value = found.get(name, math.nan)
            if value >= self._limit:
                self._since.setdefault(name, now_ns)
            else:
                self._since.pop(name, None)
        return tuple(
            name for name, since in sorted(self._since.items()) if now_ns - since >= self._after_ns
        )
