"""Writes both parts of the driver network as ONNX and checks that they give the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from affect_perception.core.vision.driver_network import HEAD_NUMBERS, SENSES
from affect_perception.core.vision.expression_face import SIZE
from affect_perception.core.vision.eye_patch import PATCH_HEIGHT, PATCH_WIDTH
from affect_perception.training.driver.body_windows import BODY_FEATURES, BODY_TOKENS
from affect_perception.training.driver.glances import EYE_FEATURES, TOKENS, VOICE_FEATURES
from affect_perception.training.driver.network import DriverNet
from affect_perception.training.onnx_export import export_onnx

FRAME_FILE, SLOW_FILE = "driver_frame.onnx", "driver_slow.onnx"
ROWS = 4
"""Made inputs on which the files are compared with the network."""


class FramePart(nn.Module):
    """What runs with each picture."""

    def __init__(self, network: DriverNet) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, eyes: Tensor, face: Tensor, head: Tensor, there: Tensor
    ) -> tuple[Tensor, ...]:
        """Map (n, CELLS) of probabilities, lids (n, 2, 2), logits of states (n, 2, 2)."""
        logits, _, lid, state, _ = self.network.of_frame(eyes, face, head, there)
        return torch.softmax(logits, 1), lid, state


class SlowPart(nn.Module):
    """What runs once a second."""

    def __init__(self, network: DriverNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, body: Tensor, eyes: Tensor, voice: Tensor) -> tuple[Tensor, Tensor]:
        """Probabilities (n, 3) of distraction, load, stress, and their variances.

        The variance is that of a state that is 0 or 1: p (1 - p), as `core.load.model` has it.
        """
        (logits,) = self.network.of_window(body, eyes, voice)
        said = torch.sigmoid(logits)
        return said, said * (1.0 - said)


def export(network: DriverNet, out: Path) -> dict[str, float]:
    """Writes `driver_frame.onnx` and `driver_slow.onnx`, for one picture and one window at a time.

    With sizes that are fixed, what only computes sizes falls away: a tenth of the time.

    Returns:
        By file, the largest difference to torch on made inputs, some tokens missing.

    Raises:
        ModelError: If it is too large.
    """
    network = network.eval()
    frame, slow = FramePart(network), SlowPart(network)
    outputs = {FRAME_FILE: ("map", "lid", "state"), SLOW_FILE: ("probabilities", "variances")}
    parts = {FRAME_FILE: (frame, frame_inputs()), SLOW_FILE: (slow, slow_inputs())}
    return {
        name: max(
            export_onnx(part, _row(inputs, number), outputs[name], out / name, free={})
            for number in range(ROWS)
        )
        for name, (part, inputs) in parts.items()
    }


def _row(inputs: dict[str, Tensor], number: int) -> dict[str, Tensor]:
    return {name: tensor[number : number + 1] for name, tensor in inputs.items()}


def frame_inputs(rows: int = ROWS) -> dict[str, Tensor]:
    """Made pictures; in the last of them only the second eye is there."""
    rng = np.random.default_rng(0)
    there = np.ones((rows, SENSES), np.float32)
    there[-1] = (0.0, 1.0, 0.0, 0.0)
    arrays = {
        "eyes": rng.integers(0, 256, (rows, 2, PATCH_HEIGHT, PATCH_WIDTH), dtype=np.uint8),
        "face": rng.integers(0, 256, (rows, 1, SIZE, SIZE), dtype=np.uint8),
        "head": rng.uniform(-1.0, 1.0, (rows, HEAD_NUMBERS)).astype(np.float32),
        "there": there,
    }
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


def slow_inputs(rows: int = ROWS) -> dict[str, Tensor]:
    """Made windows; in the last of them only the body is known."""
    rng = np.random.default_rng(1)
    body = rng.normal(0.0, 1.0, (rows, BODY_TOKENS, BODY_FEATURES))
    eyes = rng.normal(0.0, 1.0, (rows, TOKENS, len(EYE_FEATURES)))
    voice = rng.uniform(0.0, 1.0, (rows, TOKENS, len(VOICE_FEATURES)))
    eyes[:, :, -1] = voice[:, :, -1] = 1.0
    eyes[-1] = voice[-1] = 0.0
    arrays = {"body": body, "eyes": eyes, "voice": voice}
    return {name: torch.from_numpy(array.astype(np.float32)) for name, array in arrays.items()}
