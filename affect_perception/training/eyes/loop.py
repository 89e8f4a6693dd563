"""The training loop: losses, schedule, averaged weights, checkpoints."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from affect_perception.core.errors import InputError
from affect_perception.training.eyes.augment import MIDDLE, AugmentConfig, Augmenter, equalised
from affect_perception.training.eyes.batches import Batch, BatchConfig, Batches
from affect_perception.training.eyes.network import (
    POINT_UNIT,
    WIDTHS,
    EyeNet,
    LabelFrames,
    angles,
)
from affect_perception.training.eyes.patch_set import PatchSet
from affect_perception.training.learner import one_cycle, read_checkpoint, write_checkpoint

Say = Callable[[str], None]
CHECKPOINT = "checkpoint.pt"


@dataclass(frozen=True)
class TrainConfig:
    """The recipe.

    Attributes:
        steps: Batches.
        rate: Highest learning rate (one cycle: up over `rise` of the steps, down to nothing).
        rise: Share of the steps in which the rate rises.
        decay: Weight decay of the kernels.
        averaging: Longest memory of the averaged weights, which are the ones that count.
        seed: Of weights, batches and augmentation.
        widths: Channels of the network.
        augment: Changes of the patches.
        batch: Sizes.
    """

    steps: int = 3000
    rate: float = 3e-3
    rise: float = 0.25
    decay: float = 0.02
    averaging: float = 0.997
    seed: int = 1
    widths: tuple[int, ...] = WIDTHS
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    batch: BatchConfig = field(default_factory=BatchConfig)


# Weights of the losses against the gaze loss, chosen so that each adds about as much.
POINT_WEIGHT, LID_WEIGHT, STATE_WEIGHT, SPREAD_WEIGHT = 3.0, 0.5, 0.5, 0.05
# Errors beyond this count linearly, rad and iris diameters: labels hold blinks.
GAZE_KNEE, LID_KNEE = 0.05, 0.05
# Labels of states are trusted by this much: open tiles hold a few blinks.
TRUST = 0.98


@dataclass
class Trained:
    """What comes out: the averaged network and the frames of the labels."""

    network: EyeNet
    frames: LabelFrames
    steps: int


class Trainer:
    """Trains one network.

    Args:
        gaze: Patches with gaze labels, of the people trained on.
        states: Other patches.
        views: Number of label frames.
        subjects: Number of people in the numbering of `gaze`.
        config: Recipe.
    """

    def __init__(
        self, gaze: PatchSet, states: PatchSet, views: int, subjects: int, config: TrainConfig
    ) -> None:
        torch.manual_seed(config.seed)
        self.config = config
        self.network = EyeNet(config.widths).to(memory_format=torch.channels_last)
        self.frames = LabelFrames(views, subjects)
        self.averaged = copy.deepcopy(self.network).eval()
        self._augmenter = Augmenter(config.augment, config.seed)
        self._batches = Batches(gaze, states, self._augmenter, config.batch)
        kernels = [p for p in self.network.parameters() if p.ndim > 1]
        others = [p for p in self.network.parameters() if p.ndim <= 1]
        self._optimiser = torch.optim.AdamW(
            [
                {"params": kernels, "weight_decay": config.decay, "scale": 1.0},
                {"params": others, "weight_decay": 0.0, "scale": 1.0},
                {"params": list(self.frames.parameters()), "weight_decay": 0.0, "scale": 2.0},
            ],
            lr=config.rate,
        )
        self.step = 0
        self._seconds = 0.0
        self._recent: dict[str, float] = {}

    def run(
        self,
        *,
        max_minutes: float = math.inf,
        checkpoint: Path | None = None,
        say: Say = lambda _: None,
        stop_after: int | None = None,
    ) -> bool:
        """Trains until the steps are done.

        Args:
            max_minutes: Time for the whole training, resumed parts included. The schedule is
                shortened so that it ends in time; the result then depends on the machine's speed.
            checkpoint: File that is written now and then, and at the end.
            say: Told how far it is.
            stop_after: Stop early after so many steps in all, as if interrupted.

        Returns:
            True if the training is complete.
        """
        started, before = time.monotonic(), self._seconds
        report = max(1, self.config.steps // 20)
        while self.progress(max_minutes) < 1.0 and self.step != stop_after:
            self._learn(self.progress(max_minutes))
            self._seconds = before + time.monotonic() - started
            if self.step % report == 0:
                say(self._line())
                if checkpoint is not None:
                    self.save(checkpoint)
        if checkpoint is not None:
            self.save(checkpoint)
        return self.progress(max_minutes) >= 1.0

    def progress(self, max_minutes: float = math.inf) -> float:
        """How much of the training is done, 0..1."""
        return max(self.step / self.config.steps, self._seconds / 60.0 / max_minutes)

    def result(self) -> Trained:
        """The averaged network."""
        return Trained(self.averaged, self.frames, self.step)

    def save(self, path: Path) -> None:
        """Writes everything needed to go on."""
        content = {
            "config": asdict(self.config),
            "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "frames": self.frames.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "random": self._augmenter.generator.get_state(),
            "torch_random": torch.get_rng_state(),
            "step": self.step,
            "seconds": self._seconds,
        }
        write_checkpoint(path, content)

    def load(self, path: Path) -> None:
        """Goes on from a checkpoint.

        Raises:
            InputError: If it cannot be read or was written with another recipe.
        """
        content = read_checkpoint(path)
        if content["config"] != asdict(self.config):
            raise InputError(f"{path}: was written with another recipe; train without --resume")
        self.network.load_state_dict(content["network"])
        self.averaged.load_state_dict(content["averaged"])
        self.frames.load_state_dict(content["frames"])
        self._optimiser.load_state_dict(content["optimiser"])
        self._augmenter.generator.set_state(content["random"])
        torch.set_rng_state(content["torch_random"])
        self.step, self._seconds = int(content["step"]), float(content["seconds"])

    def _learn(self, progress: float) -> None:
        rate = self.config.rate * one_cycle(progress, self.config.rise)
        for group in self._optimiser.param_groups:
            group["lr"] = rate * group["scale"]
        self.network.train()
        batch = self._batches.draw()
        losses = self._losses(batch)
        total = torch.stack(list(losses.values())).sum()
        self._optimiser.zero_grad()
        total.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self._optimiser.step()
        self.step += 1
        self._average()
        for name, loss in losses.items():
            value = float(loss.detach())
            self._recent[name] = 0.98 * self._recent.get(name, value) + 0.02 * value

    @torch.no_grad()
    def _average(self) -> None:
        keep = min(self.config.averaging, (1.0 + self.step) / (10.0 + self.step))
        new = self.network.state_dict()
        for name, value in self.averaged.state_dict().items():
            if value.dtype.is_floating_point:
                value.mul_(keep).add_(new[name], alpha=1.0 - keep)
            else:
                value.copy_(new[name])

    def _losses(self, batch: Batch) -> dict[str, Tensor]:
        x = batch.patches.contiguous(memory_format=torch.channels_last)
        gaze, lid, state, points = self.network(x)
        with_gaze = len(batch.gaze)
        label = self.frames(batch.gaze, batch.views, batch.subjects)
        warp = batch.warp
        label = angles(_first(warp, with_gaze).gaze(label))
        found, spread = gaze[:with_gaze, :2], gaze[:with_gaze, 2:]
        wanted = (batch.points - torch.tensor(MIDDLE)) / POINT_UNIT
        usable = torch.nan_to_num(batch.usable, nan=1.0) > 0.5
        return {
            "gaze": functional.smooth_l1_loss(found, label, beta=GAZE_KNEE) / 0.1,
            "spread": SPREAD_WEIGHT * _spread_loss(found - label, spread),
            "frames": self.frames.penalty(),
            "points": POINT_WEIGHT * known_l1(points.view_as(wanted), wanted),
            "lid": LID_WEIGHT * lid_loss(lid, batch.opening),
            "closed": STATE_WEIGHT * state_loss(state[:, 0], batch.closed, usable),
            "usable": STATE_WEIGHT * state_loss(state[:, 1], batch.usable, torch.ones_like(usable)),
        }

    def _line(self) -> str:
        parts = " ".join(f"{name} {value:.3f}" for name, value in self._recent.items())
        return f"step {self.step}/{self.config.steps} {self._seconds:.0f} s: {parts}"


def _first(warp: Any, count: int) -> Any:
    """The warp of the first rows."""
    return type(warp)(**{name: value[:count] for name, value in vars(warp).items()})


def _spread_loss(error: Tensor, log_std: Tensor) -> Tensor:
    """Gaussian likelihood for the spread alone: it does not pull on the error itself."""
    return (0.5 * error.detach().square() * torch.exp(-2.0 * log_std) + log_std).mean()


def known_l1(found: Tensor, wanted: Tensor) -> Tensor:
    """Distance of places, of those that are known."""
    known = torch.isfinite(wanted)
    return functional.smooth_l1_loss(found[known], wanted[known], beta=0.05)


def lid_loss(lid: Tensor, opening: Tensor) -> Tensor:
    """Error of the lid gaps that are known, and of the spread that is given with them."""
    known = torch.isfinite(opening)
    if not known.any():
        return lid.sum() * 0.0
    error = lid[known, 0] - opening[known]
    fit = functional.smooth_l1_loss(lid[known, 0], opening[known], beta=LID_KNEE) / 0.1
    return fit + SPREAD_WEIGHT * _spread_loss(error, lid[known, 1])


def state_loss(logit: Tensor, label: Tensor, counts: Tensor) -> Tensor:
    """Cross entropy of the states that are known and count."""
    known = torch.isfinite(label) & counts
    if not known.any():
        return logit.sum() * 0.0
    soft = label[known] * (2.0 * TRUST - 1.0) + (1.0 - TRUST)
    return functional.binary_cross_entropy_with_logits(logit[known], soft)


@torch.no_grad()
def read_patches(network: EyeNet, patches: np.ndarray[Any, Any]) -> list[np.ndarray[Any, Any]]:
    """Gaze, lid and state for patches (n, 36, 60) as they are, in pieces."""
    network.eval()
    pieces = []
    for start in range(0, len(patches), 512):
        x = torch.from_numpy(patches[start : start + 512])[:, None]
        pieces.append([t.numpy() for t in network(equalised(x.float()))[:3]])
    return [np.concatenate(parts) for parts in zip(*pieces, strict=True)]
