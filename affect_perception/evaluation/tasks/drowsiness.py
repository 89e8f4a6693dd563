"""Drowsiness from sequences of blinks, with the shipped weights."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from affect_perception.core.drowsiness.blink_sequence_model import CLASSES, BlinkSequenceModel
from affect_perception.core.drowsiness.blink_statistics import BLINK_NUMBERS, FEWEST_BLINKS
from affect_perception.evaluation.datasets.blink_sequences import (
    BlinkSequence,
    read_blink_sequences,
)
from affect_perception.evaluation.drowsiness.scores import Array, score_sequences
from affect_perception.evaluation.metrics import area_under_roc
from affect_perception.evaluation.result import Evaluation
from affect_perception.evaluation.tools import Request, Task, Tools
from affect_perception.inference.loader import BLINKS, load_network
from affect_perception.inference.manifest import load_manifest
from affect_perception.share import share_path

_CROSS_VALIDATION = "models/drowsiness_blinks_cross_validation.json"
# Longer blinks, of a smaller and slower movement, the more often the drowsier.
_SIGNS = {"frequency": 1.0, "amplitude": -1.0, "duration": 1.0, "velocity": -1.0}


def run(request: Request, tools: Tools) -> Evaluation:
    """Judges every sequence of the folder."""
    sequences = read_blink_sequences(request.data)
    model = BlinkSequenceModel(load_network(BLINKS, tools.config.inference))
    scores = score_sequences(sequences, [model.probabilities] * len(sequences))
    stored = _cross_validation()
    entry = load_manifest().model(BLINKS)
    return request.result(
        "drowsiness",
        n=len(sequences),
        subjects=len({one.subject for one in sequences}),
        metrics={
            **scores,
            **{f"{name}_cross_validated": value for name, value in stored.items()},
        },
        baselines=_baselines(sequences),
        model=f"{entry.name} {entry.version} ({entry.sha256[:8]})",
        notes=_NOTES,
        rows=[_row(one, model) for one in sequences],
    )


_NOTES = (
    "auroc: drowsy against alert videos; accuracy, uar: alert, low vigilance, drowsy. A video of "
    f"fewer than {FEWEST_BLINKS} blinks counts as wrong and as undecided.",
    "The shipped weights were trained on the 44 people of rldd_blink_features: on that folder the "
    "plain figures are of training data, and *_cross_validated is the figure to believe (people "
    "apart, mean of thirty random splits into fifths; `affect-perception train drowsiness "
    "--cross-validate`); *_interval_* is 95 % over the people. On a folder of other people the "
    "plain figures are the ones.",
    "Beside the cross-validated figures, from elsewhere: a random forest on simple statistics of "
    "the same blinks 0.61 and AUROC 0.92, people apart; the HM-LSTM of the data set's paper 0.65 "
    "on 60 people and its own folds (from the paper, not repeated here).",
    "The alert videos of that set are shorter, because their last third served as baseline; the "
    "model was trained on series of equal length. Their frequency counts from the beginning of the "
    "video and runs on into the baseline: 'last frequency' and 'number of blinks' show how far one "
    "gets by such traces of the recording alone.",
)


def _baselines(sequences: Sequence[BlinkSequence]) -> dict[str, dict[str, float]]:
    """Single numbers: a mean, two traces of the recording, and always the same class."""
    states = np.array([one.state for one in sequences])
    ends = states != 1
    baselines = {}
    for column, name in enumerate(BLINK_NUMBERS):
        means = np.array([np.arcsinh(one.blinks[:, column]).mean() for one in sequences])
        auroc = area_under_roc(_SIGNS[name] * means[ends], states[ends] == 2)
        baselines[f"mean {name} alone"] = {"auroc": auroc}
    traces = {
        "size of the last frequency alone": [abs(one.blinks[-1, 0]) for one in sequences],
        "number of blinks alone": [float(len(one.blinks)) for one in sequences],
    }
    for name, values in traces.items():
        baselines[name] = {"auroc": area_under_roc(np.array(values)[ends], states[ends] == 2)}
    most = float(np.bincount(states).max() / len(states))
    baselines["most common class"] = {"accuracy": most, "uar": 1.0 / len(CLASSES)}
    return baselines


def _cross_validation() -> dict[str, float]:
    """The stored figures of people apart."""
    content = json.loads(share_path(_CROSS_VALIDATION).read_text(encoding="utf-8"))
    scores: dict[str, float] = content["random_folds"]
    for name, (low, high) in content["random_folds_interval"].items():
        scores |= {f"{name}_interval_low": low, f"{name}_interval_high": high}
    return scores


def _row(one: BlinkSequence, model: BlinkSequenceModel) -> dict[str, Any]:
    known = len(one.blinks) >= FEWEST_BLINKS
    found: Array = np.array(model.probabilities(one.blinks) if known else [np.nan] * 3)
    shares = dict(zip(CLASSES, np.round(found, 4).tolist(), strict=True))
    return {"video": one.video, "state": CLASSES[one.state], "blinks": len(one.blinks), **shares}


TASK = Task(
    name="drowsiness",
    summary="drowsiness from sequences of blinks",
    folders=("physio/rldd_blink_features",),
    run=run,
    things="series of blinks",
    ours="blink model",
)
