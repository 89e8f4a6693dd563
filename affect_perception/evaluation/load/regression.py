"""Rows for the regressions on the views of tokens.

Every person and both states count equally, however long they were recorded, so that 0.5 means: as
likely as not if both were equally frequent.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from affect_perception.evaluation.load.courses import RECORDED, Course, labelled
from affect_perception.evaluation.logistic import PERSON_WEIGHT, Rows, balanced_weights


def rows(
    courses: Sequence[Course], output: str, columns: Sequence[int], joined_weight: float = 1.0
) -> Rows:
    """The labelled windows of courses whose columns are all known.

    Args:
        courses: Of any kinds.
        output: "load" or "stress".
        columns: Of `Course.views`.
        joined_weight: Weight of a course that was not lived through, against 1.
    """
    features, states, weights = [], [], []
    for course in courses:
        known = labelled(course, output) & np.isfinite(course.views[:, columns]).all(axis=1)
        state = course.labels(output)[known].astype(np.float64)
        factor = 1.0 if course.kind == RECORDED else joined_weight
        features.append(course.views[known][:, columns])
        states.append(state)
        weights.append(factor * PERSON_WEIGHT * balanced_weights(state))
    return Rows(np.concatenate(features), np.concatenate(states), np.concatenate(weights))
