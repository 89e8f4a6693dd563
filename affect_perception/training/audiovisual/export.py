"""The audio-visual network as a file, with what the manifest and the card say of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from affect_perception.core.affect_classes import RAVDESS_CLASSES
from affect_perception.evaluation.audiovisual.features import FEATURES
from affect_perception.evaluation.audiovisual.judge import WAYS
from affect_perception.training.audiovisual.network import AudiovisualNet
from affect_perception.training.model_card import ModelFacts
from affect_perception.training.onnx_export import export_onnx

NAME = "audiovisual_emotion"
OUTPUTS = ("alone", "relative", "matched")


def export(network: AudiovisualNet, features: np.ndarray, path: Path) -> float:
    """Writes the network for one clip.

    Args:
        network: The network with its temperatures.
        features: (n, FEATURES) clips to compare both on.
        path: The .onnx file.

    Returns:
        The largest difference between torch and ONNX Runtime.

    Raises:
        ModelError: If it is too large.
    """
    worst = 0.0
    for rows, heard in ((features[:1], 0.0), (features[1:2], 1.0), (features[2:3], 14.0)):
        mean = np.nan_to_num(features, nan=0.0).mean(axis=0, keepdims=True) * min(heard, 1.0)
        variance = np.nan_to_num(features, nan=0.0).var(axis=0, keepdims=True) * min(heard, 1.0)
        counts = np.full((1, FEATURES), heard)
        arrays = {"features": rows, "mean": mean, "variance": variance, "counts": counts}
        examples = {
            name: torch.from_numpy(np.asarray(value, np.float32)) for name, value in arrays.items()
        }
        worst = max(worst, export_onnx(network, examples, OUTPUTS, path, free={}))
    return worst


def facts(version: str, command: str, accuracy: str, pairs: int) -> ModelFacts:
    """What manifest and card say."""

    def flat(name: str, low: float, high: float) -> dict[str, object]:
        return {"name": name, "shape": [1, FEATURES], "dtype": "float32", "layout": "flat",
                "colour": "none", "range": [low, high]}  # fmt: skip

    rows = f"rows {', '.join(WAYS)}; columns {', '.join(RAVDESS_CLASSES)}; each row together 1"
    shape = (1, len(WAYS), len(RAVDESS_CLASSES))
    return ModelFacts(
        name=NAME,
        version=version,
        licence="research use only, as the terms of the training data ask (CC BY-NC-SA 4.0); the "
        "code that trains it is Apache-2.0",
        source=f"trained in this repository: `{command}`; card: models/cards/{NAME}.md",
        training_data="features of 300 audio-visual speech clips of RAVDESS, actors 1 to 20 "
        "(Livingstone and Russo, PLoS ONE 2018), extracted by the authors of DMMH_workshop with an "
        "open toolbox: two sentences, eight acted emotions",
        training_terms="RAVDESS CC BY-NC-SA 4.0",
        accuracy=accuracy,
        intended_use="Measuring how much face and voice tell together and where they disagree, on "
        "tables of such features. Not used by the nodes: this package's own face and voice paths "
        "give other features. Not for statements about what a person feels.",
        notes="Features come from evaluation/audiovisual/features.py, the person's past from "
        "evaluation/audiovisual/past.py, and no other way. A feature that is NaN counts as usual. "
        "Where a modality is missing, evaluation/audiovisual/judge.py takes the other's row.",
        inputs=(
            flat("features", -2000.0, 100000.0),
            flat("mean", -2000.0, 100000.0),
            flat("variance", 0.0, 1e10),
            flat("counts", 0.0, 1e6),
        ),
        outputs=(
            {"name": "alone", "shape": list(shape), "unit": "probability",
             "meaning": f"The clip by itself: {rows}."},
            {"name": "relative", "shape": list(shape), "unit": "probability",
             "meaning": f"The clip relative to the person's clips so far: {rows}."},
            {"name": "matched", "shape": [1, 2, 3, pairs], "unit": "none",
             "meaning": "What voice and face have in common, by itself and relative to the past: "
             "rows number of the voice, of the face (spread 1), correlation; columns canonical "
             "pairs. evaluation/audiovisual/incongruence.py compares them."},
        ),
    )  # fmt: skip
