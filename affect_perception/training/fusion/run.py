"""`affect-perception train fusion`: compares ways to combine face and voice, fits the learned one.

Everything starts from what the heads of `train audiovisual` say of clips of people left out, each
relative to the person's own past, in the classes that both modalities of this package judge (calm
counts as neutral). What is fitted on top is fitted with the same person left out again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.optimize import minimize

from affect_perception.core.affect_classes import (
    AFFECT_CLASSES,
    RAVDESS_CLASSES,
    VALENCE_AROUSAL,
    shared_from_ravdess,
    valence_arousal,
)
from affect_perception.core.fusion.class_product import FLOOR
from affect_perception.core.fusion.evidence import SMALLEST_STD
from affect_perception.core.fusion.learned import CLASSES
from affect_perception.core.fusion.rest import REST_STD, freed_from_rest
from affect_perception.core.fusion.surprise import class_surprise
from affect_perception.evaluation.audiovisual.incongruence import contradictions
from affect_perception.evaluation.audiovisual.intervals import Recalls
from affect_perception.evaluation.audiovisual.judge import WAYS
from affect_perception.evaluation.classification import expected_calibration_error, softmax
from affect_perception.evaluation.datasets.av_features import AvClips, read_av_features
from affect_perception.evaluation.metrics import area_under_roc
from affect_perception.training.audiovisual.recipe import AudiovisualRecipe
from affect_perception.training.audiovisual.run import CLIPS, leave_speakers_out
from affect_perception.training.fusion.export import NAME, write_network
from affect_perception.training.fusion.network import FusionMembers, fit_network
from affect_perception.training.fusion.recipe import FusionRecipe
from affect_perception.training.json_file import write_json
from affect_perception.training.logistic import fit_logistic
from affect_perception.training.recipe import recipe_content

REPORT_FILE = f"{NAME}_cross_validation.json"
METHODS = ("face", "voice", "product", "calibrated product", "learned")

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Heads give every class of RAVDESS the same weight: neutral and calm are two of eight.
_PRIOR = np.array([0.25, *[0.125] * (CLASSES - 1)])


@dataclass(frozen=True)
class Order:
    """What is asked for.

    Attributes:
        data: Root of the data sets, or the folder of the clips itself.
        out: Folder for network, card, manifest entry and report.
        recipe: How to fit.
        version: Of the weights.
        command: What repeats it, for the card.
    """

    data: Path
    out: Path
    recipe: FusionRecipe
    version: str = "1.0.0"
    command: str = "affect-perception train fusion --data DATA --out DIR"


@dataclass(frozen=True)
class Said:
    """What face and voice say of clips, of people left out.

    Attributes:
        evidence: (orders, n, 2, CLASSES) of face and voice, as `core.fusion.learned` takes it.
        truth: (n,) class numbers.
        speakers: Of each clip.
        points: (n, 2) valence and arousal of what was acted.
    """

    evidence: Array
    truth: Ints
    speakers: tuple[str, ...]
    points: Array

    def rows(self, kept: npt.NDArray[np.bool_]) -> tuple[Array, Ints]:
        """Evidence and truth of clips, all orders one after the other."""
        picked = self.evidence[:, kept]
        return picked.reshape(-1, *picked.shape[2:]), np.tile(self.truth[kept], len(picked))


def train(order: Order, *, only_validate: bool) -> dict[str, Any]:
    """Compares the methods with each speaker left out, and fits the learned one to all.

    Raises:
        InputError: If the clips are missing, or are of fewer than three speakers.
    """
    torch.set_num_threads(1)
    root = (order.data / CLIPS).is_dir()
    said = said_of(read_av_features(order.data / CLIPS if root else order.data))
    report = {"recipe": recipe_content(order.recipe), **validate(said, order.recipe)}
    order.out.mkdir(parents=True, exist_ok=True)
    write_json(order.out / REPORT_FILE, report)
    if not only_validate:
        rows, truth = said.rows(np.ones(len(said.truth), bool))
        network = fit_network(rows, truth, order.recipe)
        path = order.out / f"{NAME}.onnx"
        report["difference"] = write_network(network, rows, path, order, report)
    return report


def said_of(clips: AvClips) -> Said:
    """What the heads say of each speaker, learned from the others."""
    (relative, _), _ = leave_speakers_out(clips, AudiovisualRecipe())
    places = [WAYS.index("face"), WAYS.index("voice")]
    found = np.stack([one[:, places] for one in relative.found])
    shared = np.apply_along_axis(shared_from_ravdess, -1, found)[..., :CLASSES]
    logs = np.log(np.maximum(shared, FLOOR)) - np.log(_PRIOR)
    names = [RAVDESS_CLASSES[number] for number in clips.truth]
    merged = ["neutral" if name == "calm" else name for name in names]
    return Said(
        logs - logs.mean(axis=-1, keepdims=True),
        np.array([AFFECT_CLASSES.index(name) for name in merged], np.int64),
        clips.speakers,
        np.array([VALENCE_AROUSAL[name] for name in merged]),
    )


def validate(said: Said, recipe: FusionRecipe) -> dict[str, Any]:
    """Figures of every method with speakers left out, and the constants of the core."""
    people = np.array(said.speakers)
    logits = {name: np.zeros(said.evidence.shape[:2] + (CLASSES,)) for name in METHODS}
    logits["face"], logits["voice"] = said.evidence[:, :, 0], said.evidence[:, :, 1]
    logits["product"] = said.evidence.sum(axis=2)
    alone = {name: logits["learned"].copy() for name in ("face", "voice")}
    for name in sorted(set(said.speakers)):
        own = people == name
        rows, truth = said.rows(~own)
        weights = fit_exponents(rows, truth)
        logits["calibrated product"][:, own] = (
            said.evidence[:, own] * weights[None, None, :, None]
        ).sum(axis=2)
        network = fit_network(rows, truth, recipe)
        logits["learned"][:, own] = _judged(network, said.evidence[:, own], (1.0, 1.0))
        alone["face"][:, own] = _judged(network, said.evidence[:, own], (1.0, 0.0))
        alone["voice"][:, own] = _judged(network, said.evidence[:, own], (0.0, 1.0))
    recalls = {name: _recalls(found, said) for name, found in logits.items()}
    single = max(("face", "voice"), key=lambda name: recalls[name].uar)
    everything = said.rows(np.ones(len(people), bool))
    return {
        "speakers": len(set(said.speakers)),
        "clips": len(said.truth),
        "better_single": single,
        "methods": {
            name: {
                **_scores(found, said),
                "ci95": list(recalls[name].interval()),
                "gain": list(recalls[name].gain_over(recalls[single])),
                "gain_over_product": list(recalls[name].gain_over(recalls["product"])),
            }
            for name, found in logits.items()
        },
        "learned_alone": {name: _recalls(found, said).uar for name, found in alone.items()},
        "exponents": dict(zip(("face", "voice"), fit_exponents(*everything).tolist(), strict=True)),
        "incongruence": incongruence(said),
        "affect": affect_errors(said),
    }


def fit_exponents(rows: Array, truth: Ints) -> Array:
    """(2,) exponents of face and voice with the smallest cross-entropy; classes count alike."""
    share = len(truth) / CLASSES / np.bincount(truth, minlength=CLASSES)
    count = share[truth] / len(truth)

    def loss(weights: Array) -> float:
        logits = (rows * weights[None, :, None]).sum(axis=1)
        logits = logits - logits.max(axis=1, keepdims=True)
        right = logits[np.arange(len(truth)), truth]
        return float(count @ (np.log(np.exp(logits).sum(axis=1)) - right))

    return np.asarray(minimize(loss, np.ones(2), method="L-BFGS-B").x, np.float64)


def incongruence(said: Said) -> dict[str, float]:
    """How well contradictions are found by classes as the core does it, and its two constants.

    `slope` and `level` turn surprise into the probability of a contradiction when half of all pairs
    are contradictions.
    """
    own = np.arange(len(said.truth))
    heard, seen = contradictions(said.truth, said.speakers)
    voices, faces = np.concatenate([own, heard]), np.concatenate([own, seen])
    false = np.concatenate([np.zeros(len(own), bool), np.ones(len(heard), bool)])
    even = np.full(CLASSES, 1.0 / CLASSES)
    found = np.array(
        [
            [
                class_surprise(one[face, 0], one[voice, 1], even)
                for voice, face in zip(voices, faces, strict=True)
            ]
            for one in said.evidence
        ]
    )
    half = np.where(false, 0.5 / false.mean(), 0.5 / (1.0 - false.mean()))
    target = np.stack([~false, false], axis=1).astype(np.float64)
    rows, targets = found.reshape(-1, 1), np.tile(target, (len(found), 1))
    weights, bias = fit_logistic(rows, targets, np.tile(half, len(found)) / len(found))
    return {
        "auroc": float(np.mean([area_under_roc(one, false) for one in found])),
        "slope": float(weights[0, 1] - weights[0, 0]),
        "level": float(bias[1] - bias[0]),
    }


def affect_errors(said: Said) -> dict[str, dict[str, float]]:
    """Errors of valence and arousal: root mean square, and what was stated.

    Means by precision of what face and voice measure and rest, as the filter of the core does at
    one instant; `plain`: without freeing the readings from rest.
    """
    names = AFFECT_CLASSES[:CLASSES]
    judged = np.apply_along_axis(lambda logits: _affect(softmax(logits), names), -1, said.evidence)
    mean, std = judged[..., :2], np.maximum(judged[..., 2:], SMALLEST_STD)
    rest = np.array(REST_STD)
    value, variance = np.vectorize(freed_from_rest)(mean, std, rest)
    result: dict[str, dict[str, float]] = {}
    for name, used, z, var in (
        ("face", [0], value, variance),
        ("voice", [1], value, variance),
        ("both", [0, 1], value, variance),
        ("both, plain", [0, 1], mean, std**2),
    ):
        precision = (1.0 / var[:, :, used]).sum(axis=2) + 1.0 / rest**2
        error = (z[:, :, used] / var[:, :, used]).sum(axis=2) / precision - said.points[None]
        for place, quantity in enumerate(("valence", "arousal")):
            found = error[..., place]
            result.setdefault(name, {})[f"{quantity}_rmse"] = float(np.sqrt((found**2).mean()))
            stated = np.sqrt((1.0 / precision[..., place]).mean())
            result[name][f"{quantity}_stated"] = float(stated)
    return result


def _affect(shares: Array, names: Sequence[str]) -> Array:
    found = valence_arousal(shares, names)
    return np.array([found.valence, found.arousal, found.valence_std, found.arousal_std])


def _judged(network: FusionMembers, evidence: Array, there: tuple[float, float]) -> Array:
    """Logarithms of probabilities (orders, n, CLASSES), with one modality or both."""
    mask = torch.tensor(there, dtype=torch.float32)
    rows = torch.from_numpy(evidence.astype(np.float32)) * mask[None, None, :, None]
    with torch.no_grad():
        found = [network(one, mask.expand(len(one), 2))[0].numpy() for one in rows]
    return np.log(np.maximum(np.stack(found).astype(np.float64), 1e-9))


def _recalls(logits: Array, said: Said) -> Recalls:
    return Recalls.of([one.argmax(axis=1) for one in logits], said.truth, said.speakers, CLASSES)


def _scores(logits: Array, said: Said) -> dict[str, float]:
    errors, misses = [], []
    for one in logits:
        shares = softmax(one)
        errors.append(expected_calibration_error(shares, said.truth))
        right = shares[np.arange(len(said.truth)), said.truth]
        misses.append(-np.log(np.maximum(right, 1e-9)).mean())
    return {
        "uar": _recalls(logits, said).uar,
        "ece": float(np.mean(errors)),
        "cross_entropy": float(np.mean(misses)),
    }
