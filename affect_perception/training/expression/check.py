"""What a network knows, on faces it did not learn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.core.errors import InputError
from affect_perception.evaluation.affect_scores import affect_of_classes, affect_scores
from affect_perception.evaluation.classification import (
    classification_scores,
    fit_offsets,
    fit_temperature,
    softmax,
)
from affect_perception.evaluation.datasets.expression_set import FER2013_CLASSES, ExpressionSet
from affect_perception.training.expression.augment import cut
from affect_perception.training.expression.recipe import ExpressionRecipe

# Names of the two ways to valence and arousal.
OWN, OF_CLASSES = "output of its own", "from the classes"

Logits = npt.NDArray[Any]


@dataclass(frozen=True)
class Calibration:
    """What makes probabilities of logits.

    Attributes:
        seven: Temperature of FER2013's classes.
        offsets: (7,) what is added to their logits after that.
        eight: Temperature of the eight expressions.
        affect_std: One sigma of valence and of arousal; None where the network does not give them.
    """

    seven: float = 1.0
    offsets: tuple[float, ...] = (0.0,) * len(FER2013_CLASSES)
    eight: float = 1.0
    affect_std: tuple[float, float] | None = None


@dataclass(frozen=True)
class Answers:
    """What a network says of a set of faces.

    Attributes:
        seven: (n, 7) logits of FER2013's classes.
        eight: (n, 8) logits of the eight expressions.
        emotion: (n,) FER2013's labels, -1 unknown.
        majority: (n,) expressions with the most votes, -1 unknown.
        affect: (n, 2) valence and arousal; None where the network does not give them.
        labelled_affect: (n, 2) as labelled, NaN unknown.
    """

    seven: Logits
    eight: Logits
    emotion: npt.NDArray[np.int64]
    majority: npt.NDArray[np.int64]
    affect: Logits | None
    labelled_affect: npt.NDArray[np.float32]

    def calibration(self) -> Calibration:
        """What fits best here; nothing where there are no labels.

        The seven get an offset per class: a third of their target are votes, which lean to neutral.
        The eight do not need one (docs/training.md). One sigma of valence and arousal is the root
        mean square error here.

        Raises:
            InputError: If there are valence and arousal and no face is labelled with them.
        """
        known, voted = self.emotion >= 0, self.majority >= 0
        seven, offsets = 1.0, np.zeros(len(FER2013_CLASSES))
        if known.any():
            seven, offsets = fit_offsets(self.seven[known], self.emotion[known])
        eight = fit_temperature(self.eight[voted], self.majority[voted]) if voted.any() else 1.0
        return Calibration(seven, tuple(offsets.tolist()), eight, self._affect_std())

    def _affect_std(self) -> tuple[float, float] | None:
        if self.affect is None:
            return None
        scores = affect_scores(self.affect, self.labelled_affect)
        if not scores:
            raise InputError("no face that was held out is labelled with valence and arousal")
        return scores["rmse_valence"], scores["rmse_arousal"]

    def affect_figures(self, calibration: Calibration) -> dict[str, dict[str, float]]:
        """Scores of valence and arousal as the network gives them and as the eight classes do.

        Empty where no face is labelled with them, without the first where it gives none.
        """
        known = np.isfinite(self.labelled_affect).all(axis=1)
        if not known.any():
            return {}
        eight = affect_of_classes(softmax(self.eight[known] / calibration.eight))
        ways = {} if self.affect is None else {OWN: self.affect[known]}
        ways[OF_CLASSES] = eight
        return {way: affect_scores(x, self.labelled_affect[known]) for way, x in ways.items()}

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
    pieces = []
    for start in range(0, len(data), 512):
        faces = torch.from_numpy(data.pictures[start : start + 512]).to(device)
        outputs = network(cut(faces, recipe.size, recipe.augment.region))
        pieces.append([output.float().cpu().numpy() for output in outputs])
    seven, eight, *affect = (np.concatenate(column) for column in zip(*pieces, strict=True))
    return Answers(
        seven,
        eight,
        data.emotion,
        data.majority(),
        affect[0] if affect else None,
        data.valence_arousal(),
    )
