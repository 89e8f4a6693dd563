"""What a network knows, on faces it did not learn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.evaluation.classification import (
    classification_scores,
    fit_offsets,
    fit_temperature,
    softmax,
)
from affect_perception.evaluation.datasets.expression_set import FER2013_CLASSES, ExpressionSet
from affect_perception.training.expression.augment import cut
from affect_perception.training.expression.recipe import ExpressionRecipe

Logits = npt.NDArray[Any]


@dataclass(frozen=True)
class Calibration:
    """What makes probabilities of logits.

    Attributes:
        seven: Temperature of FER2013's classes.
        offsets: (7,) what is added to their logits after that.
        eight: Temperature of the eight expressions.
    """

    seven: float = 1.0
    offsets: tuple[float, ...] = (0.0,) * len(FER2013_CLASSES)
    eight: float = 1.0


@dataclass(frozen=True)
class Answers:
    """What a network says of a set of faces.

    Attributes:
        seven: (n, 7) logits of FER2013's classes.
        eight: (n, 8) logits of the eight expressions.
        emotion: (n,) FER2013's labels, -1 unknown.
        majority: (n,) expressions with the most votes, -1 unknown.
    """

    seven: Logits
    eight: Logits
    emotion: npt.NDArray[np.int64]
    majority: npt.NDArray[np.int64]

    def calibration(self) -> Calibration:
        """What fits best here; nothing where there are no labels.

        The seven get an offset per class: a third of their target are votes, which lean to neutral.
        The eight do not need one (docs/training.md).
        """
        known, voted = self.emotion >= 0, self.majority >= 0
        seven, offsets = 1.0, np.zeros(len(FER2013_CLASSES))
        if known.any():
            seven, offsets = fit_offsets(self.seven[known], self.emotion[known])
        eight = fit_temperature(self.eight[voted], self.majority[voted]) if voted.any() else 1.0
        return Calibration(seven, tuple(offsets.tolist()), eight)

    def figures(self, calibration: Calibration | None = None) -> dict[str, dict[str, float]]:
        """Scores of "seven" and "eight"; a head without labels is left out."""
        c = calibration or Calibration()
        heads = (
            ("seven", self.seven / c.seven + np.array(c.offsets), self.emotion, FER2013_CLASSES),
            ("eight", self.eight / c.eight, self.majority, AFFECT_CLASSES),
        )
        return {
            name: classification_scores(softmax(z[y >= 0]), y[y >= 0], names)
            for name, z, y, names in heads
            if (y >= 0).any()
        }


@torch.no_grad()
def answers(network: nn.Module, data: ExpressionSet, recipe: ExpressionRecipe) -> Answers:
    """Asks a network for all faces, as they are, in pieces."""
    network.eval()
    device = next(network.parameters()).device
    seven, eight = [], []
    for start in range(0, len(data), 512):
        faces = torch.from_numpy(data.pictures[start : start + 512]).to(device)
        outputs = network(cut(faces, recipe.size, recipe.augment.region))
        seven.append(outputs[0].float().cpu().numpy())
        eight.append(outputs[1].float().cpu().numpy())
    return Answers(np.concatenate(seven), np.concatenate(eight), data.emotion, data.majority())
