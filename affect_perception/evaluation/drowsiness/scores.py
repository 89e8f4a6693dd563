"""Scores a judge of blink sequences: how right it is, and after how many blinks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from affect_perception.core.drowsiness.blink_sequence_model import (
    CLASSES,
    drowsy_rather_than_alert,
)
from affect_perception.core.drowsiness.blink_statistics import FEWEST_BLINKS
from affect_perception.evaluation.datasets.blink_sequences import BlinkSequence
from affect_perception.evaluation.metrics import area_under_roc

Array = npt.NDArray[np.float64]
Judge = Callable[[Array], tuple[float, float, float]]
"""(n, 4) blinks to the probabilities of alert, low vigilance, drowsy."""

WATCHED = (10, 20, 30, 60, 120)
"""Numbers of blinks after which the judge is asked, besides the end."""

_UNDECIDED = (1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0)


def score_sequences(
    sequences: Sequence[BlinkSequence], judges: Sequence[Judge]
) -> dict[str, float]:
    """The figures.

    A sequence with too few blinks for any judgement counts as wrong, and as undecided between
    alert and drowsy.

    Args:
        sequences: With their true states.
        judges: One per sequence, which must not have seen its person.

    Returns:
        `auroc` (drowsy against alert), `accuracy` and `uar` (three states), `recall_<state>`,
        `auroc_after_<n>_blinks`, `accuracy_after_<n>_blinks`, `too_few_blinks` (how many).
    """
    states = np.array([one.state for one in sequences])
    at_end = _ask(sequences, judges, None)
    right = _right(at_end, states)
    recalls = {
        f"recall_{name}": float(right[states == state].mean())
        if (states == state).any()
        else np.nan
        for state, name in enumerate(CLASSES)
    }
    scores = {
        "auroc": _auroc(at_end, states),
        "accuracy": float(right.mean()),
        "uar": float(np.nanmean(list(recalls.values()))),
        **recalls,
        "too_few_blinks": float(np.isnan(at_end[:, 0]).sum()),
    }
    for watched in WATCHED:
        early = _ask(sequences, judges, watched)
        scores[f"auroc_after_{watched}_blinks"] = _auroc(early, states)
        scores[f"accuracy_after_{watched}_blinks"] = float(_right(early, states).mean())
    return scores


def ends_of(
    sequences: Sequence[BlinkSequence], judges: Sequence[Judge]
) -> tuple[npt.NDArray[np.bool_], Array]:
    """Per sequence: whether the state said at its end is right, and how drowsy it is, 0..2.

    The order and the treatment of short sequences are those of `score_sequences`.
    """
    found = _ask(sequences, judges, None)
    return _right(found, np.array([one.state for one in sequences])), _drowsier(found)


def _ask(sequences: Sequence[BlinkSequence], judges: Sequence[Judge], watched: int | None) -> Array:
    """(n, 3) probabilities; a row of NaN where there are too few blinks."""
    rows = []
    for one, judge in zip(sequences, judges, strict=True):
        blinks = one.blinks[:watched]
        rows.append(judge(blinks) if len(blinks) >= FEWEST_BLINKS else (np.nan,) * 3)
    return np.array(rows)


def _right(probabilities: Array, states: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
    known = ~np.isnan(probabilities[:, 0])
    answer = np.where(known, np.nan_to_num(probabilities).argmax(axis=1), -1)
    return np.asarray(answer == states)


def _auroc(probabilities: Array, states: npt.NDArray[np.integer]) -> float:
    ends = states != 1
    return area_under_roc(_drowsier(probabilities)[ends], states[ends] == 2)


def _drowsier(probabilities: Array) -> Array:
    filled = np.where(np.isnan(probabilities), _UNDECIDED, probabilities)
    return drowsy_rather_than_alert(filled)
