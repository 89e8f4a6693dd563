"""Simple methods to stand beside the shipped weights, fitted without the person that is judged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from affect_perception.core.load.tokens import LEARNED
from affect_perception.evaluation.datasets.wrist_records import UNKNOWN
from affect_perception.evaluation.load.scores import Judged, scores
from affect_perception.evaluation.load.timeline import OUTSIDE, Timeline
from affect_perception.evaluation.logistic import left_out

Float64Array = npt.NDArray[np.float64]

FIRST_S = 240.0
PENALTY = 10.0


def simple_methods(timelines: Sequence[Timeline]) -> dict[str, dict[str, float]]:
    """Figures of stress by logistic regressions, leaving one person out at a time.

    The eight numbers as they are; minus the median of the first four minutes; that and minus the
    running mean. Unknown numbers count as the mean.
    """
    plain = [one.learned for one in timelines]
    first = [_minus_first(one) for one in timelines]
    both = [
        np.concatenate([values, _minus_running(one)], axis=1)
        for one, values in zip(timelines, first, strict=True)
    ]
    methods = {
        "eight numbers, not normalised": plain,
        "minus first four minutes": first,
        "minus first four minutes, minus running mean": both,
    }
    return {
        f"{name}, person left out": _left_out(timelines, features)
        for name, features in methods.items()
    }


def _minus_first(one: Timeline) -> Float64Array:
    first = one.learned[one.stamps_ns <= FIRST_S * 1e9]
    usual = np.full(len(LEARNED), np.nan)
    for column in range(len(LEARNED)):
        known = first[:, column][np.isfinite(first[:, column])]
        usual[column] = np.median(known) if len(known) else np.nan
    return np.asarray(one.learned - usual)


def _minus_running(one: Timeline) -> Float64Array:
    known = np.isfinite(one.learned)
    total = np.cumsum(np.where(known, one.learned, 0.0), axis=0)
    return np.asarray(one.learned - total / np.maximum(np.cumsum(known, axis=0), 1))


def _left_out(timelines: Sequence[Timeline], features: Sequence[Float64Array]) -> dict[str, float]:
    people = []
    for one, values in zip(timelines, features, strict=True):
        stress = np.array([phase.stress for phase in one.record.phases])
        states = np.where(one.phase == OUTSIDE, UNKNOWN, stress[np.maximum(one.phase, 0)])
        kept = states != UNKNOWN
        names = np.array([phase.name for phase in one.record.phases])[one.phase[kept]]
        own = states[kept].astype(np.float64)
        people.append((one.record.subject, values[kept], own, names))
    if len(people) < 2 or not all(len(states) for _, _, states, _ in people):
        return {}
    said = left_out([(values, states) for _, values, states, _ in people], PENALTY)
    found = [
        Judged(name, own, states, names)
        for (name, _, states, names), own in zip(people, said, strict=True)
    ]
    kept_names = ("balanced_accuracy", "auroc", "ece")
    return {name: value for name, value in scores(found).items() if name in kept_names}
