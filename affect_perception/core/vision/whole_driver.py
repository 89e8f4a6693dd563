"""Both eyes and the head of one picture looked at together by the driver network.

The network also takes the face. It is left out here: it was learned from drawn faces alone, and
with it the gaze of drawn and of photographed people is worse (docs/driver_network.md).
"""

from __future__ import annotations

import math

import numpy as np

from affect_perception.core.network import Network
from affect_perception.core.types import RigidTransform
from affect_perception.core.vision.driver_network import DriverNetwork, Floats
from affect_perception.core.vision.eye_network import LARGEST_STD, eye_reading
from affect_perception.core.vision.eye_patch import NormalisedEye, angles_in_patch
from affect_perception.core.vision.eye_reader import (
    NOT_LOOKED,
    SMALLEST_INSIDE,
    EyeLook,
    EyeLooks,
    gaze_direction,
)
from affect_perception.core.vision.geometry import Vector, vector_of

# As for the eye network (`core.vision.eye_reader`): what the network says of people who look into
# the camera (medians over 518 pictures of helen_afw_landmarks), rad, outwards and up; and how much
# of the head's turn is missing in what it says of people who look where the head points (242 of
# pointing04): it says 0.60 of the yaw and 0.64 of the pitch. `train driver` writes both.
ZERO_YAW, ZERO_PITCH = math.radians(6.4), math.radians(2.8)
HEAD_YAW_MISSING, HEAD_PITCH_MISSING = 0.40, 0.36
# Both looks come from one map: taken for two, each must count half.
_SHARED = math.sqrt(2.0)


class WholeDriver:
    """Looks at both eyes and the head together: one direction of gaze for both eyes.

    Args:
        network: The driver network (`core.vision.driver_network`).
    """

    def __init__(self, network: Network) -> None:
        self._network = DriverNetwork(network)

    def look(self, pair: tuple[NormalisedEye, NormalisedEye], head: RigidTransform) -> EyeLooks:
        """See `core.vision.eye_reader.PairJudge`."""
        right, left = pair
        # The map stands in the frame of the first eye: the left one, unless it is out of sight.
        first, second = (left, right) if left.inside >= SMALLEST_INSIDE else (right, left)
        there = first.inside >= SMALLEST_INSIDE, second.inside >= SMALLEST_INSIDE
        if not there[0]:
            return NOT_LOOKED
        found = self._network.read(
            np.stack([first.patch, second.patch]), None, head_in_patch(first, head), there
        )
        direction = gaze_direction(
            first,
            found.yaw - ZERO_YAW,
            found.pitch - ZERO_PITCH,
            vector_of(head.rotation[:, 0]),
            (HEAD_YAW_MISSING, HEAD_PITCH_MISSING),
        )
        factor = _SHARED if all(there) else 1.0
        std = tuple(min(factor * s, LARGEST_STD) for s in (found.yaw_std, found.pitch_std))
        looks = [
            _look_of(eye, direction, (std[0], std[1]), found.lids[i], found.states[i])
            if there[i]
            else None
            for i, eye in enumerate((first, second))
        ]
        return (looks[1], looks[0]) if first is left else (looks[0], looks[1])


def head_in_patch(eye: NormalisedEye, head: RigidTransform) -> Floats:
    """(6,) forward and up of the head in the frame of a patch: right, up, to the camera."""
    side = np.array([-1.0 if eye.mirrored else 1.0, -1.0, -1.0])
    axes = np.array(eye.axes) @ head.rotation[:, [0, 2]]
    return np.asarray((side[:, None] * axes).T.ravel(), np.float32)


def _look_of(
    eye: NormalisedEye,
    direction: Vector,
    std: tuple[float, float],
    lid: list[float],
    state: list[float],
) -> EyeLook:
    angles = angles_in_patch(direction, eye.axes, mirrored=eye.mirrored)
    return EyeLook(eye_reading(angles, std, lid, state), direction)
