"""What the eye network reads from normalised eye patches.

The network (trained here, models/cards/eye_network.md) looks at one 60 x 36 patch of
`core.vision.eye_patch` and gives the direction of gaze with its spread, how far the lids are open,
whether the eye is closed, and whether the patch shows an eye that can be read at all. All angles
are in the patch: `NormalisedEye.direction` turns them into the picture's frame and undoes the
mirroring of right eyes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError
from affect_perception.core.network import Network
from affect_perception.core.types import ByteArray
from affect_perception.core.vision.eye_patch import PATCH_HEIGHT, PATCH_WIDTH

# Columns of the three outputs, in the order of the manifest.
YAW, PITCH, LOG_YAW_STD, LOG_PITCH_STD = range(4)
OPENING, LOG_OPENING_STD = range(2)
CLOSED, USABLE = range(2)
# Spreads outside of this range are an artefact of the exponential, rad and iris diameters.
SMALLEST_STD, LARGEST_STD = math.radians(0.5), math.radians(40.0)
_SMALLEST_LOG, _LARGEST_LOG = math.log(SMALLEST_STD), math.log(LARGEST_STD)


@dataclass(frozen=True)
class EyeReading:
    """What one patch shows.

    Attributes:
        yaw: Gaze to the patch's right, rad; 0 looks into the camera.
        pitch: Gaze up, rad.
        yaw_std: One sigma of the yaw as the network judges it itself, rad.
        pitch_std: One sigma of the pitch, rad.
        opening: Gap between the lids in iris diameters; 0 is shut.
        opening_std: One sigma of the opening.
        closed: Probability that the eye is closed, 0..1.
        usable: Probability that the patch shows an eye that can be read (not covered, no glare,
            not a patch of something else), 0..1. A closed eye is usable in this sense.
    """

    yaw: float
    pitch: float
    yaw_std: float
    pitch_std: float
    opening: float
    opening_std: float
    closed: float
    usable: float


class EyeNetwork:
    """Reads patches with a network.

    Args:
        network: Takes `patch` uint8 (n, 1, 36, 60); gives `gaze` (n, 4): yaw, pitch, rad, and the
            natural logarithms of their sigmas; `lid` (n, 2): opening and the logarithm of its
            sigma; `state` (n, 2): logits of closed and of usable.
    """

    def __init__(self, network: Network) -> None:
        self._network = network

    @property
    def name(self) -> str:
        """Name in the model manifest."""
        return self._network.name

    def read(self, patches: Sequence[ByteArray] | ByteArray) -> tuple[EyeReading, ...]:
        """Reads some patches in one run of the network.

        Args:
            patches: uint8, each (36, 60), equalised and mirrored as `eye_patch` cuts them.

        Raises:
            InputError: If a patch has another size or type.
        """
        if len(patches) == 0:
            return ()
        gaze, lid, state = self.outputs(np.asarray(patches))
        rows = zip(gaze.tolist(), lid.tolist(), state.tolist(), strict=True)
        return tuple(_reading(*row) for row in rows)

    def outputs(
        self, patches: ByteArray
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """The raw outputs for a stack of patches (n, 36, 60): gaze, lid, state."""
        if patches.dtype != np.uint8 or patches.shape[1:] != (PATCH_HEIGHT, PATCH_WIDTH):
            raise InputError(
                f"eye patches must be uint8 (n, {PATCH_HEIGHT}, {PATCH_WIDTH}), "
                f"not {patches.dtype} {patches.shape}"
            )
        gaze, lid, state = self._network.run(np.ascontiguousarray(patches[:, None]))
        return gaze, lid, state


def _reading(gaze: list[float], lid: list[float], state: list[float]) -> EyeReading:
    std = _std(gaze[LOG_YAW_STD]), _std(gaze[LOG_PITCH_STD])
    return eye_reading((gaze[YAW], gaze[PITCH]), std, lid, state)


def eye_reading(
    angles: tuple[float, float], std: tuple[float, float], lid: list[float], state: list[float]
) -> EyeReading:
    """What a network says of one patch.

    Args:
        angles: Gaze in the patch, rad.
        std: One sigma of each, rad.
        lid: Opening and the logarithm of its sigma.
        state: Logits of closed and of usable.
    """
    return EyeReading(
        yaw=angles[0],
        pitch=angles[1],
        yaw_std=std[0],
        pitch_std=std[1],
        opening=max(0.0, lid[OPENING]),
        opening_std=_std(lid[LOG_OPENING_STD]),
        closed=probability(state[CLOSED]),
        usable=probability(state[USABLE]),
    )


def _std(logarithm: float) -> float:
    if logarithm != logarithm:
        return LARGEST_STD
    return math.exp(min(max(logarithm, _SMALLEST_LOG), _LARGEST_LOG))


def probability(logit: float) -> float:
    """Of a logit, without overflow."""
    return 1.0 / (1.0 + math.exp(-min(max(logit, -60.0), 60.0)))
