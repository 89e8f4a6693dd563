"""Judges sentences with a network in training, through the same code as in the car."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from affect_perception.training.voice.network import ExportedVoiceNet, VoiceNet
from affect_perception.training.voice.prosody_judge import ProsodyJudge


class TorchNetwork:
    """A `core.network.Network` made of torch modules."""

    def __init__(self, networks: Sequence[VoiceNet], judge: ProsodyJudge) -> None:
        self._module = ExportedVoiceNet(networks, judge).eval()

    @property
    def name(self) -> str:
        """Name in the manifest."""
        return "voice_emotion"

    @torch.no_grad()
    def run(self, *inputs: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float32], ...]:
        """Runs the module as the exported network would be."""
        outputs: Sequence[torch.Tensor] = self._module(*(torch.from_numpy(a) for a in inputs))
        return tuple(output.numpy() for output in outputs)
