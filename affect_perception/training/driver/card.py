"""Manifest entries and model cards of both parts of the driver network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from affect_perception.core.load.driver_window import (
    GLANCE_NUMBERS,
    GLANCE_TOKENS,
    HISTORY,
    VOICE_NUMBERS,
    WIDTH,
)
from affect_perception.core.load.model import LARGEST
from affect_perception.core.vision.driver_network import HEAD_NUMBERS, SENSES
from affect_perception.core.vision.expression_face import SIZE
from affect_perception.core.vision.eye_patch import PATCH_HEIGHT, PATCH_WIDTH
from affect_perception.core.vision.gaze_map import CELLS
from affect_perception.training.driver.page import listed, page_part
from affect_perception.training.model_card import ModelFacts, card, manifest_entry

FRAME, SLOW = "driver_frame", "driver_slow"

_LICENCE = (
    "research use only, not commercial, as the terms of the training data ask; the code that "
    "trains it is Apache-2.0"
)
_OF_OTHERS = (
    "These weights have seen everybody. Measured was a training by the same recipe with people "
    "left out."
)
_LIMITS = (
    "Drawn and scripted drivers stand in for what nobody has recorded with labels: faces and heads "
    "beside a gaze, glances beside distraction. What real faces make of it: docs/driver_network.md."
)


def write_cards(
    out: Path, report: Mapping[str, Any], measured: Mapping[str, Any] | None, version: str
) -> None:
    """Writes NAME.yaml and NAME.md beside both files.

    Args:
        out: Where they are.
        report: Of the training that made them.
        measured: The same if people were left out, else that of a training of the same recipe with
            people left out; None if there is none.
        version: Of the weights.
    """
    sections = {
        "Training": f"{report['parameters']} parameters, {report['batches']} batches in "
        f"{report['minutes']:.0f} minutes on one core; of the gaze set "
        f"{listed(report['subjects'])}. Recipe: config/training/driver.yaml, explained in "
        "docs/driver_network.md.",
    }
    if measured is not None:
        sections["Figures"] = f"{'' if measured is report else _OF_OTHERS}\n\n{page_part(measured)}"
    sections["Limits"] = _LIMITS
    for facts in (_frame(report, measured, version), _slow(report, measured, version)):
        network = out / f"{facts.name}.onnx"
        entry = manifest_entry(facts, network)
        (out / f"{facts.name}.yaml").write_text(entry, encoding="utf-8")
        (out / f"{facts.name}.md").write_text(card(facts, sections), encoding="utf-8")


def _frame(report: Mapping[str, Any], judged: Mapping[str, Any] | None, version: str) -> ModelFacts:
    return ModelFacts(
        name=FRAME,
        version=version,
        licence=_LICENCE,
        source=f"trained in this repository: `{report['command']}`; card: models/cards/{FRAME}.md",
        training_data="UT Multi-view eye patches, crops of open and closed eyes (Kaggle drowsiness "
        "set), CEW closed-eye faces, HELEN and AFW faces with 68 points, open-eyed faces of WACV "
        "engagement, Pointing'04 and DrivFace; drivers drawn from HELEN and AFW faces; the last 20 "
        "% by number of each set but the first kept out",
        training_terms="research use (UT Multi-view, CEW, 300-W annotations; from memory or the "
        "hosting pages); none stated for the others; see the card",
        accuracy=_gaze_in_words(judged),
        intended_use="Gaze, lid opening and state of both eyes of a driver together, instead of "
        "eye_network where the parameter inference.eyes or the manifest's roles say so. Not for "
        "identifying people.",
        notes="Patches and head come from core/vision/whole_driver.py, the face (which it leaves "
        "out) from core/vision/expression_face.py, and no other way. The "
        "first eye is the left one, or the right one of a mirrored person.",
        inputs=(
            _picture("eyes", [1, 2, PATCH_HEIGHT, PATCH_WIDTH]),
            _picture("face", [1, 1, SIZE, SIZE]),
            _numbers("head", [1, HEAD_NUMBERS], -1.0, 1.0),
            _numbers("there", [1, SENSES], 0.0, 1.0),
        ),
        outputs=(
            {"name": "map", "shape": [1, CELLS], "unit": "probability",
             "meaning": "Of each cell of core/vision/gaze_map.py, frame of the first patch."},
            {"name": "lid", "shape": [1, 2, 2], "unit": "iris diameter",
             "meaning": "Per eye, gap between the lids, natural logarithm of its sigma."},
            {"name": "state", "shape": [1, 2, 2], "unit": "logit",
             "meaning": "Per eye, eye closed, patch usable."},
        ),
    )  # fmt: skip


def _slow(report: Mapping[str, Any], judged: Mapping[str, Any] | None, version: str) -> ModelFacts:
    return ModelFacts(
        name=SLOW,
        version=version,
        licence=_LICENCE,
        source=f"trained in this repository: `{report['command']}`; card: models/cards/{SLOW}.md",
        training_data="wrist sensors of WESAD (Schmidt et al., ICMI 2018) and Stress-Predict "
        "(Iqbal et al., Sensors 22, 2022): pulse and skin conductance; scripted drives of the "
        "synthetic driver for distraction",
        training_terms="WESAD: scientific, non-commercial use, cite; Stress-Predict: MIT, cite",
        accuracy=_load_in_words(judged),
        intended_use="How loaded and stressed a driver's body is, instead of load_stress where the "
        "parameter load.network or the manifest's roles say so. Not for medical statements, not "
        "for judging people at work.",
        notes="Windows come from core/load/driver_window.py and no other way; tokens of eyes and "
        "voice stay empty there. Distraction was learned from scripts alone, and nothing reads it.",
        inputs=(
            _numbers("body", [1, HISTORY, WIDTH], -LARGEST, LARGEST),
            _numbers("eyes", [1, GLANCE_TOKENS, GLANCE_NUMBERS], -10.0, 10.0),
            _numbers("voice", [1, GLANCE_TOKENS, VOICE_NUMBERS], 0.0, 1.0),
        ),
        outputs=(
            {"name": "probabilities", "shape": [1, 3], "unit": "probability",
             "meaning": "Distraction, cognitive load, stress."},
            {"name": "variances", "shape": [1, 3], "unit": "probability squared",
             "meaning": "Of these as states of 0 or 1: p (1 - p)."},
        ),
    )  # fmt: skip


def _picture(name: str, shape: list[int]) -> dict[str, Any]:
    return {"name": name, "shape": shape, "dtype": "uint8", "layout": "NCHW", "colour": "grey",
            "range": [0, 255]}  # fmt: skip


def _numbers(name: str, shape: list[int], low: float, high: float) -> dict[str, Any]:
    return {"name": name, "shape": shape, "dtype": "float32", "layout": "flat", "colour": "none",
            "range": [low, high]}  # fmt: skip


def _gaze_in_words(judged: Mapping[str, Any] | None) -> str:
    if judged is None or "gaze" not in judged:
        return "not measured with people left out"
    both, one = judged["gaze"]["eyes only"], judged["gaze"]["first eye only"]
    error, calibrated = "mean_angular_error_uncalibrated_deg", "mean_angular_error_deg"
    return (
        f"gaze of {listed(judged['subjects_out'])} left out, both eyes: {both[error]:.1f} degrees "
        f"uncalibrated, {both[calibrated]:.1f} calibrated; one eye {one[error]:.1f}, "
        f"{one[calibrated]:.1f}; map calibrated to {both['ece']:.3f} over its cells "
        f"(`{judged['command']}`)"
    )


def _load_in_words(judged: Mapping[str, Any] | None) -> str:
    if judged is None or "load" not in judged:
        return "not measured with people left out"
    figures = ", ".join(
        f"{case.removeprefix('stress, ')} {rows['body only']['balanced_accuracy']:.3f}"
        for case, rows in judged["load"].items()
        if case.startswith("stress")
    )
    return (
        f"stress of {len(judged['people_out'])} people left out, balanced accuracy: {figures} "
        f"(`{judged['command']}`)"
    )
