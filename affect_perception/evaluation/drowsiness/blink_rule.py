"""Fits the rule of the blink finder to tagged videos, to leave one video out at a time.

The coefficients in core/drowsiness/blink_finder.py come from `fitted_rule` over all six videos of
eyeblink8_ear.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from affect_perception.core.drowsiness.blink_finder import BlinkFinder, Rule, shape_numbers
from affect_perception.core.drowsiness.lid_dips import Dip

PENALTY = 3.0
"""Of the squared coefficients (of standardised numbers); nothing depends on it between 1 and 10."""

_STEPS = 50
Array = npt.NDArray[np.float64]


class CandidateFinder(BlinkFinder):
    """Gives every dip that is possible at all, and keeps the numbers that the rule would weigh."""

    numbers: tuple[float, ...] = ()

    def _is_blink(self, dip: Dip) -> bool:
        self.numbers = shape_numbers(dip, statistics.median(self._typical))
        return True


def fitted_rule(numbers: Array, blink: npt.NDArray[np.bool_]) -> Rule:
    """Logistic regression by Newton's method.

    Args:
        numbers: (n, 4) of `shape_numbers`.
        blink: (n,) whether each is a blink.

    Returns:
        Intercept and coefficients for the numbers as they are.
    """
    mean, spread = numbers.mean(axis=0), numbers.std(axis=0) + 1e-9
    rows = np.c_[(numbers - mean) / spread, np.ones(len(numbers))]
    penalty = np.diag([PENALTY] * numbers.shape[1] + [1e-6])
    weights = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        chance = 1.0 / (1.0 + np.exp(-rows @ weights))
        slope = rows.T @ (chance - blink) + penalty @ weights
        curve = (rows * (chance * (1.0 - chance))[:, None]).T @ rows + penalty
        weights -= np.linalg.solve(curve, slope)
    own = weights[:-1] / spread
    return float(weights[-1] - own @ mean), tuple(float(weight) for weight in own)


def rules_without(
    examples: Sequence[tuple[str, Array, npt.NDArray[np.bool_]]],
) -> dict[str, Rule]:
    """For each named set of examples the rule fitted to all others; none from a single set."""
    rules = {}
    for name, _, _ in examples:
        others = [(x, y) for other, x, y in examples if other != name and len(x)]
        if others:
            rules[name] = fitted_rule(
                np.concatenate([x for x, _ in others]), np.concatenate([y for _, y in others])
            )
    return rules
