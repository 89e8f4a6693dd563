"""How near valence and arousal come to their labels.

Root mean square error, Pearson's and the concordance correlation, and the share of equal signs:
the figures of Mollahosseini, Hasani, Mahoor, "AffectNet", IEEE Transactions on Affective Computing
10(1), 2019, section 4.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from affect_perception.core.affect_classes import AFFECT_CLASSES, valence_arousal
from affect_perception.core.errors import InputError
from affect_perception.evaluation import metrics

DIMENSIONS = ("valence", "arousal")

Array = npt.NDArray[np.float64]


def affect_scores(found: npt.ArrayLike, labels: npt.ArrayLike) -> dict[str, float]:
    """`rmse_`, `corr_`, `ccc_` and `sign_agreement_` of `DIMENSIONS`; empty without labels.

    Args:
        found: (n, 2), -1..1.
        labels: (n, 2), -1..1; rows with a NaN are left out. A label of exactly 0 agrees with
            nothing but 0.

    Raises:
        InputError: If the shapes differ.
    """
    x, y = np.asarray(found, np.float64), np.asarray(labels, np.float64)
    if x.shape != y.shape or x.ndim != 2 or x.shape[1] != len(DIMENSIONS):
        raise InputError(f"valence and arousal need shapes (n, 2), got {x.shape} and {y.shape}")
    known = np.isfinite(y).all(axis=1)
    if not known.any():
        return {}
    scores: dict[str, float] = {}
    for name, a, b in zip(DIMENSIONS, x[known].T, y[known].T, strict=True):
        scores |= {
            f"rmse_{name}": float(np.sqrt(np.mean((a - b) ** 2))),
            f"corr_{name}": metrics.correlation(a, b),
            f"ccc_{name}": metrics.concordance(a, b),
            f"sign_agreement_{name}": metrics.share(np.sign(a) == np.sign(b)),
        }
    return scores


def affect_of_classes(eight: npt.ArrayLike) -> Array:
    """(n, 2) valence and arousal of probabilities (n, 8) over `AFFECT_CLASSES`."""
    means = [valence_arousal(row, AFFECT_CLASSES) for row in np.asarray(eight)]
    return np.array([(mean.valence, mean.arousal) for mean in means]).reshape(-1, 2)
