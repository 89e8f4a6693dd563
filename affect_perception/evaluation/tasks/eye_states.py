"""Open and closed eyes on crops of a single eye: the eye network alone, no face around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from affect_perception.core.errors import InputError, ModelMissingError
from affect_perception.core.types import ByteArray
from affect_perception.core.vision.eye_network import EyeNetwork
from affect_perception.core.vision.eye_patch import patch_of_crop
from affect_perception.evaluation import metrics
from affect_perception.evaluation.datasets.eye_crops import EyeState, read_eye_states
from affect_perception.evaluation.result import Evaluation
from affect_perception.evaluation.tools import Request, Tools, read_picture

DEVELOPMENT = "development"
# The simple method: lids of a shut eye are horizontal lines. Mean vertical over mean horizontal
# grey-level step of the patch, with the threshold that is best on the pictures below the block.
LINES = 1.56
SPLITS = ("unseen", DEVELOPMENT, "all")


@dataclass(frozen=True)
class StateRow:
    """One crop: label, probability of closed, answer of the simple method."""

    sample: EyeState
    closed: float
    lines: float


def evaluate(request: Request, tools: Tools) -> Evaluation:
    """Accuracy on the crops that no training has seen, or on all with `--split all`."""
    samples = read_eye_states(request.data)
    split = request.split or "unseen"
    if split not in SPLITS:
        raise InputError(f"eyes_open_closed has no split '{split}'; there are {', '.join(SPLITS)}")
    if split != "all":
        samples = tuple(s for s in samples if s.unseen)
    if not samples:
        raise InputError(f"{request.data} holds only crops that were trained on; try --split all")
    network = eye_network(tools)
    rows = [observe(s, network) for s in tools.track(samples, "eyes")]
    return request.result(
        "eyes",
        split=split,
        n=len(rows),
        metrics=score(rows, [r.closed >= 0.5 for r in rows]),
        baselines={
            "vertical_over_horizontal_steps": score(rows, [r.lines >= LINES for r in rows]),
            "always_open": score(rows, [False] * len(rows)),
        },
        model=tools.model,
        notes=[
            "unseen: files numbered 464 and above of each class, near neighbours together; the "
            "others were trained on. Of the 580 of each class at hand that is the last fifth, the "
            "block on which the network was developed. People are not named, so the same person "
            "may stand on both sides.",
        ],
        rows=[
            {"file": f"{r.sample.path.parent.name}/{r.sample.path.name}", "closed": r.closed}
            for r in rows
        ],
    )


def eye_network(tools: Tools) -> EyeNetwork:
    """The eye network.

    Raises:
        ModelMissingError: If the networks were loaded without it.
    """
    if tools.networks.eyes is None:
        raise ModelMissingError("there is no eye network to evaluate")
    return EyeNetwork(tools.networks.eyes)


def observe(sample: EyeState, network: EyeNetwork) -> StateRow:
    """Reads one crop."""
    patch = patch_of_crop(read_picture(sample.path))
    return StateRow(sample, network.read([patch])[0].closed, _lines(patch))


def _lines(patch: ByteArray) -> float:
    grey = patch.astype(np.float64)
    across = float(np.abs(np.diff(grey, axis=1)).mean())
    return float(np.abs(np.diff(grey, axis=0)).mean()) / max(across, 1e-6)


def score(rows: Sequence[StateRow], answers: Sequence[bool]) -> dict[str, float]:
    """Accuracy, and the rates of each class; NaN for a class that is not there."""
    labels = [r.sample.closed for r in rows]
    pairs = list(zip(labels, answers, strict=True))
    return {
        "accuracy": metrics.accuracy(answers, labels),
        "recall_closed": metrics.share([a for label, a in pairs if label]),
        "recall_open": metrics.share([not a for label, a in pairs if not label]),
        "false_closed_rate": metrics.share([a for label, a in pairs if not label]),
    }
