"""By how much the camera is turned against the cabin file, and where the eyes are then.

A gaze that is off may be the person's (eyes differ by some degrees) or the camera's. A turned
camera moves the head too: the pose comes out turned by the same angle, and the place turned about
the camera, by 6 cm for 5 degrees at 0.66 m. To take the angle from the gaze and leave the head
where it seems to be would be wrong then, and worse for everything near the camera than no
correction: gaze and place are wrong together, and near the camera the two errors cancel. So the
turn of the camera is estimated from three things that would all show it, each weighed by how much
it differs between people who sit in a car whose file is right.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.core.driver_baseline.rotate import turn_to

# One sigma between people (yaw, pitch), degrees: of the gaze's own error (spread of the offsets of
# the people in webcam_gaze_faces and of published uncalibrated estimators, 3 to 5 degrees), and of
# how the head is held and the face deviates from the mean face (assumed).
GAZE_STD = (3.0, 5.0)
HEAD_STD = (4.0, 7.0)
# One sigma of the place of the eyes across and up, m: SAE J941 eyellipses give 18 and 28 mm
# (verified against the primary text: no); leaning and a nominal place measured by hand add to it.
PLACE_STD = (0.03, 0.04)
# A camera less far before the eyes does not show a turn in their place, m.
NEAREST_AHEAD = 0.2


@dataclass(frozen=True)
class Evidence:
    """What one thing says about the turn of the camera.

    Attributes:
        yaw: Rad, to the left.
        pitch: Rad, upwards.
        std: One sigma of both between people, rad.
        trust: How far it is known, 0..1.
    """

    yaw: float
    pitch: float
    std: tuple[float, float]
    trust: float


def gaze_evidence(turn: tuple[float, float], trust: float) -> Evidence:
    """From the offset of the gaze."""
    return Evidence(*turn, _radians(GAZE_STD), trust)


def head_evidence(turn: tuple[float, float], trust: float) -> Evidence:
    """From the offset of the head's direction at rest."""
    return Evidence(*turn, _radians(HEAD_STD), trust)


def place_evidence(
    place: npt.NDArray[np.float64] | None, camera: npt.NDArray[np.float64], trust: float
) -> Evidence | None:
    """From where the eyes seem to be, instead of at the origin of the cabin frame.

    Args:
        place: Midpoint between the eyes, cabin frame, m; None if unknown.
        camera: Place of the camera, cabin frame, m.
        trust: How far it is known, 0..1.

    Returns:
        The turn about the camera that would bring the eyes there; None if they are unknown, or if
        the camera does not stand well before them.
    """
    ahead = float(camera[0])
    if place is None or ahead < NEAREST_AHEAD:
        return None
    _, across, up = place.tolist()
    # A turn to the left moves what lies before the camera (at -ahead) to the right, and so on.
    std = (PLACE_STD[0] / ahead, PLACE_STD[1] / ahead)
    return Evidence(-math.atan2(across, ahead), -math.atan2(up, ahead), std, trust)


def camera_turn(found: Iterable[Evidence], mount_std: float) -> tuple[float, float]:
    """The likeliest turn of the camera (yaw, pitch), rad.

    Args:
        found: The evidence.
        mount_std: One sigma of how far cameras are turned against their files, rad; 0: not at all.

    Returns:
        The weighted mean of the evidence, with a camera as in the file as one more.
    """
    if mount_std == 0.0:
        return 0.0, 0.0
    prior = 1.0 / mount_std**2
    yaw = pitch = 0.0
    weight_yaw = weight_pitch = prior
    for item in found:
        share_yaw, share_pitch = item.trust / item.std[0] ** 2, item.trust / item.std[1] ** 2
        yaw, weight_yaw = yaw + share_yaw * item.yaw, weight_yaw + share_yaw
        pitch, weight_pitch = pitch + share_pitch * item.pitch, weight_pitch + share_pitch
    return yaw / weight_yaw, pitch / weight_pitch


def unturned(
    place: tuple[float, float, float],
    camera: npt.NDArray[np.float64],
    turn: tuple[float, float],
) -> tuple[float, float, float]:
    """A place seen by a turned camera, where it really is (cabin frame, m)."""
    x, y, z = (turn_to(*turn).T @ (np.array(place) - camera) + camera).tolist()
    return x, y, z


def _radians(degrees: tuple[float, float]) -> tuple[float, float]:
    return math.radians(degrees[0]), math.radians(degrees[1])
