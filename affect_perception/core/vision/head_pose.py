"""Head pose from the face mesh: a robust fit of the mean face shape to the landmarks.

The mesh network gives a 3-D face as if seen from far away along the ray through its crop. So the
mean shape is laid over it by a similarity fit in that ray's own frame (Umeyama, "Least-squares
estimation of transformation parameters between two point patterns", IEEE PAMI 13(4), 1991), with
Cauchy weights against covered and odd points, and the result is turned by the direction of the ray
and placed at the distance at which the eyes are 63 mm apart, both from the camera's intrinsics.

A fit to image positions alone with full perspective (plain PnP) was measured beside it: it is no
better where the intrinsics are right, and much worse where the field of view is a guess, because it
reads the wrong perspective as a turned head (docs/vision.md has the figures).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from affect_perception.core.config import HeadPoseConfig
from affect_perception.core.filters import OneEuroFilter
from affect_perception.core.types import CameraIntrinsics, FloatArray, HeadPose, RigidTransform
from affect_perception.core.vision.face_shape import FACE_SHAPE
from affect_perception.core.vision.geometry import (
    Float64Array,
    HeadFrame,
    angle_to_camera,
    direction_angles,
    rays_of,
    roll_of,
    rotation_from_vector,
    rotation_to_ray,
    rotation_vector,
)

POSE_INDICES = np.array([row[0] for row in FACE_SHAPE])
POSE_SHAPE = np.array([row[1:4] for row in FACE_SHAPE]) * 1e-3
POSE_SPREAD = np.array([row[4] for row in FACE_SHAPE]) * 1e-3
INTERPUPILLARY = 0.063
# Landmark noise that remains when the shape fits, m: 0.3 px of the 192 px crop of a face.
LANDMARK_NOISE = 5e-4
POSE_WEIGHTS = 1.0 / (POSE_SPREAD**2 + LANDMARK_NOISE**2)
# Residual at which a point has lost half of its weight, in spreads of that point.
DOUBT = 2.5
_SHAPE_ROWS = POSE_SHAPE.T.copy()
_WEIGHTS_OF_DOUBT = POSE_WEIGHTS / DOUBT**2
# m; nothing nearer to a lens is a face in focus, nothing farther is more than a pixel or two.
MIN_DISTANCE, MAX_DISTANCE = 0.05, 100.0
# Fit error of most faces (portraits, marked head angles), share of the interpupillary distance,
# and how much angle a larger error may hide: a point at the rim of the face, one distance from
# the middle, turns by as much.
USUAL_ERROR = 0.07
ERROR_TO_STD = 1.0
TRANSLATION_SCALE = 3.0
# A head that faces the camera: its axes (x forward, y left, z up) in the optical frame.
FACING = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, -1.0], [-1.0, 0.0, 0.0]])


@dataclass(frozen=True)
class ShapeFit:
    """The mean shape laid over the landmarks.

    Attributes:
        rotation: Head frame to the camera's optical frame.
        translation: Head origin in the optical frame, m.
        error: Root mean square distance in the picture, as a share of the interpupillary distance.
        weights: (points,) robust weights that the residuals ask for.
    """

    rotation: Float64Array
    translation: Float64Array
    error: float
    weights: Float64Array


def fit_shape(
    rays: Float64Array, depths: Float64Array, weights: Float64Array = POSE_WEIGHTS
) -> ShapeFit | None:
    """Fits the mean shape.

    Args:
        rays: (points, 2) undistorted x/z, y/z of the points of `POSE_INDICES`.
        depths: (points,) relative depth of the points in the same unit, larger is farther.
        weights: (points,) weight of each point, 1/m^2.

    Returns:
        The fit, or None if the points are not a face in front of the camera.
    """
    observed = np.empty((3, len(rays)))
    observed[:2] = rays.T
    observed[2] = depths
    share = weights / np.add.reduce(weights)
    centre, middle = observed @ share, _SHAPE_ROWS @ share
    x, y, depth = centre.tolist()
    if not math.isfinite(x + y + depth):
        return None
    observed -= centre[:, None]
    shape = _SHAPE_ROWS - middle[:, None]
    weighted = shape * share
    singular, u, vt = cv2.SVDecomp(observed @ weighted.T)
    seen = u @ vt
    stretch = float(singular[0, 0] + singular[1, 0])
    if _is_mirrored(seen):
        u[:, 2] = -u[:, 2]
        seen = u @ vt
        stretch -= float(singular[2, 0])
    else:
        stretch += float(singular[2, 0])
    scale = stretch / float(np.vdot(weighted, shape))
    if not 1.0 / MAX_DISTANCE < scale < 1.0 / MIN_DISTANCE:
        return None
    distance = 1.0 / scale
    residual = observed * distance - seen @ shape
    residual *= residual
    across, up, _ = np.add.reduce(residual, axis=1).tolist()
    flat = (across + up) / len(rays)
    rotation = rotation_to_ray(x, y) @ seen
    return ShapeFit(
        rotation,
        np.array([x * distance, y * distance, distance]) - rotation @ middle,
        math.sqrt(flat) / INTERPUPILLARY,
        POSE_WEIGHTS / (1.0 + np.add.reduce(residual, axis=0) * _WEIGHTS_OF_DOUBT),
    )


def _is_mirrored(rotation: Float64Array) -> bool:
    (a, b, c), (d, e, f), (g, h, i) = rotation.tolist()
    return bool(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g) < 0.0)


class HeadPoseEstimator:
    """Pose of the head in camera and cabin with its uncertainty.

    Robust weights carry over from picture to picture of one face, so that one fit per picture is
    enough; a new face takes two.
    """

    def __init__(self, config: HeadPoseConfig) -> None:
        self._gain = config.depth_gain
        self._growth = config.turned_std
        self._floor = tuple(
            math.radians(degrees)
            for degrees in (config.yaw_std_deg, config.pitch_std_deg, config.roll_std_deg)
        )
        self._filter = OneEuroFilter(config.min_cutoff, config.beta)
        self._weights: Float64Array | None = None

    def reset(self) -> None:
        """Forgets the face."""
        self._weights = None
        self._filter.reset()

    def estimate(
        self,
        landmarks: FloatArray,
        intrinsics: CameraIntrinsics,
        camera: RigidTransform,
        elapsed: float = 0.0,
    ) -> HeadPose | None:
        """Head pose of a mesh.

        Args:
            landmarks: (478, 3), x and y in picture px, z in the same scale.
            intrinsics: Camera.
            camera: Camera optical frame to cabin frame.
            elapsed: Time since the last picture of this face, s.

        Returns:
            The pose, or None if the landmarks are not a face in front of the camera.
        """
        picked = landmarks[POSE_INDICES]
        focal = 0.5 * (intrinsics.fx + intrinsics.fy)
        rays, depths = rays_of(picked, intrinsics), picked[:, 2] * (self._gain / focal)
        fit = self._fit(rays, depths)
        if fit is None:
            self.reset()
            return None
        self._weights = fit.weights
        in_camera = self._smooth(fit, elapsed)
        in_cabin = camera @ in_camera
        yaw, pitch = direction_angles(in_cabin.rotation[:, 0].tolist())
        return HeadPose(
            in_camera=in_camera,
            in_cabin=in_cabin,
            yaw=yaw,
            pitch=pitch,
            roll=roll_of(in_cabin.rotation),
            std=self._std(in_camera, fit.error),
            reprojection_error=fit.error,
        )

    def _fit(self, rays: Float64Array, depths: Float64Array) -> ShapeFit | None:
        if self._weights is not None:
            return fit_shape(rays, depths, self._weights)
        first = fit_shape(rays, depths)
        return None if first is None else fit_shape(rays, depths, first.weights)

    def _smooth(self, fit: ShapeFit, elapsed: float) -> RigidTransform:
        """Filters rotation (from facing the camera) and translation together.

        Metres count `TRANSLATION_SCALE` times in the common speed, so that a shift counts like the
        turn that moves the face as far in the picture.
        """
        turn = rotation_vector(fit.rotation @ FACING.T)
        shift = (fit.translation * TRANSLATION_SCALE).tolist()
        values = self._filter.step([*turn, *shift], elapsed)
        return RigidTransform(
            rotation_from_vector(values[:3]) @ FACING,
            np.array(values[3:]) / TRANSLATION_SCALE,
        )

    def _std(self, pose: RigidTransform, error: float) -> tuple[float, float, float]:
        """One sigma of yaw, pitch, roll.

        What counts is how the single face differs from the mean face (the floor), that the network
        saw fewer faces that are turned away (growth with the angle to the line of sight), and
        whether the points fit together at all (the error of this fit).
        """
        growth = self._growth * turned_angle(pose)
        misfit = ERROR_TO_STD * max(0.0, error - USUAL_ERROR)
        yaw, pitch, roll = (math.sqrt(f * f + growth**2 + misfit**2) for f in self._floor)
        return yaw, pitch, roll


def turned_angle(pose: RigidTransform) -> float:
    """Angle between the direction of the face and the line from face to camera, rad."""
    frame = HeadFrame(pose)
    return angle_to_camera(frame.forward, frame.origin)
