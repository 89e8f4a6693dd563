"""Writes the trained network as ONNX and checks that it gives the same."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn

from affect_perception.core.errors import ModelError
from affect_perception.core.vision.eye_patch import PATCH_HEIGHT, PATCH_WIDTH
from affect_perception.training.eyes.network import EyeNet

# ONNX Runtime 1.16 reads operator sets up to 19.
OPERATOR_SET = 17
OUTPUTS = ("gaze", "lid", "state")
# Largest difference allowed between torch and ONNX Runtime, rad and logits.
TOLERANCE = 2e-4


class _Shipped(nn.Module):
    """The outputs that are used at run time."""

    def __init__(self, network: EyeNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, patch: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        gaze, lid, state, _ = self.network(patch)
        return gaze, lid, state


def export_onnx(network: EyeNet, path: Path) -> float:
    """Writes the network.

    Args:
        network: Trained.
        path: The .onnx file.

    Returns:
        The largest difference to torch on random patches.

    Raises:
        ModelError: If it is larger than `TOLERANCE`.
    """
    shipped = _Shipped(network).eval().to(memory_format=torch.contiguous_format)
    example = torch.zeros(2, 1, PATCH_HEIGHT, PATCH_WIDTH, dtype=torch.uint8)
    with warnings.catch_warnings():
        # The older exporter writes one file in a fraction of the time; torch warns that it is old.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            shipped,
            (example,),
            str(path),
            dynamo=False,
            opset_version=OPERATOR_SET,
            input_names=["patch"],
            output_names=list(OUTPUTS),
            dynamic_axes={name: {0: "n"} for name in ("patch", *OUTPUTS)},
        )
    difference = _difference(shipped, path)
    if not difference <= TOLERANCE:
        raise ModelError(f"{path}: differs from torch by {difference:.2g}, more than {TOLERANCE:g}")
    return difference


@torch.no_grad()
def _difference(shipped: nn.Module, path: Path) -> float:
    shape = (5, 1, PATCH_HEIGHT, PATCH_WIDTH)
    patches = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    found = session.run(None, {"patch": patches})
    wanted = shipped(torch.from_numpy(patches))
    pairs = zip(found, wanted, strict=True)
    return float(max(np.abs(np.asarray(a) - b.numpy()).max() for a, b in pairs))
