"""Figures of the slow part on people and drives that were left out, beside the separate models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch

from affect_perception.core.load.model import OUTPUTS
from affect_perception.evaluation import metrics
from affect_perception.evaluation.load.courses import RECORDED, Course, labelled
from affect_perception.evaluation.load.scores import Judged, scores
from affect_perception.evaluation.load.weights import LoadWeights, judged, logits_of
from affect_perception.training.driver.body_windows import BODY_FEATURES, BODY_TOKENS
from affect_perception.training.driver.glances import Windows
from affect_perception.training.driver.network import DISTRACTION, LOAD, STRESS, DriverNet
from affect_perception.training.load.compare import sequences

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

SHOWN = ("balanced_accuracy", "auroc", "ece", "mean_std", "std_over_error")
PLACES = {"load": LOAD, "stress": STRESS}
BODY, EYES, VOICE = "body", "eyes", "voice"
SENSE_SETS: Mapping[str, tuple[str, ...]] = {
    "everything": (BODY, EYES, VOICE),
    "body only": (BODY,),
    "eyes only": (EYES,),
    "voice only": (VOICE,),
    "nothing": (),
}


@torch.no_grad()
def said_of_windows(
    network: DriverNet, body: Floats, eyes: Floats, voice: Floats, senses: Sequence[str]
) -> Doubles:
    """Probabilities (n, 3) with these senses there."""
    network.eval()
    given = [
        torch.from_numpy(tokens) if name in senses else torch.zeros(tokens.shape)
        for name, tokens in ((BODY, body), (EYES, eyes), (VOICE, voice))
    ]
    return np.asarray(torch.sigmoid(network("slow", *given)[0]).numpy(), np.float64)


def others_for(count: int, drives: Windows, seed: int) -> tuple[Floats, Floats]:
    """Eye and voice tokens of drives drawn at random, to stand beside body tokens."""
    rows = np.random.default_rng(seed).integers(0, len(drives.drive), count)
    return drives.eyes[rows], drives.voice[rows]


def load_figures(
    network: DriverNet,
    held: Sequence[Course],
    weights: LoadWeights,
    drives: Windows,
    seed: int,
) -> dict[str, dict[str, dict[str, float]]]:
    """Load and stress of people left out.

    Args:
        network: Trained without them.
        held: Their courses.
        weights: The separate model, fitted to the same people as the network.
        drives: Whose eye and voice tokens stand beside the body in "everything".
        seed: Of what stands beside it.

    Returns:
        By output and data set ("stress, wesad, recorded"), by row ("separate", and each set of
        senses), the figures of `SHOWN`.
    """
    report: dict[str, dict[str, dict[str, float]]] = {}
    groups = sorted({(c.data_set, c.kind) for c in held}, key=lambda g: (g[0], g[1] != RECORDED))
    for output in OUTPUTS:
        for data_set, kind in groups:
            own = [c for c in held if (c.data_set, c.kind) == (data_set, kind)]
            rows = {
                "separate": scores([judged(logits_of(weights, c, output), output) for c in own])
            }
            for name, senses in SENSE_SETS.items():
                rows[name] = scores(
                    [_judged(network, c, output, senses, drives, seed) for c in own]
                )
            short = {n: {k: found[k] for k in SHOWN} for n, found in rows.items() if found}
            report[f"{output}, {data_set}, {kind.replace('_', ' ')}"] = short
    return report


def _judged(
    network: DriverNet,
    course: Course,
    output: str,
    senses: Sequence[str],
    drives: Windows,
    seed: int,
) -> Judged:
    kept = labelled(course, output)
    body = sequences(course)[kept]
    eyes, voice = others_for(len(body), drives, seed)
    said = said_of_windows(network, body, eyes, voice, senses)[:, PLACES[output]]
    states = course.labels(output)[kept].astype(np.float64)
    return Judged(course.person, said, states, course.phases[kept])


def distraction_figures(
    network: DriverNet, learned: Windows, checked: Windows, body: Floats
) -> dict[str, dict[str, float]]:
    """Distraction in scripted drives left out.

    Args:
        network: Trained without them.
        learned: The drives that it learned from: the limit of the simple method comes from them.
        checked: The drives left out, with what the pipeline says of them.
        body: (k, BODY_TOKENS, BODY_FEATURES) tokens that stand beside the eyes in "everything".
    """
    truth = checked.distracted > 0.5
    if len(body):
        rows = np.random.default_rng(0).integers(0, len(body), len(truth))
        beside = body[rows]
    else:
        beside = np.zeros((len(truth), BODY_TOKENS, BODY_FEATURES), np.float32)
    report = {"attention of the pipeline": _decided(checked.said > 0.5, truth)}
    limit = _best_limit(learned.off_road, learned.distracted > 0.5)
    off = np.nan_to_num(checked.off_road)
    report["share of the window off the road"] = _decided(off > limit, truth) | {
        "auroc": metrics.area_under_roc(off, truth)
    }
    states = truth.astype(np.float64)
    for name, senses in SENSE_SETS.items():
        said = said_of_windows(network, beside, checked.eyes, checked.voice, senses)[:, DISTRACTION]
        found = scores([Judged("all", said, states, np.full(len(states), "drive"))])
        report[name] = {k: found[k] for k in SHOWN}
    return report


def _decided(said: npt.NDArray[np.bool_], truth: npt.NDArray[np.bool_]) -> dict[str, float]:
    recalls = (said[truth].mean(), (~said[~truth]).mean())
    return {"balanced_accuracy": float(np.mean(recalls))}


def _best_limit(values: Floats, truth: npt.NDArray[np.bool_]) -> float:
    """The limit with the best balanced accuracy."""
    filled = np.nan_to_num(values)
    limits = np.unique(np.round(filled, 2))
    return float(
        max(limits, key=lambda limit: _decided(filled > limit, truth)["balanced_accuracy"])
    )
