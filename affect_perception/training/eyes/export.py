"""Writes the trained network as ONNX and checks that it gives the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from affect_perception.core.vision.eye_patch import PATCH_HEIGHT, PATCH_WIDTH
from affect_perception.training.eyes.network import EyeNet, FirstLookNet
from affect_perception.training.onnx_export import export_onnx

OUTPUTS = ("gaze", "lid", "state")
FIRST_LOOK_OUTPUT = "shut"


class _Shipped(nn.Module):
    """The outputs that are used at run time."""

    def __init__(self, network: EyeNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, patch: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        gaze, lid, state, _ = self.network(patch)
        return gaze, lid, state


def export(network: EyeNet, path: Path) -> float:
    """Writes the network.

    Args:
        network: Trained.
        path: The .onnx file.

    Returns:
        The largest difference to torch on random patches.

    Raises:
        ModelError: If it is too large.
    """
    return export_onnx(_Shipped(network), {"patch": _patches()}, OUTPUTS, path)


def export_first_look(network: FirstLookNet, path: Path) -> float:
    """Writes the network for single pictures; see `export`."""
    return export_onnx(network, {"patch": _patches()}, (FIRST_LOOK_OUTPUT,), path)


def _patches() -> Tensor:
    shape = (5, 1, PATCH_HEIGHT, PATCH_WIDTH)
    return torch.from_numpy(np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8))
