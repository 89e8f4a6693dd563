"""Direction of gaze from the irises, the eyeballs and the head.

Each eyeball is a sphere at a fixed place in the head. The ray through the iris centre meets the
sphere on which iris centres move; the line from the eyeball's centre of rotation to that point is
the direction of the eye. The place of the eyeball is tied to the two corners of its eye as seen in
the picture, so that what the head fit leaves over does not move the eyeball.

Sources of the numbers: the pupil lies about 10.4 mm before the centre of rotation (13.5 mm from
cornea to centre, Fry and Hill, Am. J. Optom. 39, 1962, less 3.1 mm from cornea to entrance pupil,
Atchison and Smith, "Optics of the human eye", 2000). How deep the centre lies behind the lid
contour is fitted to 1,196 portraits whose owners look at the camera with heads turned to all sides:
the gaze must not turn with the head.
"""

from __future__ import annotations

import math

from affect_perception.core.config import EyeConfig, GazeConfig
from affect_perception.core.enums import GazeSource
from affect_perception.core.filters import OneEuroFilter
from affect_perception.core.types import EyeObservation, GazeObservation, HeadPose
from affect_perception.core.vision.eye_reader import NOT_LOOKED, EyeLooks
from affect_perception.core.vision.eyes import (
    HALF_PUPIL_DISTANCE,
    IRIS_DIAMETER,
    LEFT,
    RIGHT,
    EyeTopology,
    FaceRays,
    lid_heights,
)
from affect_perception.core.vision.face_shape import FACE_SHAPE
from affect_perception.core.vision.geometry import (
    HeadFrame,
    Vector,
    direction_angles,
    dot,
    unit_direction,
)
from affect_perception.core.vision.lid_follow import LidFollow

PUPIL_TO_CENTRE = 0.0104
CENTRE_BEHIND_LIDS = 0.0095
# The line through pupil and centre of rotation points outwards from where the eye looks (angle
# kappa); the textbook value is 5 degrees, the landmarks of the portraits show this much.
KAPPA = math.radians(1.9)
# Noise of the iris centre in iris diameters (portraits, clips).
IRIS_NOISE = 0.02
IRIS_NOISE_PX = 0.2
# The farthest an eye turns in the head: about 50 degrees (Guitton and Volle, J. Neurophysiol. 58,
# 1987); beyond it the iris was misplaced.
FARTHEST_TURN = math.radians(55.0)

_SHAPE = {index: (x * 1e-3, y * 1e-3, z * 1e-3) for index, x, y, z, _ in FACE_SHAPE}


