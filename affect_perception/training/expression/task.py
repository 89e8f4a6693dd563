"""Batches of faces and the losses of an expression network."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.core.errors import ConfigError
from affect_perception.evaluation.datasets.expression_set import (
    FER2013_CLASSES,
    ExpressionSet,
    Flags,
)
from affect_perception.evaluation.datasets.fer2013 import picture_keys
from affect_perception.training.devices import Machine
from affect_perception.training.expression.augment import Augmenter
from affect_perception.training.expression.recipe import ExpressionRecipe, TargetConfig
from affect_perception.training.losses import (
    chances,
    class_counts,
    class_weights,
    concordance_loss,
    log_prior,
    smoothed,
    soft_cross_entropy,
)

# Where each of FER2013's classes is among the eight.
SEVEN_IN_EIGHT = tuple(AFFECT_CLASSES.index(name) for name in FER2013_CLASSES)


def held_out_rows(data: ExpressionSet, share: float) -> Flags:
    """(n,) rows kept for checking, chosen by their pixels, so that copies stay together.

    No seed: the same pictures are kept from every training of every network.
    """
    numbers = [int.from_bytes(hashlib.sha256(k + b"held out").digest()[:4], "big")
               for k in picture_keys(data.pictures)]  # fmt: skip
    return np.array(numbers, np.float64) < share * 2.0**32


def has_affect(data: ExpressionSet) -> bool:
    """Whether any face is labelled with valence and arousal: then there is something to learn."""
    return bool(np.isfinite(data.valence_arousal()).any())


def seven_targets(data: ExpressionSet, config: TargetConfig) -> Tensor:
    """(n, 7) what the first head should say; zeros where there is no label."""
    label = smoothed(torch.from_numpy(data.emotion), len(FER2013_CLASSES), config.smoothing)
    votes = torch.from_numpy(data.expression_shares()[:, SEVEN_IN_EIGHT])
    total = votes.sum(1, keepdim=True)
    known = (total > 0.0) & (label.sum(1, keepdim=True) > 0.0)
    mixed = (1.0 - config.voted) * label + config.voted * votes / total.clamp_min(1e-6)
    return torch.where(known, mixed, label)


class ExpressionTask:
    """Draws faces in a new order in each round through them, and judges the network's answers.

    Args:
        data: Faces to learn from.
        recipe: How.
        machine: Where.
    """

    def __init__(self, data: ExpressionSet, recipe: ExpressionRecipe, machine: Machine) -> None:
        device = machine.device
        self._recipe = recipe
        self._faces = torch.from_numpy(data.pictures).to(device)
        self._seven = seven_targets(data, recipe.target).to(device)
        self._eight = torch.from_numpy(data.expression_shares()).to(device)
        self._affect = (
            torch.from_numpy(data.valence_arousal()).to(device) if has_affect(data) else None
        )
        self._chance = machine.generator(recipe.loop.seed)
        self._augmenter = Augmenter(recipe.augment, self._chance)
        self._order = torch.zeros(0, dtype=torch.long, device=device)
        self._weights, self._prior, self._draws = _balanced(data, recipe.target, device)

    def losses(self, network: nn.Module, progress: float) -> Mapping[str, Tensor]:
        """The losses of the next batch."""
        rows = self._draw(self._recipe.loop.batch)
        # Places of pixels need more digits than bfloat16 has.
        with torch.autocast(self._faces.device.type, enabled=False):
            size = picture_size(self._recipe, progress)
            faces = self._augmenter.faces(self._faces[rows], size)
        partner, share = self._augmenter.mixture(len(rows))
        if share < 1.0:
            faces = share * faces + (1.0 - share) * faces[partner]
        seven, eight, *affect = network(faces.contiguous(memory_format=torch.channels_last))
        target = self._recipe.target
        wanted_seven = _mixed(self._seven[rows], partner, share)
        wanted_eight = _mixed(self._eight[rows], partner, share)
        losses = {
            "seven": target.seven
            * soft_cross_entropy(seven, wanted_seven, weights=self._weights, prior=self._prior),
            "eight": target.eight * soft_cross_entropy(eight, wanted_eight),
        }
        if self._affect is not None:
            # Half of a face without labels makes a mixture without.
            wanted = _mixed(self._affect[rows], partner, share)
            losses["affect"] = target.affect * concordance_loss(affect[0], wanted)
        return losses

    def state(self) -> dict[str, Any]:
        """Chance and the rows still to come."""
        return {"chance": self._chance.get_state(), "order": self._order.cpu()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Goes on from such a state."""
        self._chance.set_state(state["chance"])
        self._order = state["order"].to(self._faces.device)

    def _draw(self, count: int) -> Tensor:
        while len(self._order) < count:
            self._order = torch.cat([self._order, self._round()])
        rows, self._order = self._order[:count], self._order[count:]
        return rows

    def _round(self) -> Tensor:
        n, device = len(self._faces), self._faces.device
        if self._draws is None:
            return torch.randperm(n, generator=self._chance, device=device)
        return torch.multinomial(self._draws, n, replacement=True, generator=self._chance)


def picture_size(recipe: ExpressionRecipe, progress: float) -> int:
    """Side of the picture at this point of the training, px."""
    if progress >= recipe.full_size_from:
        return recipe.size
    grown = (recipe.size - recipe.early_size) * progress / recipe.full_size_from
    return recipe.early_size + 4 * int(grown // 4)


def _mixed(target: Tensor, partner: Tensor, share: float) -> Tensor:
    return target if share >= 1.0 else share * target + (1.0 - share) * target[partner]


def _balanced(
    data: ExpressionSet, config: TargetConfig, device: torch.device
) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
    """Weights, prior and chances of being drawn; None for what is not used."""
    if config.balance == "none":
        return None, None, None
    counts = class_counts(data.emotion, len(FER2013_CLASSES))
    if config.balance == "weights":
        return class_weights(counts, config.balance_power).to(device), None, None
    if config.balance == "softmax":
        return None, log_prior(counts, config.balance_power).to(device), None
    if (data.emotion < 0).any():
        raise ConfigError("target.balance: a sampler needs FER2013's label of every face")
    drawn = torch.from_numpy(chances(data.emotion, config.balance_power)).to(device)
    return None, None, drawn
