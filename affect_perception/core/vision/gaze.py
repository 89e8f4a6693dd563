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

import numpy as np

from affect_perception.core.config import EyeConfig, GazeConfig
from affect_perception.core.enums import GazeSource
from affect_perception.core.types import (
    CameraIntrinsics,
    EyeObservation,
    FloatArray,
    GazeObservation,
    HeadPose,
    RigidTransform,
)
from affect_perception.core.vision.eyes import HALF_PUPIL_DISTANCE, LEFT, RIGHT, EyeTopology
from affect_perception.core.vision.face_shape import FACE_SHAPE
from affect_perception.core.vision.geometry import Float64Array, direction_angles, rays_of

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

_SHAPE = {row[0]: np.array(row[1:4]) * 1e-3 for row in FACE_SHAPE}


class GazeEstimator:
    """Combines both eyes, or lets the head direction stand in; keeps no state."""

    def __init__(self, config: GazeConfig, eyes: EyeConfig) -> None:
        self._config = config
        self._closed_below = eyes.closed_below

    def estimate(
        self,
        points: FloatArray,
        head: HeadPose,
        left: EyeObservation,
        right: EyeObservation,
        intrinsics: CameraIntrinsics,
        camera: RigidTransform,
    ) -> GazeObservation:
        """Gaze in the cabin frame.

        Args:
            points: (478, 3) landmarks, px.
            head: Head pose.
            left: The person's left eye.
            right: The person's right eye.
            intrinsics: Camera.
            camera: Optical frame to cabin frame.
        """
        seen = []
        for topology, observation in ((RIGHT, right), (LEFT, left)):
            if not observation.usable or observation.openness < self._closed_below:
                continue
            direction = eye_direction(topology, points, head, intrinsics)
            angles = self._in_head(topology, head.in_camera.rotation.T @ direction)
            if angles is not None:
                seen.append((angles, self._eye_std(observation)))
        if not seen:
            return self._from_head(head)
        weights = np.array([1.0 / std**2 for _, std in seen])
        turn = weights @ np.array([angles for angles, _ in seen]) / weights.sum()
        in_head = _unit(float(turn[0]), float(turn[1]))
        direction = camera.rotation @ head.in_camera.rotation @ in_head
        common = math.sqrt(1.0 / float(weights.sum()))
        yaw_std = math.hypot(common, math.radians(self._config.yaw_std_deg))
        pitch_std = math.hypot(
            common * self._config.vertical_gain, math.radians(self._config.pitch_std_deg)
        )
        return _observation(GazeSource.EYES, head, direction, (yaw_std, pitch_std))

    def _in_head(self, eye: EyeTopology, direction: Float64Array) -> tuple[float, float] | None:
        """Turn of an eye in the head (yaw, pitch), or None if no eye turns so far."""
        yaw, pitch = direction_angles(direction)
        yaw -= eye.side * KAPPA
        pitch -= math.radians(self._config.vertical_zero_deg)
        pitch *= self._config.vertical_gain
        if math.hypot(yaw, pitch) > FARTHEST_TURN:
            return None
        return yaw, pitch

    def _eye_std(self, eye: EyeObservation) -> float:
        """One sigma of a single eye apart from what both share, rad."""
        diameter_px = 2.0 * eye.iris_radius_px
        noise = math.hypot(IRIS_NOISE, IRIS_NOISE_PX / diameter_px) * 0.0117 / PUPIL_TO_CENTRE
        return math.hypot(noise, math.radians(self._config.eye_std_deg)) / max(
            math.sqrt(eye.quality), 0.2
        )

    def _from_head(self, head: HeadPose) -> GazeObservation:
        yaw_std = math.hypot(head.std[0], math.radians(self._config.head_yaw_std_deg))
        pitch_std = math.hypot(head.std[1], math.radians(self._config.head_pitch_std_deg))
        return _observation(
            GazeSource.HEAD, head, head.in_cabin.rotation[:, 0], (yaw_std, pitch_std)
        )


def eye_direction(
    eye: EyeTopology, points: FloatArray, head: HeadPose, intrinsics: CameraIntrinsics
) -> Float64Array:
    """Unit vector from the centre of rotation to the pupil, optical frame."""
    indices = [eye.iris[0], *eye.corners]
    rays = rays_of(points[indices, :2].astype(np.float64), intrinsics)
    pose = head.in_camera
    centre = pose.apply(np.array([-CENTRE_BEHIND_LIDS, eye.side * HALF_PUPIL_DISTANCE, 0.0]))
    corners = pose.apply(np.stack([_SHAPE[corner] for corner in eye.corners]))
    shift = (rays[1:] - corners[:, :2] / corners[:, 2:]).mean(axis=0)
    centre[:2] += shift * centre[2]
    sight = np.array([rays[0, 0], rays[0, 1], 1.0])
    sight /= np.linalg.norm(sight)
    along = float(sight @ centre)
    # Beside the sphere the nearest point of the ray stands in: the eye is turned as far as can be.
    inside = max(0.0, along**2 - float(centre @ centre) + PUPIL_TO_CENTRE**2)
    direction = sight * (along - math.sqrt(inside)) - centre
    return np.asarray(direction / np.linalg.norm(direction))


def _unit(yaw: float, pitch: float) -> Float64Array:
    flat = math.cos(pitch)
    return np.array([flat * math.cos(yaw), flat * math.sin(yaw), math.sin(pitch)])


def _observation(
    source: GazeSource, head: HeadPose, direction: Float64Array, std: tuple[float, float]
) -> GazeObservation:
    origin = head.in_cabin.translation
    yaw, pitch = direction_angles(direction)
    return GazeObservation(
        source=source,
        origin=(float(origin[0]), float(origin[1]), float(origin[2])),
        direction=(float(direction[0]), float(direction[1]), float(direction[2])),
        yaw=yaw,
        pitch=pitch,
        std=std,
    )
