"""The speech-emotion network as a file, with what the manifest and the card say of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from affect_perception.core.affect_classes import RAVDESS_CLASSES
from affect_perception.core.errors import ModelError
from affect_perception.core.voice.emotion import MIN_FRAMES, VECTOR
from affect_perception.core.voice.log_mel import BANDS
from affect_perception.core.voice.prosody import STATISTICS
from affect_perception.training.model_card import ModelFacts
from affect_perception.training.onnx_export import export_onnx, store_in_half
from affect_perception.training.voice.network import ExportedVoiceNet, VoiceNet
from affect_perception.training.voice.prosody_judge import ProsodyJudge

NAME = "voice_emotion"
OUTPUTS = ("probabilities", "vector")
# Vectors reach some tens.
TOLERANCE = 5e-4
# What weights rounded to 16 bits may change of a probability.
ROUNDING = 0.01
# Sums over thousands of known sentences that nearly cancel: rounding them would show.
_PRECISE = "judge."


def export(
    networks: Sequence[VoiceNet], judge: ProsodyJudge, temperature: float, path: Path
) -> tuple[float, float]:
    """Writes the networks for one sentence of any length, with weights in 16 bits.

    Args:
        networks: The trained networks.
        judge: What the statistics of sentences say.
        temperature: What the logarithms of all together are divided by.
        path: The .onnx file.

    Returns:
        The largest difference between torch and ONNX Runtime in 32 bits, and that of a probability
        by the weights in 16 bits, which are widened when the file is loaded.

    Raises:
        ModelError: If one of them is too large.
    """
    module = ExportedVoiceNet(networks, judge, temperature).eval()
    export_onnx(module, _example(150), OUTPUTS, path, free={"frames": {0: "k"}})
    difference = _difference(module, path, len(OUTPUTS))
    store_in_half(path, _PRECISE)
    rounding = _difference(module, path, 1)
    for found, most in ((difference, TOLERANCE), (rounding, ROUNDING)):
        if not found <= most:
            raise ModelError(f"{path}: differs from torch by {found:.2g}, more than {most:g}")
    return difference, rounding


@torch.no_grad()
def _difference(module: ExportedVoiceNet, path: Path, outputs: int) -> float:
    """The largest one in the first outputs, over sentences of several lengths."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    worst = 0.0
    for length in (MIN_FRAMES, 70, 150, 170, 230, 311):
        example = _example(length)
        found = session.run(None, {name: value.numpy() for name, value in example.items()})
        wanted = module(*example.values())
        for a, b in list(zip(found, wanted, strict=True))[:outputs]:
            worst = max(worst, float(np.abs(a - b.numpy()).max()))
    return worst


def _example(frames: int) -> dict[str, torch.Tensor]:
    """Inputs like those of a sentence."""
    generator = torch.Generator().manual_seed(frames)
    return {
        "frames": torch.randn(frames, BANDS, generator=generator) * 3.0 - 12.0,
        "spectrum": torch.randn(1, BANDS, generator=generator) - 12.0,
        "heard": torch.full((1, 1), 700.0),
        "usual": torch.randn(1, VECTOR, generator=generator),
        "sentences": torch.full((1, 1), 5.0),
        "prosody": torch.randn(1, STATISTICS, generator=generator),
    }


def facts(version: str, command: str, accuracy: str) -> ModelFacts:
    """What manifest and card say."""

    def flat(name: str, size: int, low: float, high: float) -> dict[str, object]:
        return {"name": name, "shape": [1, size], "dtype": "float32", "layout": "flat",
                "colour": "none", "range": [low, high]}  # fmt: skip

    sound = {"name": "frames", "shape": [-1, BANDS], "dtype": "float32", "layout": "flat",
             "colour": "none", "range": [-21.0, 6.0]}  # fmt: skip
    return ModelFacts(
        name=NAME,
        version=version,
        licence="research use only, as the terms of the training data ask (CC BY-NC-SA 4.0); the "
        "code that trains it is Apache-2.0",
        source=f"trained in this repository: `{command}`; card: models/cards/{NAME}.md",
        training_data="RAVDESS speech, actors 1 to 20 (Livingstone and Russo, PLoS ONE 2018): 1200 "
        "sentences of 20 North American actors, two sentences, eight acted emotions; noise of "
        "vehicles and surroundings (cabin_and_vehicle_sounds, ESC-10) and made noise mixed in",
        training_terms="RAVDESS CC BY-NC-SA 4.0; ESC-10 clips CC0 or CC BY by Freesound authors; "
        "vehicle sounds for research, terms partly unknown",
        accuracy=accuracy,
        intended_use="How a driver's speech sounds, as one weak cue among several. Not for "
        "identifying people, for statements about what a person feels, or for judging anybody.",
        notes="Frames come from core/voice/log_mel.py, statistics from core/voice/prosody.py (NaN: "
        "nothing voiced), the speaker's past from core/voice/speaker_normal.py, and no "
        "other way. Acted English sentences: expect much less on spontaneous speech.",
        inputs=(
            sound,
            flat("spectrum", BANDS, -21.0, 6.0),
            flat("heard", 1, 0.0, 1e9),
            flat("usual", VECTOR, -1000.0, 1000.0),
            flat("sentences", 1, 0.0, 1e9),
            flat("prosody", STATISTICS, -1000.0, 1000.0),
        ),
        outputs=(
            {"name": "probabilities", "shape": [1, len(RAVDESS_CLASSES)], "unit": "probability",
             "meaning": ", ".join(RAVDESS_CLASSES) + "; together 1."},
            {"name": "vector", "shape": [1, VECTOR], "unit": "none",
             "meaning": "The sentence, for the running mean of the speaker: vectors, statistics."},
        ),
    )  # fmt: skip
