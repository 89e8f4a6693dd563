"""The learned way to combine the classes of face and voice: the network `affect_fusion`.

It has learned from classes that both judge (contempt is the face's alone), with classes equally
likely; the state's prior, and what the product says of contempt, are put in afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from affect_perception.core.enums import Modality
from affect_perception.core.errors import ConfigError, ModelContractError
from affect_perception.core.fusion.class_product import (
    PRIOR_SEEN,
    PRIORS,
    CalibratedProduct,
    Combine,
    Product,
    evidence_ratio,
)
from affect_perception.core.network import Network

CLASSES = 7
"""Classes that face and voice both judge: `AFFECT_CLASSES` without contempt, the last."""
ORDER = (Modality.FACE, Modality.VOICE)
TOKENS = len(ORDER)


class LearnedFusion:
    """The method learned.

    Args:
        network: `affect_fusion` of the manifest: `evidence` (1, 2, CLASSES) of face and voice as
            from `shared_evidence`, `there` (1, 2) 1 or 0; gives `probabilities` (1, CLASSES) and
            `weights` (1, 2).
    """

    name = "learned"

    def __init__(self, network: Network) -> None:
        self._network = network
        self._product = CalibratedProduct()

    def combined(self, said: Mapping[Modality, tuple[npt.ArrayLike, float]]) -> Product:
        """Probabilities and weights; of what nobody says anything, those of the product."""
        product = self._product.combined(said)
        if not any(name in said for name in ORDER):
            return product
        evidence = np.zeros((1, TOKENS, CLASSES), np.float32)
        there = np.zeros((1, TOKENS), np.float32)
        for place, name in enumerate(ORDER):
            if name in said:
                shares, left = said[name]
                evidence[0, place] = left * shared_evidence(shares, PRIORS[name])
                there[0, place] = 1.0
        shares, weights = self._network.run(evidence, there)
        if shares.shape != (1, CLASSES) or weights.shape != (1, TOKENS):
            raise ModelContractError(
                f"{self._network.name}: gave {shares.shape} and {weights.shape}"
            )
        return Product(
            _with_prior(shares[0].astype(np.float64), product.probabilities),
            {name: float(weights[0, i]) for i, name in enumerate(ORDER) if name in said},
        )


def combine_for(method: str, network: Network | None) -> Combine:
    """What combines the classes by `fusion.method`.

    Raises:
        ConfigError: If the method is `learned` and there is no network.
    """
    if method != LearnedFusion.name:
        return CalibratedProduct()
    if network is None:
        raise ConfigError("parameter 'fusion.method': learned needs the network affect_fusion")
    return LearnedFusion(network)


def shared_evidence(
    classes: npt.ArrayLike, prior: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """(CLASSES,) logarithms of p(c) / prior(c) of the shared classes, 0 on average."""
    ratio = evidence_ratio(classes, prior)[:CLASSES]
    return np.asarray(ratio - ratio.mean())


def _with_prior(
    shares: npt.NDArray[np.float64], product: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    found = product.copy()
    weighed = shares * PRIOR_SEEN[:CLASSES]
    rest = 1.0 - (float(product[CLASSES]) if np.isfinite(product[CLASSES]) else 0.0)
    found[:CLASSES] = rest * weighed / weighed.sum()
    return found
