"""Writes the trained network as ONNX, with less work for the same answer, and checks that."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from affect_perception.core.vision.eye_patch import PATCH_HEIGHT, PATCH_WIDTH
from affect_perception.training.eyes.network import (
    GAZE,
    LID,
    MEAN,
    SPREAD,
    STATE,
    EyeNet,
    FirstLookNet,
)
from affect_perception.training.onnx_export import export_onnx

OUTPUTS = ("gaze", "lid", "state")
FIRST_LOOK_OUTPUT = "shut"


class Shipped(nn.Module):
    """An `EyeNet` with the outputs that are used at run time, in fewer steps.

    The places that the network finds itself are a linear function of the features, so the heads
    read them through weights of their own: what all heads do first becomes one matrix, and what
    they do last another, with zeros between the heads. The spread of the grey levels goes into the
    first convolution (their mean cannot: the border of the patch is padded with it).

    Args:
        network: Trained; it stays as it is.
    """

    def __init__(self, network: EyeNet) -> None:
        super().__init__()
        self.stages, self.placed = network.stages, network.placed
        self.stem = _without_spread(network.stem)
        self.first, self.last = _joined_heads(network)

    def forward(self, patch: Tensor) -> tuple[Tensor, ...]:
        """Patches (n, 1, 36, 60), grey levels 0..255, to gaze (n, 4), lid and state (n, 2)."""
        x = self.stages(functional.relu(self.stem(patch.float() - MEAN)))
        placed = functional.relu(self.placed(x)).flatten(1)
        means = functional.adaptive_avg_pool2d(x, 1).flatten(1)
        features = torch.cat([means, placed], 1)
        answers = self.last(functional.relu(self.first(features)))
        return torch.split(answers, [GAZE, LID, STATE], 1)


@torch.no_grad()
def _without_spread(stem: nn.Sequential) -> nn.Conv2d:
    """The first convolution with its normalisation, for grey levels that are not divided."""
    plain = nn.utils.fusion.fuse_conv_bn_eval(stem[0].eval(), stem[1].eval())
    plain.weight /= SPREAD
    return plain


@torch.no_grad()
def _joined_heads(network: EyeNet) -> tuple[nn.Linear, nn.Linear]:
    """Both layers of all heads, reading the features alone."""
    points = network.points
    heads = [network.gaze, network.lid, network.state]
    weights, biases = [], []
    for head in heads:
        of_features, of_points = head[0].weight.split([points.in_features, points.out_features], 1)
        weights.append(of_features + of_points @ points.weight)
        biases.append(head[0].bias + of_points @ points.bias)
    last = torch.block_diag(*(head[2].weight for head in heads))
    return (
        _linear(torch.cat(weights), torch.cat(biases)),
        _linear(last, torch.cat([head[2].bias for head in heads])),
    )


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.weight.copy_(weight)
    layer.bias.copy_(bias)
    return layer


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
    network = network.eval().to("cpu")
    return export_onnx(Shipped(network), {"patch": _patches()}, OUTPUTS, path)


def export_first_look(network: FirstLookNet, path: Path) -> float:
    """Writes the network for single pictures; see `export`."""
    return export_onnx(network, {"patch": _patches()}, (FIRST_LOOK_OUTPUT,), path)


def _patches() -> Tensor:
    shape = (5, 1, PATCH_HEIGHT, PATCH_WIDTH)
    return torch.from_numpy(np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8))
