"""The audio-visual network: linear heads on a clip alone, and relative to the person's past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from affect_perception.evaluation.audiovisual.features import FACE, FEATURES, VOICE
from affect_perception.evaluation.audiovisual.judge import WAYS
from affect_perception.training.audiovisual.canonical import Canonical

Array = npt.NDArray[np.float64]

PARTS = (VOICE, FACE, slice(0, FEATURES))
"""What the three heads read: voice, face, both (early fusion)."""


@dataclass(frozen=True)
class Usual:
    """Where what is usual for a person starts, per feature.

    Attributes:
        mean: Of the training people's clips.
        spread: One sigma of the same.
        clips: Number of clips that `mean` counts like.
        spread_clips: Number of clips that `spread` counts like.
    """

    mean: Array
    spread: Array
    clips: Array
    spread_clips: float


@dataclass(frozen=True)
class Head:
    """softmax(features @ weights + bias)."""

    weights: Array
    bias: Array


class AudiovisualNet(nn.Module):
    """Judges clips; see `evaluation.audiovisual.judge` for inputs and outputs.

    Args:
        usual: What is usual for anybody.
        alone: Heads of a clip by itself, one per part, on features in units of `usual`.
        relative: Heads of a clip relative to the person's past, one per part.
        temperatures: (2, ways): what the logarithms of alone and relative are divided by.
        matched: Canonical directions of a clip by itself, and relative to the past.
    """

    def __init__(
        self,
        usual: Usual,
        alone: tuple[Head, ...] = (),
        relative: tuple[Head, ...] = (),
        temperatures: Array | None = None,
        matched: Sequence[Canonical] = (),
    ) -> None:
        super().__init__()
        self.canonical = nn.ModuleList(_Matched(one) for one in matched)
        self.spread_clips = usual.spread_clips
        for name in ("mean", "spread", "clips"):
            self.register_buffer(name, _tensor(getattr(usual, name)))
        heat = np.ones((2, len(WAYS))) if temperatures is None else temperatures
        self.register_buffer("temperatures", _tensor(heat))
        self.alone = nn.ModuleList(_linear(head) for head in alone)
        self.relative = nn.ModuleList(_linear(head) for head in relative)

    def scaled(self, features: Tensor) -> Tensor:
        """Features (n, FEATURES) in units of the training people; 0 where unknown."""
        there = torch.isfinite(features)
        return torch.where(there, (features - self.mean) / self.spread, torch.zeros_like(features))

    def compared(self, features: Tensor, mean: Tensor, variance: Tensor, counts: Tensor) -> Tensor:
        """Features (n, FEATURES) relative to the person's clips so far; 0 where unknown.

        The person's mean is drawn towards that of the training people as if they had been heard
        for `clips` clips, the person's spread as for `spread_clips`.
        """
        usual = (mean - self.mean) / self.spread
        centre = counts * usual / (counts + self.clips)
        squares = counts * (variance / self.spread**2 + (usual - centre) ** 2)
        spread = torch.sqrt((self.spread_clips + squares) / (self.spread_clips + counts))
        found = ((features - self.mean) / self.spread - centre) / spread
        return torch.where(torch.isfinite(features), found, torch.zeros_like(found))

    def forward(
        self, features: Tensor, mean: Tensor, variance: Tensor, counts: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Probabilities (n, ways, classes) of each clip alone, and relative to the past.

        And what voice and face have in common, (n, 2, 3, pairs): alone and relative; the number of
        the voice, that of the face, and the correlation of each pair.
        """
        scaled = self.scaled(features)
        compared = self.compared(features, mean, variance, counts)
        pairs = [one(rows) for one, rows in zip(self.canonical, (scaled, compared), strict=True)]
        return (
            self._ways(self.alone, scaled, self.temperatures[0]),
            self._ways(self.relative, compared, self.temperatures[1]),
            torch.stack(pairs, dim=1),
        )

    def _ways(self, heads: nn.ModuleList, rows: Tensor, temperatures: Tensor) -> Tensor:
        voice, face, early = (
            torch.log_softmax(head(rows[:, part]), dim=-1)
            for head, part in zip(heads, PARTS, strict=True)
        )
        late = voice + face
        ways = torch.stack([voice, face, late, early, late + early], dim=1)
        return torch.softmax(ways / temperatures[None, :, None], dim=-1)


class _Matched(nn.Module):
    """Rows (n, FEATURES) to (n, 3, pairs): numbers of voice and face, and their correlations."""

    def __init__(self, canonical: Canonical) -> None:
        super().__init__()
        self.voice = _linear(Head(canonical.voice, canonical.voice_bias))
        self.face = _linear(Head(canonical.face, canonical.face_bias))
        self.register_buffer("strength", _tensor(canonical.strength))

    def forward(self, rows: Tensor) -> Tensor:
        heard, seen = self.voice(rows[:, VOICE]), self.face(rows[:, FACE])
        return torch.stack([heard, seen, self.strength.expand_as(heard)], dim=1)


class TorchNetwork:
    """A `core.network.Network` made of the module."""

    def __init__(self, module: AudiovisualNet) -> None:
        self._module = module.eval()

    @property
    def name(self) -> str:
        """Name in the manifest."""
        return "audiovisual_emotion"

    @torch.no_grad()
    def run(self, *inputs: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float32], ...]:
        """Runs the module as the exported network would be."""
        return tuple(o.numpy() for o in self._module(*(torch.from_numpy(a) for a in inputs)))


def _tensor(values: Array) -> Tensor:
    return torch.from_numpy(np.asarray(values, np.float32))


def _linear(head: Head) -> nn.Linear:
    layer = nn.Linear(*head.weights.shape)
    with torch.no_grad():
        layer.weight.copy_(_tensor(head.weights.T))
        layer.bias.copy_(_tensor(head.bias))
    return layer
