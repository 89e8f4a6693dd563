"""How surprising what the face says is, given the voice, and how well that finds contradictions.

Surprise is -log(sum over the classes of p(class | voice) p(class | face) / p(class)), with equal
p(class): minus the logarithm of how much more likely the two are together than apart, if they are
independent given the class. 0 where one of them says nothing, below 0 where they agree, at most
that of the smallest product where they are sure of different classes.

The same question can be put to the features: `mismatch` is minus the logarithm of how much more
likely two sets of canonical variates are together than apart, if each pair is normal with its
correlation. It hears and sees what is no class: that a loud voice comes from a moving face. Both
are logarithms of likelihood ratios, and partly of the same: the second counts half (chosen on the
20 speakers of ravdess_av).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from affect_perception.evaluation.metrics import area_under_roc

Array = npt.NDArray[np.float64]

_FLOOR = 1e-12
FEATURES_COUNT = 0.5
"""How much the surprise of the features counts beside that of the classes."""


def surprise(voice: npt.ArrayLike, face: npt.ArrayLike) -> Array:
    """Surprise of pairs of distributions (..., classes) -> (...)."""
    a, b = np.asarray(voice, np.float64), np.asarray(face, np.float64)
    together = (a * b).sum(axis=-1) * a.shape[-1]
    return np.asarray(-np.log(np.maximum(together, _FLOOR)))


def mismatch(voice: npt.ArrayLike, face: npt.ArrayLike, strength: npt.ArrayLike) -> Array:
    """Minus log likelihood ratio of pairs of canonical variates (..., pairs) -> (...).

    Args:
        voice: Numbers of the voice, spread 1.
        face: Numbers of the face.
        strength: Their correlations when they belong together, 0 to below 1.
    """
    a, b, r = (np.asarray(one, np.float64) for one in (voice, face, strength))
    kept = 1.0 - r * r
    ratio = (r * a * b - 0.5 * r * r * (a * a + b * b)) / kept - 0.5 * np.log(kept)
    return np.asarray(-ratio.sum(axis=-1))


def contradictions(
    truth: npt.NDArray[np.int64], speakers: Sequence[str]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Pairs of clips of one person with different emotions: numbers of the voice's, the face's."""
    people = np.array(speakers)
    pairs = (people[:, None] == people[None]) & (truth[:, None] != truth[None])
    voice, face = np.nonzero(pairs)
    return voice.astype(np.int64), face.astype(np.int64)


def incongruence_scores(
    voice: Array,
    face: Array,
    truth: npt.NDArray[np.int64],
    speakers: Sequence[str],
    matched: Array | None = None,
) -> dict[str, float]:
    """AUROC of contradictory pairs against clips as they are.

    Args:
        voice: (n, classes) probabilities.
        face: (n, classes) probabilities.
        truth: (n,) class numbers.
        speakers: Of each clip.
        matched: (n, 3, pairs) numbers of the voice, of the face, and correlations.

    Returns:
        `auroc_incongruence`, of both kinds of surprise together; `auroc_incongruence_classes` and
        `auroc_incongruence_features` of each; `auroc_incongruence_top_classes`, of the plain rule
        that the most probable classes differ. NaN where no pair contradicts.
    """
    names = ("", "_classes", "_features", "_top_classes")
    heard, seen = contradictions(truth, speakers)
    if not len(heard):
        return {f"auroc_incongruence{name}": math.nan for name in names}
    false = np.concatenate([np.zeros(len(truth), bool), np.ones(len(heard), bool)])
    own = np.arange(len(truth))
    first_rows, second_rows = np.concatenate([own, heard]), np.concatenate([own, seen])
    classes = surprise(voice[first_rows], face[second_rows])
    features = np.zeros(len(false))
    if matched is not None:
        features = mismatch(matched[first_rows, 0], matched[second_rows, 1], matched[first_rows, 2])
    first, second = voice.argmax(axis=1), face.argmax(axis=1)
    differ = np.concatenate([first != second, first[heard] != second[seen]])
    scores = (classes + FEATURES_COUNT * features, classes, features, differ.astype(np.float64))
    return {
        f"auroc_incongruence{name}": area_under_roc(one, false)
        for name, one in zip(names, scores, strict=True)
    }
