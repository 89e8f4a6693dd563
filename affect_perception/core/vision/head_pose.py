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

import numpy as np

from affect_perception.core.config import HeadPoseConfig
from affect_perception.core.types import CameraIntrinsics, FloatArray, HeadPose, RigidTransform
from affect_perception.core.vision.face_shape import FACE_SHAPE
from affect_perception.core.vision.geometry import (
    Float64Array,
    direction_angles,
    rays_of,
    roll_of,
    rotation_to_ray,
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
ROUNDS = 2
MIN_DISTANCE = 0.05  # m; nothing nearer to a lens is a face in focus


@dataclass(frozen=True)
class ShapeFit:
    """The mean shape laid over the landmarks.

    Attributes:
        rotation: Head frame to the camera's optical frame.
        translation: Head origin in the optical frame, m.
        rotation_sigma: Formal one sigma about the optical axes x, y, z, rad.
        error: Root mean square distance in the picture, as a share of the interpupillary distance.
    """

    rotation: Float64Array
    translation: Float64Array
    rotation_sigma: Float64Array
    error: float


def fit_shape(rays: Float64Array, depths: Float64Array) -> ShapeFit | None:
    """Fits the mean shape.

    Args:
        rays: (points, 2) undistorted x/z, y/z of the points of `POSE_INDICES`.
        depths: (points,) relative depth of the points in the same unit, larger is farther.

    Returns:
        The fit, or None if the points are not a face in front of the camera.
    """
    observed = np.column_stack([rays, depths])
    weights = POSE_WEIGHTS
    for _ in range(ROUNDS):
        share = weights / weights.sum()
        centre, middle = share @ observed, share @ POSE_SHAPE
        shape = POSE_SHAPE - middle
        covariance = (observed - centre).T @ (shape * share[:, None])
        if not np.isfinite(covariance).all():
            return None
        u, singular, vt = np.linalg.svd(covariance)
        singular[2] *= math.copysign(1.0, float(np.linalg.det(u @ vt)))
        u[:, 2] *= math.copysign(1.0, float(np.linalg.det(u @ vt)))
        seen = u @ vt
        scale = float(singular.sum() / (share @ np.einsum("ij,ij->i", shape, shape)))
        if not scale > 0.0 or 1.0 / scale < MIN_DISTANCE:
            return None
        residual = (observed - centre) / scale - shape @ seen.T
        squared = np.einsum("ij,ij->i", residual, residual)
        weights = POSE_WEIGHTS / (1.0 + squared * POSE_WEIGHTS / DOUBT**2)
    distance = 1.0 / scale
    sight = rotation_to_ray(float(centre[0]), float(centre[1]))
    rotation = sight @ seen
    at_middle = distance * np.array([centre[0], centre[1], 1.0])
    inertia = _inertia(shape @ rotation.T, weights)
    variance = float(weights @ squared) / (3 * len(weights) - 7)
    return ShapeFit(
        rotation,
        at_middle - rotation @ middle,
        np.sqrt(np.diag(np.linalg.inv(inertia)) * variance),
        float(np.sqrt((residual[:, :2] ** 2).sum(axis=1).mean())) / INTERPUPILLARY,
    )


def _inertia(points: Float64Array, weights: Float64Array) -> Float64Array:
    """Normal matrix of a small rotation of points (n, 3) about the axes."""
    moments = (points.T * weights) @ points
    return np.asarray(np.trace(moments) * np.eye(3) - moments)


class HeadPoseEstimator:
    """Pose of the head in camera and cabin with its uncertainty; keeps no state."""

    def __init__(self, config: HeadPoseConfig) -> None:
        self._gain = config.depth_gain
        self._growth = config.turned_std
        self._floor = np.radians([config.yaw_std_deg, config.pitch_std_deg, config.roll_std_deg])

    def estimate(
        self, landmarks: FloatArray, intrinsics: CameraIntrinsics, camera: RigidTransform
    ) -> HeadPose | None:
        """Head pose of a mesh.

        Args:
            landmarks: (478, 3), x and y in picture px, z in the same scale.
            intrinsics: Camera.
            camera: Camera optical frame to cabin frame.

        Returns:
            The pose, or None if the landmarks are not a face in front of the camera.
        """
        picked = landmarks[POSE_INDICES].astype(np.float64)
        focal = 0.5 * (intrinsics.fx + intrinsics.fy)
        fit = fit_shape(rays_of(picked[:, :2], intrinsics), picked[:, 2] * (self._gain / focal))
        if fit is None:
            return None
        in_camera = RigidTransform(fit.rotation, fit.translation)
        in_cabin = camera @ in_camera
        yaw, pitch = direction_angles(in_cabin.rotation[:, 0])
        std = self._std(fit, camera)
        return HeadPose(
            in_camera=in_camera,
            in_cabin=in_cabin,
            yaw=yaw,
            pitch=pitch,
            roll=roll_of(in_cabin.rotation),
            std=(float(std[0]), float(std[1]), float(std[2])),
            reprojection_error=fit.error,
        )

    def _std(self, fit: ShapeFit, camera: RigidTransform) -> Float64Array:
        """One sigma of yaw, pitch, roll.

        The formal error of the fit is small; what counts is how the single face differs from the
        mean face (the floor) and that the network saw fewer faces that are turned away (growth).
        """
        sigma = np.sqrt((camera.rotation**2) @ fit.rotation_sigma**2)
        return np.sqrt(
            self._floor**2 + (self._growth * turned_angle(fit)) ** 2 + sigma[[2, 1, 0]] ** 2
        )


def turned_angle(pose: ShapeFit | RigidTransform) -> float:
    """Angle between the direction of the face and the line from face to camera, rad."""
    toward = -pose.translation / np.linalg.norm(pose.translation)
    return math.acos(min(1.0, max(-1.0, float(pose.rotation[:, 0] @ toward))))
