"""Scores of classifiers: recalls, precisions, confusion, and how far to believe probabilities."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize, minimize_scalar

from affect_perception.core.errors import InputError

Array = npt.NDArray[np.float64]
BINS = 15
"""Bins of the calibration error, as in Guo et al., ICML 2017."""


def softmax(logits: npt.ArrayLike) -> Array:
    """Probabilities (n, classes) of logits."""
    values = np.asarray(logits, np.float64)
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def confusion(predicted: npt.ArrayLike, truth: npt.ArrayLike, classes: int) -> Array:
    """(classes, classes) counts: row is the truth, column what was said."""
    counts = np.zeros((classes, classes))
    np.add.at(counts, (np.asarray(truth, np.int64), np.asarray(predicted, np.int64)), 1.0)
    return counts


def classification_scores(
    probabilities: npt.ArrayLike, truth: npt.ArrayLike, names: Sequence[str]
) -> dict[str, float]:
    """Accuracy, uar, macro_f1, ece, and recall_<class>, precision_<class> of each class.

    Classes that do not occur in the truth have no recall (NaN) and do not count in the means; a
    class that is never said has no precision (NaN) and an F1 of 0.

    Args:
        probabilities: (n, classes).
        truth: (n,) class numbers, none unknown.
        names: Names of the classes.

    Raises:
        InputError: If sizes differ or there is nothing to score.
    """
    p, y = np.asarray(probabilities, np.float64), np.asarray(truth, np.int64)
    if p.ndim != 2 or p.shape != (len(y), len(names)) or not len(y):
        raise InputError(f"{p.shape} probabilities for {len(y)} labels of {len(names)} classes")
    if y.min() < 0 or y.max() >= len(names):
        raise InputError(f"class numbers must be 0 to {len(names) - 1}")
    counts = confusion(p.argmax(axis=1), y, len(names))
    hits, there, said = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    recall = np.where(there > 0, hits / np.maximum(there, 1.0), np.nan)
    precision = np.where(said > 0, hits / np.maximum(said, 1.0), np.nan)
    f1 = np.where(there > 0, 2.0 * hits / np.maximum(there + said, 1.0), np.nan)
    scores = {
        "accuracy": float(hits.sum() / len(y)),
        "uar": float(np.nanmean(recall)),
        "macro_f1": float(np.nanmean(f1)),
        "ece": expected_calibration_error(p, y),
    }
    scores |= {f"recall_{name}": float(value) for name, value in zip(names, recall, strict=True)}
    return scores | {
        f"precision_{name}": float(value) for name, value in zip(names, precision, strict=True)
    }


def expected_calibration_error(
    probabilities: npt.ArrayLike, truth: npt.ArrayLike, bins: int = BINS
) -> float:
    """Mean distance of confidence from accuracy over bins of equal width, weighted by their size.

    Guo et al., "On calibration of modern neural networks", ICML 2017, equation 5.

    Returns:
        0 (right as often as it says) to 1; NaN of nothing.
    """
    p, y = np.asarray(probabilities, np.float64), np.asarray(truth, np.int64)
    if not len(y):
        return math.nan
    confidence, right = p.max(axis=1), (p.argmax(axis=1) == y).astype(np.float64)
    # The bins are closed above: a confidence of 1 is in the last.
    number = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    gaps = np.bincount(number, weights=confidence - right, minlength=bins)
    return float(np.abs(gaps).sum() / len(y))


def fit_temperature(logits: npt.ArrayLike, truth: npt.ArrayLike) -> float:
    """What logits have to be divided by so that their probabilities fit best (likelihood).

    Guo et al., ICML 2017, section 4.2. It changes no decision.

    Args:
        logits: (n, classes) of pictures or clips that were not learned from.
        truth: (n,) class numbers, or (n, classes) shares of votes.

    Raises:
        InputError: If there is nothing to fit to.
    """
    values = np.asarray(logits, np.float64)
    target = np.asarray(truth, np.float64)
    if not len(values) or len(values) != len(target):
        raise InputError(f"{len(values)} logits and {len(target)} labels to fit a temperature to")
    if target.ndim == 1:
        target = np.eye(values.shape[1])[target.astype(np.int64)]

    def loss(logarithm: float) -> float:
        z = values * math.exp(-logarithm)
        z = z - z.max(axis=1, keepdims=True)
        return -float((target * (z - np.log(np.exp(z).sum(axis=1, keepdims=True)))).sum(1).mean())

    fitted = minimize_scalar(loss, bounds=(math.log(0.05), math.log(20.0)), method="bounded")
    return float(math.exp(fitted.x))


def fit_offsets(
    logits: npt.ArrayLike, truth: npt.ArrayLike, penalty: float = 0.01
) -> tuple[float, Array]:
    """Temperature and one offset per class that fit best: softmax(logits / temperature + offsets).

    Alexandari, Kundaje and Shrikumar, "Maximum likelihood with bias-corrected calibration is
    hard-to-beat at label shift adaptation", ICML 2020. Unlike a temperature alone it can mend a
    network that leans to a class, and changes decisions.

    Args:
        logits: (n, classes) of pictures or clips that were not learned from.
        truth: (n,) class numbers.
        penalty: Of the squared offsets, so that rare classes do not run away.

    Raises:
        InputError: If there is nothing to fit to.
    """
    values, target = np.asarray(logits, np.float64), np.asarray(truth, np.int64)
    if not len(values) or len(values) != len(target):
        raise InputError(f"{len(values)} logits and {len(target)} labels to fit offsets to")
    rows = np.arange(len(values))

    def loss(parts: Array) -> float:
        z = values * math.exp(-parts[0]) + parts[1:]
        z = z - z.max(axis=1, keepdims=True)
        likelihood = z[rows, target] - np.log(np.exp(z).sum(axis=1))
        return float(penalty * (parts[1:] ** 2).sum() - likelihood.mean())

    found = minimize(loss, np.zeros(values.shape[1] + 1)).x
    return float(math.exp(found[0])), np.asarray(found[1:] - found[1:].mean())
