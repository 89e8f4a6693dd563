"""The shipped kind of model with its weights as arrays: fitted, calibrated, and as in the network.

One logistic regression for each set of channels and each output. Its logit is multiplied by
exp(scale + young * youth): how sure it may be, which grows with the time the baseline rests on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit

from affect_perception.core.load.driver_normal import VIEWS
from affect_perception.core.load.model import INPUTS, OUTPUTS, SUBSETS, YOUNG_S
from affect_perception.core.load.tokens import CHANNELS, LEARNED, columns_of
from affect_perception.evaluation.load.courses import Course, labelled
from affect_perception.evaluation.load.regression import rows
from affect_perception.evaluation.load.scores import Judged
from affect_perception.evaluation.logistic import balanced_weights, fit

Float64Array = npt.NDArray[np.float64]

MOSTLY = 0.5
"""Share of a course's windows that a subset must have been used for, to be calibrated on it."""


@dataclass(frozen=True)
class LoadWeights:
    """Weights of all subsets and outputs.

    Attributes:
        slopes: (subsets, INPUTS, outputs); 0 for what a subset does not have.
        offsets: (subsets, outputs).
        scales: (subsets, outputs, 2): logarithmic scale of the logit, and its change with youth.
    """

    slopes: Float64Array
    offsets: Float64Array
    scales: Float64Array


def subset_columns(subset: Sequence[str]) -> list[int]:
    """Columns of `Course.views` that belong to channels."""
    own = [column for channel in subset for column in columns_of(channel)]
    return [view * len(LEARNED) + column for view in range(len(VIEWS)) for column in own]


def fit_weights(
    courses: Sequence[Course],
    penalty: float,
    joined_weight: float,
    subsets: Sequence[tuple[str, ...]] = SUBSETS,
    outputs: Sequence[str] = OUTPUTS,
) -> LoadWeights:
    """Fits the regressions, not yet calibrated (scale 0); what is not asked for stays 0."""
    weights = LoadWeights(
        np.zeros((len(SUBSETS), INPUTS, len(OUTPUTS))),
        np.zeros((len(SUBSETS), len(OUTPUTS))),
        np.zeros((len(SUBSETS), len(OUTPUTS), 2)),
    )
    for subset in subsets:
        columns = subset_columns(subset)
        place = SUBSETS.index(subset)
        for output in outputs:
            line = fit(rows(courses, output, columns, joined_weight), penalty)
            number = OUTPUTS.index(output)
            weights.slopes[place, columns, number] = line.slope
            weights.offsets[place, number] = line.offset
    return weights


@dataclass(frozen=True)
class Logits:
    """What the regressions say of the labelled windows of one course.

    Attributes:
        course: Whose.
        logits: (n,) before calibration; NaN where no channel is known.
        youth: (n,) of the baseline, 1 new to 0 old.
        subset: (n,) number of the subset used, -1 for none.
    """

    course: Course
    logits: Float64Array
    youth: Float64Array
    subset: npt.NDArray[np.int64]


def logits_of(
    weights: LoadWeights, course: Course, output: str, among: Sequence[str] = CHANNELS
) -> Logits:
    """Judges each window by the channels that are known of it, as `core.load.model` does."""
    kept = labelled(course, output)
    views, known_s = course.views[kept], course.known_s[kept]
    number = OUTPUTS.index(output)
    logits, youth = np.full(len(views), np.nan), np.ones(len(views))
    used = np.full(len(views), -1, np.int64)
    # Smaller subsets first, so that the largest that is known stands in the end.
    for place in reversed(range(len(SUBSETS))):
        if not set(SUBSETS[place]) <= set(among):
            continue
        columns = subset_columns(SUBSETS[place])
        own = [column for channel in SUBSETS[place] for column in columns_of(channel)]
        there = np.isfinite(views[:, columns]).all(axis=1)
        slope = weights.slopes[place, columns, number]
        logits[there] = views[there][:, columns] @ slope + weights.offsets[place, number]
        youth[there] = np.exp(-known_s[there][:, own].min(axis=1) / YOUNG_S)
        used[there] = place
    return Logits(course, logits, youth, used)


def fit_scales(found: Sequence[Logits], output: str) -> Float64Array:
    """(subsets, 2) scales by likelihood, from logits of people that were not learned from.

    Args:
        found: Of every subset alone (`among`), so that each has enough windows.
        output: "load" or "stress".
    """
    scales = np.zeros((len(SUBSETS), 2))
    for place in range(len(SUBSETS)):
        parts = []
        for one in found:
            own = one.subset == place
            if len(own) and own.mean() > MOSTLY:
                states = one.course.labels(output)[labelled(one.course, output)]
                states = states.astype(np.float64)
                weight = balanced_weights(states[own])
                parts.append((one.logits[own], one.youth[own], states[own], weight))
        if parts:
            columns = (np.concatenate(column) for column in zip(*parts, strict=True))
            scales[place] = _fit_scale(*columns)
    return scales


def _fit_scale(
    logits: Float64Array, youth: Float64Array, states: Float64Array, weight: Float64Array
) -> Float64Array:
    def loss(vector: Float64Array) -> float:
        z = logits * np.exp(vector[0] + vector[1] * youth)
        return float(weight @ (np.logaddexp(0.0, z) - states * z)) + 1e-3 * float(vector @ vector)

    bounds = [(-3.0, 1.0), (-8.0, 1.0)]
    return np.asarray(minimize(loss, np.zeros(2), method="L-BFGS-B", bounds=bounds).x)


def judged(found: Logits, output: str, scales: Float64Array | None = None) -> Judged:
    """Probabilities, calibrated if there are scales (subsets, 2)."""
    kept = labelled(found.course, output)
    sure = np.ones(len(found.logits))
    if scales is not None:
        own = scales[found.subset]
        sure = np.exp(own[:, 0] + own[:, 1] * found.youth)
    return Judged(
        found.course.person,
        expit(found.logits * sure),
        found.course.labels(output)[kept].astype(np.float64),
        found.course.phases[kept],
    )
