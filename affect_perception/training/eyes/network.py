"""The eye network: a small residual network with one head per question.

Its gaze head reads the pooled features beside the places of iris, corners and lids that the network
finds itself: those places are learned on many more and more different people than have gaze labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from affect_perception.core.vision.eye_patch import PATCH_HEIGHT, PATCH_WIDTH
from affect_perception.training.eyes.patch_set import POINTS
from affect_perception.training.residual import ResidualBlock, convolution, stages

WIDTHS = (16, 32, 64, 96)
# Blocks whose features the branch for shut eyes reads, and the channels of its own two blocks.
SHARED, BRANCH_WIDTHS = 2, (64, 72)
# The part of the patch that the second view of a first look enlarges: five sixths of each side.
NEAR_ROWS, NEAR_COLUMNS = slice(3, 33), slice(5, 55)
# Mean and spread of the grey levels of an equalised picture.
MEAN, SPREAD = 127.5, 73.6
# px of the patch per unit of the places that the network gives.
POINT_UNIT = 20.0
GAZE, LID, STATE = 4, 2, 2
HIDDEN = 64
# How strongly offsets of single people and turns of views are held at nothing, 1/rad^2.
OFFSET_PENALTY, TURN_PENALTY = 25.0, 0.02
# Channels of the last map that keep their place instead of being averaged.
PLACED = 24


class EyeNet(nn.Module):
    """Patches (n, 1, 36, 60), grey levels 0..255, to gaze, lid, state and points.

    Args:
        widths: Channels of the stages; each but the first halves the resolution.
        dropout: Share of features left out of the heads while training.
    """

    def __init__(self, widths: Sequence[int] = WIDTHS, dropout: float = 0.1) -> None:
        super().__init__()
        self.widths = tuple(widths)
        self.stem = convolution(1, widths[0], 5, 2)
        self.stages = stages(widths[0], widths)
        channels = widths[-1]
        self.placed = convolution(channels, PLACED, 1, 1)
        features = channels + PLACED * _places(len(widths))
        self.dropout = nn.Dropout(dropout)
        self.points = nn.Linear(features, 2 * POINTS)
        self.gaze = _head(features + 2 * POINTS, GAZE)
        self.lid = _head(features + 2 * POINTS, LID)
        self.state = _head(features + 2 * POINTS, STATE)

    def early(self, patch: Tensor) -> Tensor:
        """Features (n, 32, 9, 15) after the blocks that the branch shares."""
        x = (patch.float() - MEAN) / SPREAD
        return self.stages[:SHARED](functional.relu(self.stem(x)))

    def forward(self, patch: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Gaze (n, 4), lid (n, 2), state (n, 2), points (n, 10): see `core.vision.eye_network`.

        Points are x, y from the middle of the patch over `POINT_UNIT`; they serve the training.
        """
        return self.late(self.early(patch))

    def late(self, early: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The outputs from the early features."""
        x = self.stages[SHARED:](early)
        placed = functional.relu(self.placed(x)).flatten(1)
        features = self.dropout(torch.cat([x.mean((2, 3)), placed], 1))
        points = self.points(features)
        joined = torch.cat([features, points], 1)
        return self.gaze(joined), self.lid(joined), self.state(joined), points


class ShutBranch(nn.Module):
    """Early features of an `EyeNet` to whether the eye is shut, with blocks of its own.

    Args:
        inputs: Channels of the early features.
        widths: Channels of its blocks; each halves the resolution.
        dropout: Share of features left out of the heads while training.
    """

    def __init__(
        self, inputs: int, widths: Sequence[int] = BRANCH_WIDTHS, dropout: float = 0.1
    ) -> None:
        super().__init__()
        channels = (inputs, *widths)
        blocks = (ResidualBlock(a, b, 2) for a, b in pairwise(channels))
        self.stages = nn.Sequential(*blocks)
        self.placed = convolution(channels[-1], PLACED, 1, 1)
        features = channels[-1] + PLACED * _places(SHARED + len(widths))
        self.dropout = nn.Dropout(dropout)
        self.points = nn.Linear(features, 2 * POINTS)
        self.lid = _head(features + 2 * POINTS, LID)
        self.shut = _head(features + 2 * POINTS, 1)

    def forward(self, early: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Shut (n, 1), lid (n, 2), points (n, 10); only the first is used at run time.

        Where lids and corners are is learned beside it because it helps.
        """
        x = self.stages(early)
        placed = functional.relu(self.placed(x)).flatten(1)
        features = self.dropout(torch.cat([x.mean((2, 3)), placed], 1))
        points = self.points(features)
        joined = torch.cat([features, points], 1)
        return self.shut(joined), self.lid(joined), points


class FirstLookNet(nn.Module):
    """What looks at single pictures: the early blocks of an `EyeNet` with their branch.

    The mean of two logits: of the patch as it is, and enlarged around its middle. The second shows
    the lids larger, as the zoom of the training does (docs/training.md has what it brings).
    """

    def __init__(self, base: EyeNet, branch: ShutBranch) -> None:
        super().__init__()
        self.stem, self.stages, self.branch = base.stem, base.stages[:SHARED], branch

    def forward(self, patch: Tensor) -> Tensor:
        """Patches (n, 1, 36, 60), grey levels 0..255, to logits (n, 1) of shut eyes."""
        whole = (patch.float() - MEAN) / SPREAD
        middle = whole[:, :, NEAR_ROWS, NEAR_COLUMNS]
        near = functional.interpolate(
            middle, size=(PATCH_HEIGHT, PATCH_WIDTH), mode="bilinear", align_corners=False
        )
        return 0.5 * (self._logit(whole) + self._logit(near))

    def _logit(self, x: Tensor) -> Tensor:
        shut: Tensor = self.branch(self.stages(functional.relu(self.stem(x))))[0]
        return shut


def _places(halvings: int) -> int:
    """Places of a patch's map after the stem and so many blocks."""
    shrink = 2**halvings
    return -(-PATCH_HEIGHT // shrink) * -(-PATCH_WIDTH // shrink)


def _head(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, outputs))


class LabelFrames(nn.Module):
    """What turns gaze labels into the frame of the patch: learned, and not part of the network.

    Labels of a data set may stand in another frame than the patch (a screen's). Each view (camera
    and eye) gets a small rotation; each person and view a further offset, kept small by a penalty:
    that of the person's own visual axis and of where the patch was cut. Without that offset the
    network would learn to tell people apart in order to know it (Chen and Shi, "Offset calibration
    for appearance-based gaze estimation via gaze decomposition", WACV 2020).

    Args:
        views: Number of views.
        subjects: Number of persons.
    """

    def __init__(self, views: int, subjects: int) -> None:
        super().__init__()
        self.turns = nn.Parameter(torch.zeros(views, 3))
        self.offsets = nn.Parameter(torch.zeros(subjects, views, 2))

    def rotations(self) -> Tensor:
        """(views, 3, 3) from the frame of the labels to that of the patch."""
        x, y, z = self.turns.unbind(1)
        zero = torch.zeros_like(x)
        skew = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], 1).view(-1, 3, 3)
        return torch.linalg.matrix_exp(skew)

    def forward(self, gaze: Tensor, views: Tensor, subjects: Tensor) -> Tensor:
        """Labels (n, 2) as unit vectors (n, 3) in the patch: x right, y up, z to the camera."""
        # bfloat16 is for the network: a label turned in it is off by a tenth of a degree.
        with torch.autocast(gaze.device.type, enabled=False):
            turned = directions(gaze + self.offsets[subjects, views])
            return torch.einsum("bij,bj->bi", self.rotations()[views], turned)

    def penalty(self) -> Tensor:
        """What keeps offsets small, and the turns from drifting together."""
        small = OFFSET_PENALTY * self.offsets.square().sum(2).mean()
        return small + TURN_PENALTY * self.turns.square().mean()


def directions(angles: Tensor) -> Tensor:
    """Unit vectors (n, 3) of yaw, pitch (n, 2)."""
    yaw, pitch = angles.unbind(1)
    flat = torch.cos(pitch)
    return torch.stack([flat * torch.sin(yaw), torch.sin(pitch), flat * torch.cos(yaw)], 1)


def angles(vectors: Tensor) -> Tensor:
    """Yaw, pitch (n, 2) of unit vectors (n, 3)."""
    x, y, z = vectors.unbind(1)
    return torch.stack([torch.atan2(x, z), torch.asin(y.clamp(-0.9999, 0.9999))], 1)