class GazeEstimator:
    """Combines both eyes, or lets the head direction stand in."""

    def __init__(self, config: GazeConfig, eyes: EyeConfig) -> None:
        self._config = config
        self._closed_below = eyes.closed_below
        self._zero = math.radians(config.vertical_zero_deg)
        self._floor = math.radians(config.yaw_std_deg), math.radians(config.pitch_std_deg)
        self._filter = OneEuroFilter(config.min_cutoff, config.beta)
        self._lids = {eye.side: LidFollow() for eye in (RIGHT, LEFT)}

    def reset(self, *, new_driver: bool = True) -> None:
        """Starts the smoothing afresh, and with a new driver the resting place of the lids too."""
        self._filter.reset()
        if new_driver:
            for lid in self._lids.values():
                lid.reset()

    def estimate(
        self,
        rays: FaceRays,
        head: HeadPose,
        frame: HeadFrame,
        left: EyeObservation,
        right: EyeObservation,
        elapsed: float,
        looks: EyeLooks = NOT_LOOKED,
    ) -> GazeObservation:
        """Gaze in the cabin frame.

        Args:
            rays: Landmarks as undistorted image positions.
            head: Head pose.
            frame: The same in the optical frame, in plain floats.
            left: The person's left eye.
            right: The person's right eye.
            elapsed: Time since the last picture of this face, s.
            looks: What the eye network says of the right and the left eye.
        """
        yaw = pitch = weight = 0.0
        for eye, observation in ((RIGHT, right), (LEFT, left)):
            if not observation.usable or observation.openness < self._closed_below:
                continue
            turn = self._turn_in_head(eye, frame.into_head(eye_direction(eye, rays, frame)))
            if turn is None:
                continue
            distance = frame.place(0.0, eye.side * HALF_PUPIL_DISTANCE, 0.0)[2]
            upper, _ = lid_heights(eye, rays, frame, distance)
            lift = self._lids[eye.side].turn(upper, observation.openness, elapsed)
            turn = (turn[0], turn[1] + lift)
            share = 1.0 / self._eye_variance(observation)
            yaw, pitch, weight = yaw + share * turn[0], pitch + share * turn[1], weight + share
        if weight == 0.0:
            self._filter.reset()
            return self._from_head(head)
        yaw, pitch = self._filter.step((yaw / weight, pitch / weight), elapsed)
        x, y, z = head.in_cabin.rotation @ unit_direction(yaw, pitch)
        common = math.sqrt(1.0 / weight)
        std = (
            math.hypot(common, self._floor[0]),
            math.hypot(common * self._config.vertical_gain, self._floor[1]),
        )
        return _observation(GazeSource.EYES, head, (float(x), float(y), float(z)), std)

    def _turn_in_head(self, eye: EyeTopology, direction: Vector) -> tuple[float, float] | None:
        """Turn of an eye in the head (yaw, pitch), or None if no eye turns so far."""
        yaw, pitch = direction_angles(direction)
        yaw = (yaw - eye.side * KAPPA) * self._config.horizontal_gain
        pitch = (pitch - self._zero) * self._config.vertical_gain
        if math.hypot(yaw, pitch) > FARTHEST_TURN:
            return None
        return yaw, pitch

    def _eye_variance(self, eye: EyeObservation) -> float:
        """Variance of a single eye apart from what both share, rad^2."""
        noise = math.hypot(IRIS_NOISE, IRIS_NOISE_PX / (2.0 * eye.iris_radius_px))
        noise *= IRIS_DIAMETER / PUPIL_TO_CENTRE
        base = math.radians(self._config.eye_std_deg)
        return (noise**2 + base**2) / max(eye.quality, 0.04)

    def _from_head(self, head: HeadPose) -> GazeObservation:
        std = (
            math.hypot(head.std[0], math.radians(self._config.head_yaw_std_deg)),
            math.hypot(head.std[1], math.radians(self._config.head_pitch_std_deg)),
        )
        x, y, z = head.in_cabin.rotation[:, 0].tolist()
        return _observation(GazeSource.HEAD, head, (x, y, z), std)


def eye_direction(eye: EyeTopology, rays: FaceRays, head: HeadFrame) -> Vector:
    """Unit vector from the centre of rotation to the pupil, optical frame."""
    cx, cy, cz = head.place(-CENTRE_BEHIND_LIDS, eye.side * HALF_PUPIL_DISTANCE, 0.0)
    for index in eye.corners:
        x, y, z = head.place(*_SHAPE[index])
        seen = rays.at(index)
        cx += 0.5 * (seen[0] - x / z) * cz
        cy += 0.5 * (seen[1] - y / z) * cz
    centre = (cx, cy, cz)
    x, y = rays.at(eye.iris)
    norm = math.sqrt(x * x + y * y + 1.0)
    sight = (x / norm, y / norm, 1.0 / norm)
    along = dot(sight, centre)
    # Beside the sphere the nearest point of the ray stands in: the eye is turned as far as can be.
    inside = max(0.0, along * along - dot(centre, centre) + PUPIL_TO_CENTRE**2)
    reach = along - math.sqrt(inside)
    gx, gy, gz = sight[0] * reach - cx, sight[1] * reach - cy, sight[2] * reach - cz
    length = math.sqrt(gx * gx + gy * gy + gz * gz)
    return gx / length, gy / length, gz / length


def _observation(
    source: GazeSource, head: HeadPose, direction: Vector, std: tuple[float, float]
) -> GazeObservation:
    x, y, z = head.in_cabin.translation.tolist()
    yaw, pitch = direction_angles(direction)
    return GazeObservation(source, (x, y, z), direction, yaw, pitch, std)
