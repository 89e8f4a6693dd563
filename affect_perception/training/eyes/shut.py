"""Trains the branch that tells shut eyes from open ones, on a network that stays as it is.

What the branch learns from, rendered eyes and thousands of small faces, made gaze and lids worse
when it taught the whole network (docs/training.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from affect_perception.training.eyes.augment import MIDDLE, AugmentConfig, Augmenter
from affect_perception.training.eyes.batches import BatchConfig, Batches
from affect_perception.training.eyes.loop import (
    LID_WEIGHT,
    POINT_WEIGHT,
    STATE_WEIGHT,
    known_l1,
    lid_loss,
    state_loss,
)
from affect_perception.training.eyes.network import (
    BRANCH_WIDTHS,
    POINT_UNIT,
    EyeNet,
)
from affect_perception.training.eyes.patch_set import PatchSet
from affect_perception.training.learner import LoopConfig


def _loop() -> LoopConfig:
    return LoopConfig(
        optimiser="adamw", rate=3e-3, rise=0.25, decay=0.02, averaging=0.997, bfloat16=True
    )


def _batch() -> BatchConfig:
    return BatchConfig(gaze=8, closed=28, open=48, others=0, rendered=16, ruined=0)


@dataclass(frozen=True)
class ShutConfig:
    """The recipe of the branch.

    Attributes:
        steps: Batches.
        widths: Channels of its blocks.
        loop: How the weights move.
        augment: Changes of the patches.
        batch: Sizes; patches of the gaze set count as open.
    """

    steps: int = 4500
    widths: tuple[int, ...] = BRANCH_WIDTHS
    loop: LoopConfig = field(default_factory=_loop)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    batch: BatchConfig = field(default_factory=_batch)


class ShutTask:
    """What the branch learns: shut or not, and beside it lids and points.

    Args:
        base: The network below, trained; it stays as it is.
        gaze: Patches of the gaze set.
        states: Patches with lids and states.
        config: Recipe.
    """

    def __init__(self, base: EyeNet, gaze: PatchSet, states: PatchSet, config: ShutConfig) -> None:
        self._base = base.eval()
        self._augmenter = Augmenter(config.augment, config.loop.seed)
        self._batches = Batches(gaze, states, self._augmenter, config.batch)

    def losses(self, network: nn.Module, progress: float) -> Mapping[str, Tensor]:
        """The losses of the next batch; they do not depend on the progress."""
        del progress
        batch = self._batches.draw()
        with torch.no_grad():
            early = self._base.early(batch.patches.contiguous(memory_format=torch.channels_last))
        shut, lid, points = (part.float() for part in network(early))
        wanted = (batch.points - torch.tensor(MIDDLE)) / POINT_UNIT
        every = torch.ones(len(shut), dtype=torch.bool)
        return {
            "points": POINT_WEIGHT * known_l1(points.view_as(wanted), wanted),
            "lid": LID_WEIGHT * lid_loss(lid, batch.opening),
            "closed": STATE_WEIGHT * state_loss(shut[:, 0], batch.closed, every),
        }

    def state(self) -> dict[str, Any]:
        """See `learner.Task`: the random numbers decide the batches."""
        return {"random": self._augmenter.generator.get_state()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Goes on from such a state."""
        self._augmenter.generator.set_state(state["random"])
