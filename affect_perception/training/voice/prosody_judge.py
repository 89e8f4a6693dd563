"""What the statistics of a sentence say, beside the networks: a kernel machine, as torch numbers.

Fitted in closed form to the sentences as they were recorded (evaluation/voice/baselines.py has the
machine); nothing of it is learned step by step. It judges how far a sentence lies from the mean of
what the speaker said before, which starts at the mean of the speakers it was fitted to. It is
fitted to every sentence twice: as a stranger's first, and with a past.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from affect_perception.core.affect_classes import RAVDESS_CLASSES
from affect_perception.core.errors import InputError
from affect_perception.core.voice.speaker_normal import START_SENTENCES
from affect_perception.evaluation.voice.baselines import fit_kernel_machine, minus_running_mean
from affect_perception.training.voice.speech_set import SpeechSet

# Makes shares of scores between -1 and 1, weight of the errors, reach of a known row, and how far
# (in spreads) a statistic counts. docs/voice.md says what they were chosen by.
_SHARPNESS, _WEIGHT, _NARROW, _FARTHEST = 4.0, 1.0, 0.2, 2.5
# The past is forgotten after so many sentences, so that short ones are seen as often as long ones.
_LONGEST_PAST = 16
_SEED = 1


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
        spread = rows.std(axis=0) + 1e-9
        labels = [RAVDESS_CLASSES[i] for i in speech.labels.tolist()]
        missing = set(RAVDESS_CLASSES) - set(labels)
        if missing:
            raise InputError(f"no sentence to learn of the classes {', '.join(sorted(missing))}")
        past = minus_running_mean(rows, speech.speakers, _SEED, _LONGEST_PAST)
        changes = np.clip(np.concatenate([rows - usual, past]) / spread, -_FARTHEST, _FARTHEST)
        machine = fit_kernel_machine(changes, 2 * labels, _WEIGHT, _NARROW)
        order = [machine.names.index(name) for name in RAVDESS_CLASSES]
        self.usual: Tensor
        self.spread: Tensor
        self.mean: Tensor
        self.scale: Tensor
        self.known: Tensor
        self.weights: Tensor
        for name, values in (
            ("usual", usual),
            ("spread", spread),
            ("mean", machine.mean),
            ("scale", machine.spread),
            ("known", machine.known),
            ("weights", machine.weights[:, order]),
        ):
            self.register_buffer(name, torch.from_numpy(values).float())

    def filled(self, statistics: Tensor) -> Tensor:
        """The statistics, with the usual value where one is NaN."""
        return torch.where(torch.isnan(statistics), self.usual.expand_as(statistics), statistics)

    def forward(self, statistics: Tensor, earlier: Tensor, count: Tensor) -> Tensor:
        """(n, 8) logarithms of shares.

        Args:
            statistics: (n, STATISTICS) of the sentences, `filled`.
            earlier: (n, STATISTICS) sum of those of the speaker's earlier sentences.
            count: (n, 1) how many these are.
        """
        own = (self.usual * START_SENTENCES + earlier) / (START_SENTENCES + count)
        change = ((statistics - own) / self.spread).clamp(-_FARTHEST, _FARTHEST)
        row = (change - self.mean) / self.scale
        far = (row[:, None] - self.known[None]).square().mean(2)
        scores = ((-_NARROW * far).exp() + 1.0) @ self.weights
        return (_SHARPNESS * scores).log_softmax(1)
