"""The trained network as it ships: ONNX with calibrated probabilities, card, manifest entry."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.core.vision.expression_face import face_of_tile
from affect_perception.evaluation.datasets.expression_set import (
    EXPRESSIONS,
    FER2013_CLASSES,
    TILE,
    ExpressionSet,
)
from affect_perception.training.expression.augment import cut
from affect_perception.training.expression.check import Calibration
from affect_perception.training.expression.recipe import ExpressionRecipe
from affect_perception.training.model_card import ModelFacts
from affect_perception.training.onnx_export import export_onnx, store_in_half
from affect_perception.training.onnx_int8 import Difference, eight_bit_file, outputs_of, quantise

NAME = "expression_network"
OUTPUTS = ("fer2013", "ferplus")
# Largest mean difference of a probability by computing in 8 bits.
TOLERANCE = 0.01
# Faces on which ONNX is compared with torch.
COMPARED = 16
LIMITS = """\
- An expression is not a feeling: people show what they do not feel and feel what they do not show.
  Valence and arousal computed from the classes order expressions and no more.
- The labels are noisy: what most FER+ voters saw is FER2013's label for 63 % of the faces. Disgust,
  fear and contempt have few examples: look at their recall before using them.
- The faces are pictures from web search, some drawn, some of children; nobody knows how ages,
  genders and skins are shared among them, and no split keeps people apart. Nothing was measured on
  drivers, whose faces are mostly at rest.
- Seen from the front, in visible light. Infrared, strong turns, masks, hands were not learned."""


class Shipped(nn.Module):
    """A network with its calibration: faces (n, 1, size, size) uint8 to probabilities."""

    def __init__(self, network: nn.Module, calibration: Calibration) -> None:
        super().__init__()
        self.network = network
        self.calibration = calibration
        self.register_buffer("offsets", torch.tensor(calibration.offsets, dtype=torch.float32))

    def forward(self, face: Tensor) -> tuple[Tensor, Tensor]:
        """Probabilities of FER2013's seven classes and of the eight expressions."""
        seven, eight = self.network(face)
        return (
            torch.softmax(seven / self.calibration.seven + self.offsets, 1),
            torch.softmax(eight / self.calibration.eight, 1),
        )


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
        calibration: Of both heads.
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
    example = cut(faces, recipe.size, recipe.augment.region).round().to(torch.uint8)
    shipped = Shipped(network, calibration)
    export_onnx(shipped, {"face": example[:COMPARED]}, OUTPUTS, path)
    examples = {"face": example.numpy()}
    difference = quantise(path, eight_bit_file(path), examples, tolerance=TOLERANCE)
    store_in_half(path)
    return difference


def lost_in_eight_bits(path: Path, data: ExpressionSet, difference: Difference) -> str:
    """What the manifest says of the 8-bit file, measured on faces that were not trained on."""
    faces = {"face": np.stack([face_of_tile(tile) for tile in data.pictures])[:, None]}
    before, after = (outputs_of(file, faces)[0] for file in (path, eight_bit_file(path)))
    shares = [float(np.mean(np.argmax(p, axis=1) == data.emotion)) for p in (before, after)]
    return (
        f"seven classes right on {len(data)} held-out faces: {shares[0]:.4f} in 32 bits, "
        f"{shares[1]:.4f} in 8; a probability differs by {difference.mean:.4f} on average, at most "
        f"by {difference.largest:.2f} (`affect-perception train expression` writes both)"
    )


def facts(
    recipe: ExpressionRecipe, version: str, command: str, figures: Mapping[str, Mapping[str, float]]
) -> ModelFacts:
    """What the manifest says of it; `figures` are those of faces that were held out."""
    measured = "; ".join(
        f"{head} classes {scores['accuracy']:.3f}" for head, scores in figures.items()
    )
    return ModelFacts(
        name=NAME,
        version=version,
        licence="research use only, as the training data are published for research; "
        "the code that trains it is Apache-2.0",
        source=f"trained in this repository: `{command}`",
        training_data="FER2013, split Training (Goodfellow et al., 2013), with the votes of FER+ "
        "(Barsoum et al., 2016)",
        training_terms="FER2013: published for research, no explicit licence, pictures from web "
        "search; FER+ votes: MIT",
        accuracy=f"share right on held-out faces of Training: {measured}; on PublicTest: "
        "docs/scorecard.md, by `affect-perception evaluate expression`",
        intended_use="What expression a driver's face shows, in research. Not for identifying or "
        "judging people: an expression is not a feeling.",
        notes="Faces come from core/vision/expression_face.py and no other way. Grey only; faces "
        f"of {TILE} px and more. Probabilities are calibrated (temperature; offsets of the seven).",
        inputs=[
            {
                "name": "face",
                "shape": [-1, 1, recipe.size, recipe.size],
                "dtype": "uint8",
                "layout": "NCHW",
                "colour": "grey",
                "range": [0, 255],
            }
        ],
        outputs=[
            {
                "name": OUTPUTS[0],
                "shape": [-1, len(FER2013_CLASSES)],
                "unit": "probability",
                "meaning": f"FER2013's classes: {', '.join(FER2013_CLASSES)}",
            },
            {
                "name": OUTPUTS[1],
                "shape": [-1, EXPRESSIONS],
                "unit": "probability",
                "meaning": f"share of voters for {', '.join(AFFECT_CLASSES)}",
            },
        ],
    )
