"""The calibrated product of what the modalities say about the classes.

Independent given the class, the modalities' evidence multiplies, once each one's prior is taken out
(Bayes' rule; Kittler, Hatef, Duin, Matas, "On combining classifiers", IEEE PAMI 1998, section 2.1)

    log p(c) = log prior(c) + sum over m of w_m (log p_m(c) - log prior_m(c)) + constant.

The exponents w_m are what makes the product calibrated where the modalities are not quite
independent, and not quite calibrated themselves; `affect-perception train fusion` fits them to
ravdess_av, with speakers apart. Age takes an exponent back to 0, so that old evidence fades into
the prior.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.core.enums import Modality

Array = npt.NDArray[np.float64]

PRIOR_SEEN = np.array([0.317, 0.269, 0.122, 0.140, 0.083, 0.016, 0.035, 0.018])
"""Mean shares of the FER+ votes over the 32,298 faces of fer2013: what the expression network has
learned to expect, and, as it is of found pictures of people, the prior of the state. With a face
alone the two cancel, and the state says what the face says."""
PRIOR_HEARD = np.array([0.2, *[0.8 / 6.0] * 6, math.nan])
"""Shares of the clips of RAVDESS (calm counts as neutral, contempt is not judged): what the voice
network has learned to expect."""
PRIORS: Mapping[Modality, Array] = {Modality.FACE: PRIOR_SEEN, Modality.VOICE: PRIOR_HEARD}

EXPONENTS: Mapping[Modality, float] = {Modality.FACE: 0.91, Modality.VOICE: 0.81}
"""Exponents w_m with the smallest cross-entropy on ravdess_av, from what heads say of people left
out (`affect-perception train fusion`). Measured on other readers of faces and voices than those of
this package; they say how far the two are independent, and that each is calibrated."""

FLOOR = 1e-4
"""Smallest probability that is believed of a network: a single zero must not rule a class out."""


@dataclass(frozen=True)
class Product:
    """The combination.

    Attributes:
        probabilities: (8,) over `AFFECT_CLASSES`; NaN for a class that nobody judges.
        weights: Share of each modality among the exponents; the prior, with 1, has the rest.
    """

    probabilities: Array
    weights: Mapping[Modality, float]


def evidence_ratio(classes: npt.ArrayLike, prior: Array) -> Array:
    """(8,) log p(c) - log prior(c), 0 on average over the judged classes and where not judged."""
    values = np.asarray(classes, np.float64)
    judged = np.isfinite(values) & np.isfinite(prior)
    ratio = np.zeros(len(AFFECT_CLASSES))
    if judged.any():
        expected = prior[judged] / prior[judged].sum()
        found = np.log(np.maximum(values[judged], FLOOR)) - np.log(expected)
        ratio[judged] = found - found.mean()
    return ratio


def combined(
    said: Mapping[Modality, tuple[npt.ArrayLike, float]], prior: Array = PRIOR_SEEN
) -> Product:
    """The product of what modalities say.

    Args:
        said: For each modality (8,) probabilities, NaN where not judged, and its exponent.
        prior: (8,) of the state.
    """
    logs = np.log(prior)
    judged = np.zeros(len(AFFECT_CLASSES), bool)
    for modality, (classes, exponent) in said.items():
        judged |= np.isfinite(np.asarray(classes, np.float64))
        logs = logs + exponent * evidence_ratio(classes, PRIORS[modality])
    if not judged.any():
        return Product(np.full(len(AFFECT_CLASSES), math.nan), {})
    shares = np.where(judged, np.exp(logs - logs[judged].max()), math.nan)
    whole = 1.0 + sum(exponent for _, exponent in said.values())
    return Product(
        shares / np.nansum(shares), {name: exponent / whole for name, (_, exponent) in said.items()}
    )


class Combine(Protocol):
    """What combines the classes: the product, or the learned fusion."""

    name: str

    def combined(self, said: Mapping[Modality, tuple[npt.ArrayLike, float]]) -> Product:
        """Of what modalities say: (8,) probabilities, and what age has left of them, 0..1."""
        ...


class CalibratedProduct:
    """The method precision_weighted."""

    name = "precision_weighted"

    def combined(self, said: Mapping[Modality, tuple[npt.ArrayLike, float]]) -> Product:
        """The product with its exponents, each times what age has left of it."""
        return combined({m: (p, EXPONENTS[m] * left) for m, (p, left) in said.items()})
