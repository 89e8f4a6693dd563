"""Body tokens with labels of load and stress: what the separate model learns from, as windows.

Tokens are those of the pipeline against the driver's baseline (`evaluation.load`), each with what
came before it, as the networks of `training.load.compare` read them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.core.load.driver_window import HISTORY, WIDTH
from affect_perception.core.load.model import OUTPUTS
from affect_perception.evaluation.load.courses import RECORDED, Course, labelled
from affect_perception.evaluation.logistic import balanced_weights
from affect_perception.training.load.compare import sequences

Floats = npt.NDArray[np.float32]

BODY_TOKENS, BODY_FEATURES = HISTORY, WIDTH


@dataclass(frozen=True)
class BodyWindows:
    """Windows with a label of either output.

    Attributes:
        tokens: (n, BODY_TOKENS, BODY_FEATURES), newest last; 0 where unknown.
        states: (n, 2) of `core.load.model.OUTPUTS`, 1, 0 or NaN.
        chances: (n, 2) of being drawn for each output, together 1: people and states count alike.
    """

    tokens: Floats
    states: Floats
    chances: npt.NDArray[np.float64]


def body_windows(courses: Sequence[Course], joined_weight: float) -> BodyWindows:
    """The windows of some courses.

    Args:
        courses: Of the people to learn from.
        joined_weight: Weight of courses in another order than recorded, as in `LoadRecipe`.
    """
    tokens = np.concatenate([sequences(course) for course in courses])
    states = np.full((len(tokens), len(OUTPUTS)), np.nan, np.float32)
    chances = np.zeros((len(tokens), len(OUTPUTS)))
    start = 0
    for course in courses:
        rows = np.arange(start, start + len(course.stress))
        start += len(course.stress)
        factor = 1.0 if course.kind == RECORDED else joined_weight
        for number, output in enumerate(OUTPUTS):
            known = labelled(course, output)
            own = course.labels(output)[known].astype(np.float64)
            states[rows[known], number] = own
            if len(own):
                chances[rows[known], number] = factor * balanced_weights(own)
    return BodyWindows(tokens, states, chances / chances.sum(axis=0))
