"""What the statistics of a sentence say, beside the network: a kernel machine, as torch numbers.

Fitted in closed form to the sentences as they were recorded (evaluation/voice/baselines.py has the
machine); nothing of it is learned step by step.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from affect_perception.core.affect_classes import RAVDESS_CLASSES
from affect_perception.core.errors import InputError
from affect_perception.evaluation.voice.baselines import fit_kernel_machine
from affect_perception.training.voice.speech_set import SpeechSet

# Makes shares of scores between -1 and 1. docs/voice.md says what it was chosen by.
_SHARPNESS = 2.5


class ProsodyJudge(nn.Module):
    """Logarithms of class shares from the statistics of `core.voice.prosody`.

    Args:
        speech: Sentences of every class to fit to.

    Raises:
        InputError: If a class has no sentence.
    """

    def __init__(self, speech: SpeechSet) -> None:
        super().__init__()
        rows = speech.prosody.astype(np.float64)
        usual = np.nanmean(rows, axis=0)
        rows = np.where(np.isnan(rows), usual, rows)
        machine = fit_kernel_machine(rows, [RAVDESS_CLASSES[i] for i in speech.labels.tolist()])
        missing = set(RAVDESS_CLASSES) - set(machine.names)
        if missing:
            raise InputError(f"no sentence to learn of the classes {', '.join(sorted(missing))}")
        order = [machine.names.index(name) for name in RAVDESS_CLASSES]
        self.mean: Tensor
        self.spread: Tensor
        self.known: Tensor
        self.weights: Tensor
        for name, values in (
            ("mean", machine.mean),
            ("spread", machine.spread),
            ("known", machine.known),
            ("weights", machine.weights[:, order]),
        ):
            self.register_buffer(name, torch.from_numpy(values).float())

    def forward(self, statistics: Tensor) -> Tensor:
        """(n, 8) logarithms of shares, of statistics (n, STATISTICS); NaN counts as usual."""
        row = (statistics - self.mean) / self.spread
        row = torch.where(torch.isnan(row), torch.zeros_like(row), row)
        far = (row[:, None] - self.known[None]).square().mean(2)
        scores = ((-far).exp() + 1.0) @ self.weights
        return (_SHARPNESS * scores).log_softmax(1)
