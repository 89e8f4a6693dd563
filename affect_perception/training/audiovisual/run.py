"""`affect-perception train audiovisual`: with each speaker left out, and on all of them.

The report also holds what the votes of CREMA-D say about who wins when voice and face disagree, and
the rule that combines them: both are learned from data with people apart, and docs/audiovisual.md
is filled from this one file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from affect_perception.core.errors import InputError
from affect_perception.evaluation.audiovisual.judge import CLASSES, WAYS
from affect_perception.evaluation.audiovisual.report import ravdess_report, votes_report
from affect_perception.evaluation.audiovisual.scores import ORDERS, Judged, judge
from affect_perception.evaluation.classification import fit_temperature
from affect_perception.evaluation.datasets.av_features import AvClips, read_av_features
from affect_perception.evaluation.datasets.emotion_votes import read_votes
from affect_perception.training.audiovisual.export import NAME, export, facts
from affect_perception.training.audiovisual.fit import fit, with_temperatures
from affect_perception.training.audiovisual.network import AudiovisualNet, TorchNetwork
from affect_perception.training.audiovisual.recipe import AudiovisualRecipe
from affect_perception.training.json_file import write_json
from affect_perception.training.model_card import card, manifest_entry, table
from affect_perception.training.recipe import recipe_content

CLIPS, VOTES = "audio/ravdess_av", "audio/cremad_votes"
REPORT_FILE = f"{NAME}_cross_validation.json"

Array = npt.NDArray[np.float64]
LeftOut = tuple[Judged, Judged]
"""Relative to the past, and each clip by itself."""


@dataclass(frozen=True)
class Order:
    """What is asked for.

    Attributes:
        data: Root of the data sets, or the folder of the clips itself (then without votes).
        out: Folder for network, card, manifest entry and report.
        recipe: How to fit.
        version: Of the weights.
        command: What repeats it, for the card.
    """

    data: Path
    out: Path
    recipe: AudiovisualRecipe
    version: str = "1.0.0"
    command: str = "affect-perception train audiovisual --data DATA --out DIR"


def train(order: Order, *, only_validate: bool) -> dict[str, Any]:
    """Leaves one speaker out at a time, and fits to all; writes both into `out`.

    Args:
        order: What is asked for.
        only_validate: Write no network.

    Raises:
        InputError: If the clips are missing, or are of one speaker.
    """
    torch.set_num_threads(1)
    root = (order.data / CLIPS).is_dir()
    clips = read_av_features(order.data / CLIPS if root else order.data)
    left_out, temperatures = leave_speakers_out(clips, order.recipe)
    report: dict[str, Any] = {
        "recipe": recipe_content(order.recipe),
        "temperatures": temperatures.round(4).tolist(),
        "ravdess_av": ravdess_report(*left_out),
    }
    if root and (order.data / VOTES).is_dir():
        report["cremad_votes"] = votes_report(read_votes(order.data / VOTES))
    order.out.mkdir(parents=True, exist_ok=True)
    write_json(order.out / REPORT_FILE, report)
    if not only_validate:
        network = with_temperatures(fit(clips, order.recipe), temperatures)
        report["difference"] = _write_network(order, network, clips, report["ravdess_av"])
    return report


def leave_speakers_out(clips: AvClips, recipe: AudiovisualRecipe) -> tuple[LeftOut, Array]:
    """Judges each speaker by a network that has not seen that speaker.

    A speaker's temperatures are fitted to what was said of the other speakers when these were left
    out.

    Returns:
        The judgements, and the temperatures (2, ways) of alone and relative fitted to all of them.

    Raises:
        InputError: If there are fewer than three speakers.
    """
    people = np.array(clips.speakers)
    names = sorted(set(clips.speakers))
    if len(names) < 3:
        raise InputError(f"leaving speakers out needs at least three, found {len(names)}")
    shape = (len(people), len(WAYS), len(CLASSES))
    raw = np.zeros(shape)
    causal = [np.zeros(shape) for _ in range(ORDERS)]
    earlier = [np.zeros(len(people), np.int64) for _ in range(ORDERS)]
    pairs = [np.zeros((len(people), 3, recipe.pairs)) for _ in range(ORDERS + 1)]
    for name in names:
        own = people == name
        network = TorchNetwork(fit(clips.of(~own), recipe))
        bare = judge(network, clips.of(own), learn=False)
        raw[own], pairs[ORDERS][own] = bare.found[0], bare.matched[0]
        judged = judge(network, clips.of(own), learn=True)
        for order in range(ORDERS):
            causal[order][own] = judged.found[order]
            earlier[order][own] = judged.earlier[order]
            pairs[order][own] = judged.matched[order]
    scaled_raw, heat_raw = _calibrated([raw], clips.truth, people)
    scaled, heat = _calibrated(causal, clips.truth, people)
    left_out = (
        Judged(tuple(scaled), clips.truth, clips.speakers, tuple(earlier), tuple(pairs[:ORDERS])),
        Judged(
            tuple(scaled_raw),
            clips.truth,
            clips.speakers,
            (np.zeros_like(earlier[0]),),
            (pairs[ORDERS],),
        ),
    )
    return left_out, np.stack([heat_raw, heat])


def _calibrated(
    found: list[Array], truth: npt.NDArray[np.int64], people: npt.NDArray[np.str_]
) -> tuple[list[Array], Array]:
    """The judgements with each speaker's temperatures of the others, and those of all."""
    logs = [np.log(np.maximum(one, 1e-12)) for one in found]
    result = [np.zeros_like(one) for one in found]
    everybody = np.ones(len(truth), bool)
    for name in np.unique(people):
        own = people == name
        heat = _temperatures(logs, truth, ~own)
        for target, one in zip(result, logs, strict=True):
            powers = np.exp(one[own] / heat[None, :, None])
            target[own] = powers / powers.sum(axis=-1, keepdims=True)
    return result, _temperatures(logs, truth, everybody)


