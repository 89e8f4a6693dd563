"""Networks that read an expression from a small grey face.

A residual network (He et al., CVPR 2016) in two sizes. The light one works at 20x20 and below:
its stem halves the picture, its stages are wide, since at these sizes wide layers cost little time,
and its last stage weighs its channels by the whole picture (Hu et al., "Squeeze-and-excitation
networks", CVPR 2018). Both have two heads: FER2013's seven classes and the eight of FER+; and a
third, valence and arousal, where the faces to learn from have such labels.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from affect_perception.core.errors import ConfigError
from affect_perception.evaluation.affect_scores import DIMENSIONS
from affect_perception.evaluation.datasets.expression_set import EXPRESSIONS, FER2013_CLASSES
from affect_perception.training.residual import convolution

# Mean and spread of FER2013's grey levels in Training, measured over its 28,709 pictures.
MEAN, SPREAD = 129.5, 65.0


@dataclass(frozen=True)
class NetworkConfig:
    """Shape of the network.

    Attributes:
        stem: Channels after the first convolution.
        stem_kernel: Its size, px.
        stem_stride: Its stride: 2 halves the picture at once, which is most of the speed.
        widths: Channels of the stages; each but the first halves the resolution.
        blocks: Residual blocks per stage.
        excite_from: First stage (0, 1, ...) whose blocks weigh their channels; `len(widths)`: none.
        dropout: Share of features left out of the heads while training.
    """

    stem: int = 32
    stem_kernel: int = 5
    stem_stride: int = 2
    widths: tuple[int, ...] = (64, 128, 224)
    blocks: tuple[int, ...] = (1, 2, 2)
    excite_from: int = 2
    dropout: float = 0.3

    def __post_init__(self) -> None:
        if not self.widths or len(self.widths) != len(self.blocks) or min(self.blocks) < 1:
            raise ConfigError("network.widths and network.blocks must be lists of equal length")
        if min(self.stem, self.stem_stride, *self.widths) < 1 or self.stem_kernel % 2 == 0:
            raise ConfigError("network: sizes must be above 0, network.stem_kernel odd")
        if not 0.0 <= self.dropout < 1.0:
            raise ConfigError("network.dropout must be from 0 to below 1")


class ExpressionNet(nn.Module):
    """Faces (n, 1, size, size), grey levels 0..255, to logits (n, 7) and (n, 8).

    Args:
        config: Shape.
        affect: Whether it also gives valence and arousal (n, 2), -1..1.
    """

    def __init__(self, config: NetworkConfig, *, affect: bool = False) -> None:
        super().__init__()
        self.stem = convolution(1, config.stem, config.stem_kernel, config.stem_stride)
        blocks, channels = [], config.stem
        for stage, (width, count) in enumerate(zip(config.widths, config.blocks, strict=True)):
            for number in range(count):
                stride = 2 if number == 0 and stage > 0 else 1
                blocks.append(_Block(channels, width, stride, stage >= config.excite_from))
                channels = width
        self.blocks = nn.Sequential(*blocks)
        self.dropout = nn.Dropout(config.dropout)
        self.seven = nn.Linear(channels, len(FER2013_CLASSES))
        self.eight = nn.Linear(channels, EXPRESSIONS)
        # Made last, so that the other weights begin as they do without it.
        self.affect = nn.Linear(channels, len(DIMENSIONS)) if affect else None

    def forward(self, face: Tensor) -> tuple[Tensor, ...]:
        """Logits of FER2013's seven classes and of the eight expressions; valence and arousal."""
        x = (face.float() - MEAN) / SPREAD
        x = self.blocks(functional.relu(self.stem(x)))
        features = self.dropout(x.mean((2, 3)))
        logits = self.seven(features), self.eight(features)
        if self.affect is None:
            return logits
        return *logits, torch.tanh(self.affect(features))


class _Block(nn.Module):
    """Two 3x3 convolutions beside a way around them that averages where it shrinks."""

    def __init__(self, inputs: int, outputs: int, stride: int, excite: bool) -> None:
        super().__init__()
        self.first = convolution(inputs, outputs, 3, stride)
        self.second = convolution(outputs, outputs, 3, 1)
        self.excite = _Excite(outputs) if excite else nn.Identity()
        around: list[nn.Module] = []
        if stride > 1:
            around.append(nn.AvgPool2d(stride, ceil_mode=True, count_include_pad=False))
        if inputs != outputs:
            around.append(convolution(inputs, outputs, 1, 1))
        self.around = nn.Sequential(*around)

    def forward(self, x: Tensor) -> Tensor:
        y = self.excite(self.second(functional.relu(self.first(x))))
        return functional.relu(y + self.around(x))


class _Excite(nn.Module):
    """Weighs channels by what the whole picture holds."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = max(8, channels // 8)
        self.squeeze = nn.Linear(channels, hidden)
        self.expand = nn.Linear(hidden, channels)

    def forward(self, x: Tensor) -> Tensor:
        weights = self.expand(functional.relu(self.squeeze(x.mean((2, 3)))))
        return x * torch.sigmoid(weights)[:, :, None, None]


def parameters_of(network: nn.Module) -> int:
    """Number of learned numbers."""
    return sum(parameter.numel() for parameter in network.parameters())
