"""Where a training runs: a processor, one card, or several through accelerate.

accelerate (Apache-2.0) is not part of the extra [train]: it is used where it is installed and the
training was started by `accelerate launch`. Everything else needs torch alone.
"""

from __future__ import annotations

import contextlib
import importlib.util
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from affect_perception.core.errors import ConfigError

KINDS = ("cpu", "cuda", "accelerate")


@dataclass(frozen=True)
class Machine:
    """Device and, with several of them, what keeps them together.

    Attributes:
        device: Where tensors lie.
        accelerator: `accelerate.Accelerator`, or None.
    """

    device: torch.device
    accelerator: Any = None

    @staticmethod
    def of(kind: str) -> Machine:
        """The machine of that kind; "auto" is a card if there is one, else the processor.

        Raises:
            ConfigError: If it is not there; says what is missing.
        """
        if kind == "auto":
            kind = "cuda" if torch.cuda.is_available() else "cpu"
        if kind == "cpu":
            return Machine(torch.device("cpu"))
        if kind == "cuda":
            if not torch.cuda.is_available():
                raise ConfigError("device cuda: torch finds no card on this machine; use cpu")
            return Machine(torch.device("cuda"))
        if kind == "accelerate":
            if importlib.util.find_spec("accelerate") is None:
                raise ConfigError(
                    "device accelerate: the package accelerate is not installed; "
                    "`pip install accelerate`, or use cpu or cuda"
                )
            from accelerate import Accelerator

            accelerator = Accelerator()
            return Machine(accelerator.device, accelerator)
        raise ConfigError(f"device '{kind}' is none of auto, {', '.join(KINDS)}")

    @staticmethod
    def for_training(kind: str) -> Machine:
        """The machine of that kind; a processor computes in one thread.

        So what is learned does not depend on the number of cores.

        Raises:
            ConfigError: See `of`.
        """
        machine = Machine.of(kind)
        if machine.device.type == "cpu":
            torch.set_num_threads(1)
        return machine

    @property
    def is_first(self) -> bool:
        """Whether this process writes files and speaks."""
        return self.accelerator is None or bool(self.accelerator.is_main_process)

    @property
    def number(self) -> int:
        """Number of this process, from 0: part of its seed, so that each draws other batches."""
        return 0 if self.accelerator is None else int(self.accelerator.process_index)

    @property
    def processes(self) -> int:
        """How many learn together."""
        return 1 if self.accelerator is None else int(self.accelerator.num_processes)

    def generator(self, seed: int) -> torch.Generator:
        """A source of chance of its own on the device."""
        generator = torch.Generator(device=self.device)
        generator.manual_seed(seed + 7919 * self.number)
        return generator

    def prepare(
        self, network: nn.Module, optimiser: torch.optim.Optimizer
    ) -> tuple[nn.Module, torch.optim.Optimizer]:
        """Both, made to share their gradients with the other processes."""
        if self.accelerator is None:
            return network, optimiser
        network, optimiser = self.accelerator.prepare(network, optimiser)
        return network, optimiser

    def bare(self, network: nn.Module) -> nn.Module:
        """The network as it was before `prepare`."""
        if self.accelerator is None:
            return network
        unwrapped: nn.Module = self.accelerator.unwrap_model(network)
        return unwrapped

    def autocast(self, bfloat16: bool) -> contextlib.AbstractContextManager[Any]:
        """Multiplications in bfloat16 inside, if asked for."""
        context: contextlib.AbstractContextManager[Any] = torch.autocast(
            self.device.type, torch.bfloat16, enabled=bfloat16
        )
        return context

    def backward(self, loss: Tensor) -> None:
        """Gradients of the loss, shared between the processes."""
        if self.accelerator is None:
            loss.backward()
        else:
            self.accelerator.backward(loss)