def _temperatures(
    logs: list[Array], truth: npt.NDArray[np.int64], rows: npt.NDArray[np.bool_]
) -> Array:
    target = np.concatenate([truth[rows]] * len(logs))
    return np.array(
        [
            fit_temperature(np.concatenate([one[rows, way] for one in logs]), target)
            for way in range(len(WAYS))
        ]
    )


def _write_network(
    order: Order, network: AudiovisualNet, clips: AvClips, report: dict[str, Any]
) -> float:
    path = order.out / f"{NAME}.onnx"
    difference = export(network, clips.features, path)
    known = facts(order.version, order.command, _accuracy(report), order.recipe.pairs)
    (order.out / f"{NAME}.yaml").write_text(manifest_entry(known, path), encoding="utf-8")
    (order.out / f"{NAME}.md").write_text(card(known, _sections(report)), encoding="utf-8")
    return difference


def _accuracy(report: dict[str, Any]) -> str:
    causal, raw = report["causal"]["scores"], report["raw"]["scores"]
    return (
        f"one speaker left out at a time, {report['speakers']} speakers: UAR {causal['uar']:.3f} "
        f"relative to the speaker's clips so far, {raw['uar']:.3f} each clip by itself, eight "
        "classes (`affect-perception train audiovisual --cross-validate`)"
    )


def _sections(report: dict[str, Any]) -> dict[str, str]:
    ways = {
        name: {
            "UAR, relative to the past": report["causal"]["ways"][name]["uar"],
            "calibration error": report["causal"]["ways"][name]["ece"],
            "UAR, by itself": report["raw"]["ways"][name]["uar"],
            "its calibration error": report["raw"]["ways"][name]["ece"],
        }
        for name in WAYS
    }
    recalls = {
        name: {way: report["causal"]["ways"][way]["recalls"][name] for way in WAYS}
        for name in CLASSES
    }
    return {
        "Training": "Multinomial logistic regressions on the features of voice, face, and both; "
        "the same data give the same weights. Recipe: config/training/audiovisual.yaml, explained "
        "in docs/audiovisual.md.",
        "One speaker left out at a time": table("way", ways),
        "Recall of the classes, relative to the past": table("class", recalls),
        "Calibration": "Error over 15 bins; as many clips of probabilities that are exactly right "
        f"show {report['causal']['ways']['hybrid']['ece_if_right']:.3f} on average (hybrid, past).",
        "Limits": "Acted sentences of twenty North American actors. The features are somebody "
        "else's extraction of whole clips; weights of the recipe were chosen on these same "
        "speakers, from three values each.",
    }
