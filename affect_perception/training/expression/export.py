"""The trained network as it ships: ONNX with calibrated probabilities, in 32 and in 8 bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from affect_perception.evaluation.affect_scores import DIMENSIONS, affect_scores
from affect_perception.evaluation.datasets.expression_set import ExpressionSet
from affect_perception.training.expression.augment import cut
from affect_perception.training.expression.check import Calibration
from affect_perception.training.expression.recipe import ExpressionRecipe
from affect_perception.training.onnx_export import export_onnx, store_in_half
from affect_perception.training.onnx_int8 import Difference, eight_bit_file, outputs_of, quantise

OUTPUTS = ("fer2013", "ferplus")
AFFECT = "affect"
"""Third output, of a network that learned valence and arousal from labels."""
# Largest mean difference of a probability by computing in 8 bits.
TOLERANCE = 0.01
# Faces on which ONNX is compared with torch.
COMPARED = 16


class Shipped(nn.Module):
    """A network with its calibration: faces (n, 1, size, size) uint8 to probabilities."""

    def __init__(self, network: nn.Module, calibration: Calibration) -> None:
        super().__init__()
        self.network = network
        self.calibration = calibration
        self.register_buffer("offsets", torch.tensor(calibration.offsets, dtype=torch.float32))
        if calibration.affect_std is not None:
            sigma = torch.tensor([calibration.affect_std], dtype=torch.float32)
            self.register_buffer("affect_std", sigma)

    def forward(self, face: Tensor) -> tuple[Tensor, ...]:
        """Probabilities of FER2013's seven classes and of the eight expressions.

        Then, where the network gives them, (n, 4): valence, arousal and one sigma of each.
        """
        seven, eight, *affect = self.network(face)
        probabilities = (
            torch.softmax(seven / self.calibration.seven + self.offsets, 1),
            torch.softmax(eight / self.calibration.eight, 1),
        )
        if not affect:
            return probabilities
        return *probabilities, torch.cat([affect[0], self.affect_std.expand_as(affect[0])], 1)


def export(
    network: nn.Module,
    calibration: Calibration,
    faces: Tensor,
    recipe: ExpressionRecipe,
    path: Path,
) -> Difference:
    """Writes the network as `path` and in 8 bits beside it (`eight_bit_file`), and compares.

    Args:
        network: As trained.
        calibration: Of its heads.
        faces: (n, 48, 48) uint8, a few hundred that were not trained on: they also give the ranges
            of the activations.
        recipe: Of the training.
        path: The .onnx file in 32 bits; its weights are stored in 16.

    Returns:
        The difference of the probabilities in 8 bits to those in 32.

    Raises:
        ModelError: If ONNX gives something else than torch, or if the mean difference in 8 bits is
            more than `TOLERANCE`.
    """
    example = _faces(faces, recipe)
    shipped = Shipped(network, calibration)
    names = OUTPUTS if calibration.affect_std is None else (*OUTPUTS, AFFECT)
    export_onnx(shipped, {"face": example[:COMPARED]}, names, path)
    examples = {"face": example.numpy()}
    difference = quantise(path, eight_bit_file(path), examples, tolerance=TOLERANCE)
    store_in_half(path)
    return difference


def _faces(tiles: Tensor, recipe: ExpressionRecipe) -> Tensor:
    """(n, 1, size, size) uint8 of tiles (n, 48, 48)."""
    return cut(tiles, recipe.size, recipe.augment.region).round().to(torch.uint8)


def lost_in_eight_bits(
    path: Path, data: ExpressionSet, difference: Difference, recipe: ExpressionRecipe
) -> str:
    """What the manifest says of the 8-bit file, measured on faces that were not trained on."""
    faces = {"face": _faces(torch.from_numpy(data.pictures), recipe).numpy()}
    before, after = (outputs_of(file, faces) for file in (path, eight_bit_file(path)))
    parts: list[str] = []
    for head, truth, name in ((0, data.emotion, "seven"), (1, data.majority(), "eight")):
        known = truth >= 0
        if known.any() and not parts:
            shares = [
                float(np.mean(np.argmax(outputs[head][known], axis=1) == truth[known]))
                for outputs in (before, after)
            ]
            parts.append(
                f"{name} classes right on {known.sum()} held-out faces: {shares[0]:.4f} in 32 "
                f"bits, {shares[1]:.4f} in 8"
            )
    if len(before) > len(OUTPUTS):
        ways = [affect_scores(o[-1][:, :2], data.valence_arousal()) for o in (before, after)]
        parts += [
            f"root mean square error of {name} {ways[0][f'rmse_{name}']:.4f} and "
            f"{ways[1][f'rmse_{name}']:.4f}"
            for name in DIMENSIONS
        ]
    parts.append(
        f"a probability differs by {difference.mean:.4f} on average, at most by "
        f"{difference.largest:.2f} (`affect-perception train expression` writes both)"
    )
    return "; ".join(parts)
