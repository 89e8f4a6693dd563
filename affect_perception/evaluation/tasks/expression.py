"""Expressions of cut faces: the expression network alone, no camera path around it.

Faces of these sets are cut by their authors, so no face is looked for; the network sees the middle
of the tile, as while it learned.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.core.errors import InputError
from affect_perception.core.vision.expression_face import face_of_tile
from affect_perception.core.vision.expression_network import ExpressionNetwork, Readings
from affect_perception.evaluation.affect_scores import (
    DIMENSIONS,
    affect_of_classes,
    affect_scores,
)
from affect_perception.evaluation.classification import classification_scores
from affect_perception.evaluation.datasets.expression_set import (
    FER2013_CLASSES,
    TRAINING,
    ExpressionSet,
    Flags,
    Numbers,
)
from affect_perception.evaluation.datasets.expressions import read_expressions
from affect_perception.evaluation.expression_baselines import linear_rule, most_common
from affect_perception.evaluation.result import Evaluation
from affect_perception.evaluation.tools import Request, Task, Tools
from affect_perception.inference.loader import EXPRESSION

BATCH = 256
UNSEEN = "unseen"
FERPLUS = "ferplus"
COPIES = "without_copies"
Probabilities = npt.NDArray[np.float32]


def evaluate(request: Request, tools: Tools) -> Evaluation:
    """Scores the network on one split, or on everything but Training."""
    data = read_expressions(request.data)
    split = request.split or UNSEEN
    asked = data.of_split(split) if split != UNSEEN else data.part(data.split != TRAINING)
    if not len(asked):
        raise InputError(f"{request.data} holds only faces of Training; try --split {TRAINING}")
    found = read_faces(asked, tools.expression, tools)
    return request.result(
        "expression",
        split=split,
        n=len(asked),
        metrics=score(asked, found),
        baselines=baselines(data, asked),
        model=tools.model_named(tools.expression.name),
        notes=[
            "Without suffix: FER2013's seven labels, or those of a set that has eight classes. "
            f"_{FERPLUS}: the expression with the most FER+ votes, without faces whose votes are "
            "tied or are most for 'unknown' or 'not a face'. "
            f"_{COPIES}: without faces of which Training holds an exact copy. "
            "ece: 15 bins; the temperature was fitted on held-out faces of Training. The splits do "
            "not keep people apart.",
            *_ways(asked, found),
        ],
        rows=[
            {"face": i, "emotion": int(e), **dict(zip(AFFECT_CLASSES, map(float, p), strict=True))}
            for i, (e, p) in enumerate(zip(asked.emotion, found.eight, strict=True))
        ],
    )


def read_faces(data: ExpressionSet, network: ExpressionNetwork, tools: Tools) -> Readings:
    """What the network says of all faces."""
    pieces = []
    for start in tools.track(range(0, len(data), BATCH), "expression"):
        tiles = data.pictures[start : start + BATCH]
        pieces.append(network.read(np.stack([face_of_tile(tile) for tile in tiles])))
    affect = [piece.affect for piece in pieces if piece.affect is not None]
    return Readings(
        np.concatenate([piece.seven for piece in pieces]),
        np.concatenate([piece.eight for piece in pieces]),
        np.concatenate(affect) if affect else None,
    )


def score(data: ExpressionSet, found: Readings) -> dict[str, float]:
    """All figures; see the notes of `evaluate` for the suffixes."""
    seven, eight, affect = found
    figures: dict[str, float] = {}
    labelled, majority = data.emotion >= 0, data.majority()
    voted = majority >= 0
    if labelled.any():
        figures |= _figures(seven, data.emotion, FER2013_CLASSES, labelled, "")
        figures |= _short(seven, data, data.emotion, FER2013_CLASSES, labelled, f"_{COPIES}")
    if voted.any():
        suffix = f"_{FERPLUS}" if labelled.any() else ""
        figures |= _figures(eight, majority, AFFECT_CLASSES, voted, suffix)
        figures |= _short(eight, data, majority, AFFECT_CLASSES, voted, f"{suffix}_{COPIES}")
    return figures | _affect(data, eight, affect)


def baselines(data: ExpressionSet, asked: ExpressionSet) -> dict[str, dict[str, float]]:
    """The most common class, and a linear rule where there are faces to learn it from."""
    if not (asked.emotion >= 0).any():
        return {}
    classes, truth = len(FER2013_CLASSES), asked.emotion[asked.emotion >= 0]
    answers = {"most_common_class": most_common(truth, classes)}
    learned = data.part((data.split == TRAINING) & (data.emotion >= 0))
    if len(learned) and not (asked.split == TRAINING).any():
        faces = asked.pictures[asked.emotion >= 0]
        answers["gradients_and_ridge"] = linear_rule(
            learned.pictures, learned.emotion, faces, classes
        )
    return {
        name: {
            key: value
            for key, value in classification_scores(
                np.eye(classes)[answer], truth, FER2013_CLASSES
            ).items()
            # An answer without a probability has no calibration, and few care for its precision.
            if key != "ece" and not key.startswith("precision")
        }
        for name, answer in answers.items()
    }


def _figures(
    probabilities: Probabilities, truth: Numbers, names: Sequence[str], rows: Flags, suffix: str
) -> dict[str, float]:
    scores = classification_scores(probabilities[rows], truth[rows], names)
    return {f"{name}{suffix}": value for name, value in scores.items()}


def _short(
    probabilities: Probabilities,
    data: ExpressionSet,
    truth: Numbers,
    names: Sequence[str],
    rows: Flags,
    suffix: str,
) -> dict[str, float]:
    """The main figures without copies of faces of Training, if there are such."""
    kept = rows & ~data.duplicate
    if not data.duplicate.any() or not kept.any():
        return {}
    scores = _figures(probabilities, truth, names, kept, suffix)
    return {n: v for n, v in scores.items() if n.startswith(("accuracy", "uar", "ece"))}


def _ways(data: ExpressionSet, found: Readings) -> list[str]:
    """Which valence and arousal are scored, where there are labels of them."""
    if not np.isfinite(data.valence_arousal()).any():
        return []
    if found.affect is None:
        return ["Valence and arousal are computed from the classes. ccc: concordance correlation."]
    return [
        "Valence and arousal are an output of the network, learned from labels; _from_classes: "
        "computed from the classes. ccc: concordance correlation."
    ]


def _affect(
    data: ExpressionSet, eight: Probabilities, affect: Probabilities | None
) -> dict[str, float]:
    """What is used against labels of valence and arousal, where there are such."""
    labels = data.valence_arousal()
    if not np.isfinite(labels).any():
        return {}
    classes = affect_scores(affect_of_classes(eight), labels)
    if affect is None:
        return classes
    also = {f"{name}_from_classes": value for name, value in classes.items()}
    return affect_scores(affect[:, : len(DIMENSIONS)], labels) | also


TASK = Task(
    name="expression",
    summary="expressions of cut faces: FER2013's seven classes, the eight of FER+, calibration",
    folders=("vision/fer2013",),
    run=evaluate,
    network=EXPRESSION,
    things="faces",
    ours="expression network",
)
