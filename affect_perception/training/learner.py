"""The loop of a training, whatever is learned: schedule, averaged weights, checkpoints, time.

A task draws batches and gives losses; everything that chance decides must come from generators in
the task's own state, or from torch's, so that an interrupted training goes on to the same weights.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from affect_perception.core.errors import ConfigError, InputError
from affect_perception.training.devices import Machine

Say = Callable[[str], None]
Check = Callable[[nn.Module], str]

# A step that takes longer than this many usual ones counts as so many: a process that was
# suspended has not been learning meanwhile.
LONGEST_STEP = 20.0


@dataclass(frozen=True)
class LoopConfig:
    """How the weights move.

    Attributes:
        epochs: Times that all examples are seen.
        batch: Examples at once.
        optimiser: "sgd" (with Nesterov's momentum) or "adamw".
        rate: Highest learning rate (one cycle: up over `rise` of the steps, down to nothing).
        rise: Share of the steps in which the rate rises.
        momentum: Of "sgd".
        decay: Weight decay of everything with more than one dimension.
        clip: Largest norm of the gradient, 0 for any.
        averaging: Longest memory of the averaged weights, which are the ones that count.
        bfloat16: Whether the network multiplies in bfloat16 while it learns (weights, losses and
            what is exported stay float32): faster on processors and cards with instructions for
            it, slower on others.
        seed: Of weights, batches and augmentation.
    """

    epochs: float = 60.0
    batch: int = 256
    optimiser: str = "sgd"
    rate: float = 0.2
    rise: float = 0.2
    momentum: float = 0.9
    decay: float = 5e-4
    clip: float = 5.0
    averaging: float = 0.998
    bfloat16: bool = True
    seed: int = 1

    def __post_init__(self) -> None:
        if self.optimiser not in ("sgd", "adamw"):
            raise ConfigError(f"loop.optimiser: '{self.optimiser}' is none of sgd, adamw")
        if not (self.epochs > 0.0 and self.batch > 1 and self.rate > 0.0 and self.clip >= 0.0):
            raise ConfigError(
                "loop: epochs and rate must be above 0, batch above 1, clip not below"
            )
        if not (0.0 < self.rise < 1.0 and 0.0 <= self.averaging < 1.0 and self.decay >= 0.0):
            raise ConfigError(
                "loop: rise must lie within 0 and 1, averaging below 1, decay not < 0"
            )


class Task(Protocol):
    """What is learned."""

    def losses(self, network: nn.Module, progress: float) -> Mapping[str, Tensor]:
        """Draws the next batch and gives its losses, which are added; `progress` is 0..1."""
        ...

    def state(self) -> dict[str, Any]:
        """What decides the batches to come: tensors, numbers, text, and dicts and lists of them."""
        ...

    def restore(self, state: Mapping[str, Any]) -> None:
        """Goes on from such a state."""
        ...


class Learner:
    """Trains one network.

    Args:
        network: What learns; moved to the machine's device.
        task: Batches and losses.
        config: How.
        steps: Batches in the whole training.
        recipe: Everything that makes up this training, as keys and values (`recipe_content`): a
            checkpoint of another recipe is refused.
        machine: Where it runs; one processor if not given.
    """

    def __init__(
        self,
        network: nn.Module,
        task: Task,
        config: LoopConfig,
        *,
        steps: int,
        recipe: Mapping[str, Any],
        machine: Machine | None = None,
    ) -> None:
        self.machine = machine or Machine.of("cpu")
        network = network.to(device=self.machine.device, memory_format=torch.channels_last)
        self.averaged = copy.deepcopy(network).eval()
        self.config, self.steps, self.step = config, steps, 0
        self._task, self._recipe = task, dict(recipe)
        self.network, self._optimiser = self.machine.prepare(network, _optimiser(network, config))
        self._seconds, self._usual = 0.0, 0.0
        self._recent: dict[str, float] = {}

    def run(
        self,
        *,
        max_minutes: float = math.inf,
        checkpoint: Path | None = None,
        say: Say = lambda _: None,
        check: Check | None = None,
        stop_after: int | None = None,
        reports: int = 20,
    ) -> bool:
        """Trains until the steps are done or the time is up.

        Args:
            max_minutes: Time for the whole training, resumed parts included. The schedule is
                shortened so that it ends in time; the result then depends on the machine's speed.
            checkpoint: File that is written with each report and at the end.
            say: Told how far it is.
            check: Looks at the averaged network with each report; its line is told, too.
            stop_after: Stop early after so many steps in all, as if interrupted.
            reports: How many reports there are.

        Returns:
            True if the training is complete.
        """
        every = max(1, self.steps // reports)
        while self.progress(max_minutes) < 1.0 and self.step != stop_after:
            started = time.monotonic()
            self._learn(self.progress(max_minutes))
            self._count(time.monotonic() - started)
            if self.step % every == 0:
                say(self._line() + (f" | {check(self.averaged)}" if check else ""))
                if checkpoint is not None:
                    self.save(checkpoint)
        if checkpoint is not None:
            self.save(checkpoint)
        return self.progress(max_minutes) >= 1.0

    def progress(self, max_minutes: float = math.inf) -> float:
        """How much of the training is done, 0..1."""
        return max(self.step / self.steps, self._seconds / 60.0 / max_minutes)

    @property
    def seconds(self) -> float:
        """Time spent learning, resumed parts included, s."""
        return self._seconds

    def save(self, path: Path) -> None:
        """Writes everything needed to go on; the old file stays whole until the new one is."""
        if not self.machine.is_first:
            return
        content = {
            "recipe": self._recipe,
            "network": self.machine.bare(self.network).state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "task": self._task.state(),
            "torch_random": torch.get_rng_state(),
            "step": self.step,
            "seconds": self._seconds,
        }
        write_checkpoint(path, content)

    def load(self, path: Path, *, longer: bool = False) -> None:
        """Goes on from a checkpoint.

        Args:
            path: The file.
            longer: Whether the number of epochs may differ. The rate then jumps to where the new
                schedule has it at this step: up again, if the training had come further down.

        Raises:
            InputError: If it cannot be read or was written with another recipe.
        """
        content = read_checkpoint(path)
        if _comparable(content["recipe"], longer) != _comparable(self._recipe, longer):
            raise InputError(f"{path}: was written with another recipe; train without --resume")
        self.machine.bare(self.network).load_state_dict(content["network"])
        self.averaged.load_state_dict(content["averaged"])
        self._optimiser.load_state_dict(content["optimiser"])
        self._task.restore(content["task"])
        torch.set_rng_state(content["torch_random"])
        self.step, self._seconds = int(content["step"]), float(content["seconds"])

    def _count(self, seconds: float) -> None:
        if self._usual > 0.0:
            seconds = min(seconds, LONGEST_STEP * self._usual)
        self._usual = seconds if self._usual == 0.0 else 0.95 * self._usual + 0.05 * seconds
        self._seconds += seconds

    def _learn(self, progress: float) -> None:
        for group in self._optimiser.param_groups:
            group["lr"] = self.config.rate * one_cycle(progress, self.config.rise)
        self.network.train()
        with self.machine.autocast(self.config.bfloat16):
            losses = dict(self._task.losses(self.network, progress))
        self._optimiser.zero_grad()
        self.machine.backward(torch.stack(list(losses.values())).sum())
        if self.config.clip > 0.0:
            nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip)
        self._optimiser.step()
        self.step += 1
        self._average()
        for name, loss in losses.items():
            value = float(loss.detach())
            self._recent[name] = 0.98 * self._recent.get(name, value) + 0.02 * value

    @torch.no_grad()
    def _average(self) -> None:
        keep = min(self.config.averaging, (1.0 + self.step) / (10.0 + self.step))
        new = self.machine.bare(self.network).state_dict()
        for name, value in self.averaged.state_dict().items():
            if value.dtype.is_floating_point:
                value.lerp_(new[name], 1.0 - keep)
            else:
                value.copy_(new[name])

    def _line(self) -> str:
        parts = " ".join(f"{name} {value:.3f}" for name, value in self._recent.items())
        return f"step {self.step}/{self.steps} {self._seconds:.0f} s: {parts}"


def write_checkpoint(path: Path, content: Mapping[str, Any]) -> None:
    """Writes a checkpoint; the old file stays whole until the new one is."""
    partial = path.with_suffix(".part")
    torch.save(dict(content), partial)
    partial.replace(path)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """The content of a checkpoint; only tensors and plain values are accepted.

    Raises:
        InputError: If there is none, or it is damaged.
    """
    if not path.is_file():
        raise InputError(f"no checkpoint to go on from: {path}")
    try:
        content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises whatever its reader met
        raise InputError(f"{path}: not a readable checkpoint: {error}") from error
    return content


def one_cycle(progress: float, rise: float) -> float:
    """Share of the highest rate: a cosine up from 1/25, a cosine down to nearly nothing.

    Smith and Topin, "Super-convergence", 2018, with cosines instead of lines.
    """
    if progress < rise:
        return 1.0 - 0.96 * 0.5 * (1.0 + math.cos(math.pi * progress / rise))
    rest = min(1.0, (progress - rise) / (1.0 - rise))
    return max(1e-4, 0.5 * (1.0 + math.cos(math.pi * rest)))


def _optimiser(network: nn.Module, config: LoopConfig) -> torch.optim.Optimizer:
    kernels = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    groups = [
        {"params": kernels, "weight_decay": config.decay},
        {"params": others, "weight_decay": 0.0},
    ]
    if config.optimiser == "adamw":
        return torch.optim.AdamW(groups, lr=config.rate)
    return torch.optim.SGD(groups, lr=config.rate, momentum=config.momentum, nesterov=True)


def _comparable(recipe: Mapping[str, Any], longer: bool) -> dict[str, Any]:
    """The recipe without the number of epochs of its loop, if that may differ."""
    content = copy.deepcopy(dict(recipe))
    if longer and isinstance(content.get("loop"), dict):
        content["loop"].pop("epochs", None)
    return content
