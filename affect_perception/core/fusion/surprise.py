"""How surprising one modality is, given the others.

For classes: minus the logarithm of how much more likely two distributions are together than apart,
if they are independent given the class (pointwise mutual information),

    s = -log sum over c of p_a(c) p_b(c) / prior(c),

0 where one of them says nothing, below 0 where they agree. `contradiction` turns s into the
probability that the two do not belong together, when half of all pairs do not, as fitted to
ravdess_av (docs/fusion.md). For arousal: the probability that an error as large as the difference,
or larger, does not occur when both are right, as for a normal error.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from affect_perception.core.fusion.class_product import FLOOR

SLOPE, LEVEL = 1.41, -0.01
"""Of the logistic function of s; fitted by `affect-perception train fusion` to clips as they are
against voices under the face of another emotion (ravdess_av)."""


def class_surprise(ratio: npt.ArrayLike, other: npt.ArrayLike, prior: npt.ArrayLike) -> float:
    """Surprise s of two sets of evidence.

    Args:
        ratio: (n,) log p_a(c) - log prior_a(c), up to a constant.
        other: (n,) the same of the other modality.
        prior: (n,) prior of the classes.
    """
    a, b = (_posterior(one, prior) for one in (ratio, other))
    expected = np.asarray(prior, np.float64)
    together = float((a * b / (expected / expected.sum())).sum())
    return -math.log(max(together, FLOOR))


def contradiction(surprise: float) -> float:
    """Probability that two modalities do not belong together, 0..1."""
    return 1.0 / (1.0 + math.exp(-(SLOPE * surprise + LEVEL)))


def level_surprise(difference: float, variance: float) -> float:
    """Probability that two normal errors of this variance together stay below the difference."""
    return math.erf(abs(difference) / math.sqrt(2.0 * variance))


def _posterior(ratio: npt.ArrayLike, prior: npt.ArrayLike) -> npt.NDArray[np.float64]:
    logs = np.log(np.asarray(prior, np.float64)) + np.asarray(ratio, np.float64)
    shares = np.exp(logs - logs.max())
    return np.asarray(shares / shares.sum())
