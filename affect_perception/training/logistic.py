"""Multinomial logistic regression with a penalty on the squares of the weights."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from affect_perception.evaluation.classification import softmax

Array = npt.NDArray[np.float64]


def fit_logistic(
    rows: Array, target: Array, weight: Array, *, iterations: int = 500
) -> tuple[Array, Array]:
    """Finds the weights and biases that explain the targets best.

    Minimised: the weighted cross-entropy of the rows, plus half the squared weights (biases are
    free). The problem is convex: the same rows give the same weights.

    Args:
        rows: (n, features), of like spread.
        target: (n, classes) shares; one-hot for labels.
        weight: (n,) of each row.
        iterations: Of L-BFGS.

    Returns:
        (features, classes) weights and (classes,) biases of softmax(rows @ weights + bias).
    """
    features, classes = rows.shape[1], target.shape[1]
    size, each = (features, classes), weight[:, None]

    def loss(vector: Array) -> tuple[float, Array]:
        weights, bias = vector[:-classes].reshape(size), vector[-classes:]
        found = softmax(rows @ weights + bias)
        error = each * (found - target)
        value = -float((each * target * np.log(found + 1e-12)).sum())
        slope = np.concatenate([(rows.T @ error + weights).ravel(), error.sum(axis=0)])
        return value + 0.5 * float((weights**2).sum()), slope

    start = np.zeros(features * classes + classes)
    options = {"maxiter": iterations}
    vector = minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x
    return vector[:-classes].reshape(size), vector[-classes:]
