"""How surprising what the face says is, given the voice, and how well that finds contradictions.

Surprise is -log(sum over the classes of p(class | voice) p(class | face) / p(class)), with equal
p(class): minus the logarithm of how much more likely the two are together than apart, if they are
independent given the class. 0 where one of them says nothing, below 0 where they agree, at most
that of the smallest product where they are sure of different classes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from affect_perception.evaluation.metrics import area_under_roc

Array = npt.NDArray[np.float64]

_FLOOR = 1e-12


def surprise(voice: npt.ArrayLike, face: npt.ArrayLike) -> Array:
    """Surprise of pairs of distributions (..., classes) -> (...)."""
    a, b = np.asarray(voice, np.float64), np.asarray(face, np.float64)
    together = (a * b).sum(axis=-1) * a.shape[-1]
    return np.asarray(-np.log(np.maximum(together, _FLOOR)))


def contradictions(
    truth: npt.NDArray[np.int64], speakers: Sequence[str]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Pairs of clips of one person with different emotions: numbers of the voice's, the face's."""
    people = np.array(speakers)
    pairs = (people[:, None] == people[None]) & (truth[:, None] != truth[None])
    voice, face = np.nonzero(pairs)
    return voice.astype(np.int64), face.astype(np.int64)


def incongruence_scores(
    voice: Array, face: Array, truth: npt.NDArray[np.int64], speakers: Sequence[str]
) -> dict[str, float]:
    """AUROC of contradictory pairs against clips as they are.

    Args:
        voice: (n, classes) probabilities.
        face: (n, classes) probabilities.
        truth: (n,) class numbers.
        speakers: Of each clip.

    Returns:
        `auroc_incongruence`; `auroc_incongruence_top_classes`, of the plain rule that the most
        probable classes differ. NaN where no pair contradicts.
    """
    heard, seen = contradictions(truth, speakers)
    if not len(heard):
        return {"auroc_incongruence": math.nan, "auroc_incongruence_top_classes": math.nan}
    false = np.concatenate([np.zeros(len(truth), bool), np.ones(len(heard), bool)])
    scores = np.concatenate([surprise(voice, face), surprise(voice[heard], face[seen])])
    first, second = voice.argmax(axis=1), face.argmax(axis=1)
    differ = np.concatenate([first != second, first[heard] != second[seen]])
    return {
        "auroc_incongruence": area_under_roc(scores, false),
        "auroc_incongruence_top_classes": area_under_roc(differ.astype(np.float64), false),
    }
