"""The building blocks that the convolutional networks trained here share."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional


def convolution(inputs: int, outputs: int, kernel: int, stride: int) -> nn.Sequential:
    """A convolution that keeps the size (but for its stride), with its normalisation."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
    )


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions beside a way around them (He et al., CVPR 2016).

    Args:
        inputs: Channels before.
        outputs: Channels after.
        stride: Of the first convolution and of the way around.
    """

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = convolution(inputs, outputs, 3, stride)
        self.second = convolution(outputs, outputs, 3, 1)
        same = inputs == outputs and stride == 1
        self.around = nn.Identity() if same else convolution(inputs, outputs, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Features (n, inputs, h, w) to (n, outputs, h / stride, w / stride)."""
        y = self.second(functional.relu(self.first(x)))
        return functional.relu(y + self.around(x))


def stages(channels: int, widths: Sequence[int]) -> nn.Sequential:
    """One block per width; each but the first halves the resolution."""
    blocks = []
    for number, width in enumerate(widths):
        blocks.append(ResidualBlock(channels, width, 1 if number == 0 else 2))
        channels = width
    return nn.Sequential(*blocks)
