"""The speech-emotion network: what a sentence sounds like against what the speaker sounds like.

A small residual network (He et al., CVPR 2016) reads the log-mel picture of a sentence, attentive
statistics (Okabe, Koshinaka, Shinoda, Interspeech 2018) make one vector of it, and the head judges
that vector beside its difference from the mean vector of the speaker's earlier sentences. The mean
starts at a learned vector that counts like `START_SENTENCES` sentences, so that a speaker who has
said nothing yet is judged too.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from affect_perception.core.affect_classes import RAVDESS_CLASSES
from affect_perception.core.voice.emotion import OWN_VECTOR, VECTOR
from affect_perception.core.voice.log_mel import BANDS, band_edges_hz, hz_of_mel, mel_of_hz
from affect_perception.core.voice.prosody import STATISTICS
from affect_perception.core.voice.speaker_normal import (
    HIGHEST,
    LOWEST,
    SPREAD,
    START_FRAMES,
    START_SENTENCES,
)
from affect_perception.training.residual import convolution, stages
from affect_perception.training.voice.prosody_judge import ProsodyJudge

PROSODY_STRANGER, PROSODY_KNOWN = 1.0, 0.75
"""What the statistics count like beside the networks, for a stranger and after a long past."""
# A little above 0.9: torch and ONNX Runtime round 0.9 of a length differently.
TRACTS, SPEEDS = (1.0, 0.94, 1.06), (0.9001, 1.1)
"""How a sentence is looked at: with all frequencies moved by these factors, and pressed or drawn
out to these lengths. The mean of the five counts. docs/voice.md has what others bring."""
# Channels between the attention's two layers.
_ATTENTION = 64
# Keeps the square root of the variance away from its infinite slope at nothing.
_EPSILON = 1e-4


class VoiceNet(nn.Module):
    """Normalised log-mel (n, 1, BANDS, frames) to the vector of a sentence, and on to classes.

    Args:
        widths: Channels of the stages; the stem halves frames and bands, each later stage again.
        dropout: Share left out of pooled features and head while training.
    """

    def __init__(self, widths: Sequence[int], dropout: float = 0.3) -> None:
        super().__init__()
        self.stem = convolution(1, widths[0], 5, 2)
        self.stages = stages(widths[0], widths)
        channels = widths[-1]
        self.shrink = 2 ** len(widths)
        rows = -(-BANDS // self.shrink)
        self.joined = nn.Sequential(
            nn.Conv1d(channels * rows, 2 * OWN_VECTOR, 1, bias=False),
            nn.BatchNorm1d(2 * OWN_VECTOR),
        )
        self.attention = nn.Sequential(
            nn.Conv1d(2 * OWN_VECTOR, _ATTENTION, 1),
            nn.Tanh(),
            nn.Conv1d(_ATTENTION, 2 * OWN_VECTOR, 1),
        )
        self.vector = nn.Sequential(
            nn.Linear(4 * OWN_VECTOR, OWN_VECTOR), nn.BatchNorm1d(OWN_VECTOR)
        )
        self.dropout = nn.Dropout(dropout)
        self.start = nn.Parameter(torch.zeros(OWN_VECTOR))
        self.head = nn.Linear(2 * OWN_VECTOR, len(RAVDESS_CLASSES))
        self.spectrum: Tensor
        self.register_buffer("spectrum", torch.zeros(BANDS))

    def forward(self, sound: Tensor, frames: Tensor | None = None) -> Tensor:
        """Vectors (n, OWN_VECTOR) of sentences.

        Args:
            sound: (n, 1, BANDS, k) normalised features.
            frames: (n,) how many of the k are valid; None if all are.
        """
        x = self.stages(functional.relu(self.stem(sound)))
        x = functional.relu(self.joined(x.flatten(1, 2)))
        weight = self.attention(x).float()
        x = x.float()
        if frames is not None:
            places = torch.arange(x.shape[2], device=x.device)[None, None]
            weight = weight.masked_fill(places * self.shrink >= frames[:, None, None], -1e4)
        weight = weight.softmax(2)
        mean = (weight * x).sum(2)
        variance = (weight * (x - mean[:, :, None]).square()).sum(2)
        pooled = torch.cat([mean, (variance + _EPSILON).sqrt()], 1)
        return self.vector(self.dropout(pooled))

    def judge(self, vectors: Tensor, earlier: Tensor, count: Tensor) -> Tensor:
        """Logits (n, 8).

        Args:
            vectors: (n, OWN_VECTOR) of the sentences.
            earlier: (n, OWN_VECTOR) sum of the vectors of the speaker's earlier sentences.
            count: (n, 1) how many these are.
        """
        usual = (self.start * START_SENTENCES + earlier) / (START_SENTENCES + count)
        return self.head(self.dropout(torch.cat([vectors, vectors - usual], 1)))


class ExportedVoiceNet(nn.Module):
    """The networks as they are exported: a sentence and the speaker's past in, probabilities out.

    The shares of the networks (their geometric mean) and of the statistics are multiplied (a
    product of experts). A network looks at the sentence five times (`TRACTS`, `SPEEDS`): what it
    says of a voice should not hang on how long that person's vocal tract is.

    Args:
        networks: The trained networks.
        judge: What the statistics say.
        temperature: What the logarithms of all together are divided by.
    """

    def __init__(
        self, networks: Sequence[nn.Module], judge: ProsodyJudge, temperature: float = 1.0
    ) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)
        self.judge = judge
        self.temperature = temperature
        self.moved: Tensor
        self.register_buffer("moved", torch.stack([_moved_bands(factor) for factor in TRACTS]))

    def forward(
        self,
        frames: Tensor,
        spectrum: Tensor,
        heard: Tensor,
        usual: Tensor,
        sentences: Tensor,
        prosody: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Probabilities (1, 8) and vector (1, VECTOR) of one sentence.

        Args:
            frames: (k, BANDS) log-mel of the sentence.
            spectrum: (1, BANDS) mean log-mel of the speaker's earlier sentences.
            heard: (1, 1) frames of these.
            usual: (1, VECTOR) mean vector of these.
            sentences: (1, 1) how many these are.
            prosody: (1, STATISTICS) of the sentence.
        """
        *pasts, known = (usual * sentences).split(
            [OWN_VECTOR] * len(self.networks) + [STATISTICS], dim=1
        )
        parts, said = [], []
        for network, past in zip(self.networks, pasts, strict=True):
            total = spectrum * heard + frames.sum(0) + network.spectrum * START_FRAMES
            mean = total / (heard + frames.shape[0] + START_FRAMES)
            sound = ((frames - mean) / SPREAD).clamp(LOWEST, HIGHEST)
            vectors = self._looks(network, sound)
            said.append(network.judge(vectors, past, sentences).log_softmax(1).mean(0))
            parts.append(vectors.mean(0).reshape(1, OWN_VECTOR))
        statistics = self.judge.filled(prosody)
        strange = START_SENTENCES / (START_SENTENCES + sentences)
        weight = PROSODY_KNOWN + (PROSODY_STRANGER - PROSODY_KNOWN) * strange
        sounds = torch.stack(said).mean(0)
        logits = (sounds + weight * self.judge(statistics, known, sentences)) / self.temperature
        # Fixed sizes, as the manifest says them.
        vector = torch.cat([*parts, statistics], 1)
        return logits.softmax(1).reshape(1, len(RAVDESS_CLASSES)), vector.reshape(1, VECTOR)

    def _looks(self, network: nn.Module, sound: Tensor) -> Tensor:
        """Vectors (5, OWN_VECTOR) of normalised frames (k, BANDS)."""
        tracts = network((self.moved @ sound.T)[:, None])
        others = [
            functional.interpolate(sound.T[None], scale_factor=factor, mode="linear")
            for factor in SPEEDS
        ]
        return torch.cat([tracts, *(network(other[None]) for other in others)])


def _moved_bands(factor: float) -> Tensor:
    """(BANDS, BANDS) that gives each band what is heard at `factor` times its frequency."""
    mel = mel_of_hz(band_edges_hz())
    first, step = mel[1], mel[1] - mel[0]
    place = (mel_of_hz(hz_of_mel(mel[1:-1]) * factor) - first) / step
    place = np.clip(place, 0.0, BANDS - 1.0)
    below = np.minimum(np.floor(place).astype(np.int64), BANDS - 2)
    rows = np.arange(BANDS)
    moved = np.zeros((BANDS, BANDS), np.float32)
    moved[rows, below] = 1.0 - (place - below)
    moved[rows, below + 1] = place - below
    return torch.from_numpy(moved)
