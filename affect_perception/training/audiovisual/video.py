"""A small 3D-convolutional network over the pictures of a clip, and a few steps of learning.

Not trained to a useful state: of RAVDESS's video only one actor was at hand, from which nothing
can be learned about another person. It is here so that the way from the published files to a
gradient is run and tested; no weights of it are shipped and nothing uses it.

Form: three blocks of 3x3x3 convolution, group normalisation and GELU, halving space first and then
time, as C3D does (Tran, Bourdev, Fergus, Torresani, Paluri, "Learning spatiotemporal features with
3D convolutional networks", ICCV 2015), with a thousandth of its parameters; then the mean over
space and time, and one linear layer.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from affect_perception.core.affect_classes import RAVDESS_CLASSES
from affect_perception.core.errors import InputError
from affect_perception.evaluation.datasets.ravdess_video import VideoTake

FRAMES, SIZE = 16, 64
"""Pictures of a clip, and their sides in px."""
WIDTHS = (16, 32, 64)


class VideoBranch(nn.Module):
    """Clips (n, 3, frames, side, side), about 0 with spread 1, to logits (n, classes).

    Args:
        classes: Number of classes.
        widths: Channels of the blocks.
    """

    def __init__(self, classes: int = len(RAVDESS_CLASSES), widths: Sequence[int] = WIDTHS) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        before = 3
        for place, width in enumerate(widths):
            # Time is kept at full rate in the first block: quick movements are short.
            stride = (1 if place == 0 else 2, 2, 2)
            blocks += [
                nn.Conv3d(before, width, 3, stride, padding=1, bias=False),
                nn.GroupNorm(min(8, width), width),
                nn.GELU(),
            ]
            before = width
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(before, classes)

    def vectors(self, clips: Tensor) -> Tensor:
        """One vector (n, widths[-1]) per clip, to be fused with other modalities."""
        return self.blocks(clips).mean(dim=(2, 3, 4))

    def forward(self, clips: Tensor) -> Tensor:
        """Logits (n, classes)."""
        return self.head(self.vectors(clips))


def as_input(pictures: npt.NDArray[np.uint8]) -> Tensor:
    """Pictures (n, frames, side, side, 3) uint8 to what the branch takes.

    Each clip is brought to mean 0 and spread 1 as a whole, so that light and camera do not count
    and movement does.

    Raises:
        InputError: If the shape is another.
    """
    if pictures.ndim != 5 or pictures.shape[-1] != 3:
        raise InputError(f"expected clips (n, frames, side, side, 3), found {pictures.shape}")
    values = torch.from_numpy(np.ascontiguousarray(pictures)).float().permute(0, 4, 1, 2, 3)
    axes = (1, 2, 3, 4)
    spread = values.std(dim=axes, keepdim=True).clamp_min(1.0)
    return (values - values.mean(dim=axes, keepdim=True)) / spread


def load_takes(takes: Sequence[VideoTake]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Pictures (n, FRAMES, SIZE, SIZE, 3) and class numbers (n,) of takes."""
    pictures = np.stack([take.pictures(FRAMES, SIZE) for take in takes])
    classes = [RAVDESS_CLASSES.index(take.name.emotion) for take in takes]
    return pictures, np.array(classes, np.int64)


def learn(
    network: VideoBranch, clips: Tensor, truth: Tensor, *, steps: int, seed: int, batch: int = 8
) -> list[float]:
    """A few steps of AdamW on random batches; the loss before each.

    Args:
        network: Changed in place.
        clips: As from `as_input`.
        truth: (n,) class numbers.
        steps: Number of batches.
        seed: Of their order.
        batch: Clips in each.
    """
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=0.01)
    losses = []
    network.train()
    for _ in range(steps):
        rows = torch.randperm(len(truth), generator=generator)[:batch]
        loss = nn.functional.cross_entropy(network(clips[rows]), truth[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    network.eval()
    return losses
