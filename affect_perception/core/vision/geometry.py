"""Small geometry shared by head pose, eyes and gaze."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError
from affect_perception.core.types import CameraIntrinsics, FloatArray

Float64Array = npt.NDArray[np.float64]

# plumb_bob has five coefficients; fewer are the same model with the last ones zero.
PLUMB_BOB_COEFFICIENTS = 5


def check_distortion(intrinsics: CameraIntrinsics) -> None:
    """Refuses a distortion that is not plumb_bob.

    Raises:
        InputError: If there are more coefficients than plumb_bob has.
    """
    count = len(intrinsics.distortion)
    if count > PLUMB_BOB_COEFFICIENTS:
        raise InputError(
            f"camera distortion has {count} coefficients; only plumb_bob with up to "
            f"{PLUMB_BOB_COEFFICIENTS} is supported"
        )


def rays_of(points: FloatArray, intrinsics: CameraIntrinsics) -> Float64Array:
    """Undistorted image coordinates x/z, y/z of pixels (n, 2)."""
    if any(intrinsics.distortion):
        coefficients = np.zeros(PLUMB_BOB_COEFFICIENTS)
        coefficients[: len(intrinsics.distortion)] = intrinsics.distortion
        pixels = np.ascontiguousarray(points, dtype=np.float64).reshape(-1, 1, 2)
        rays = cv2.undistortPoints(pixels, intrinsics.matrix, coefficients)
        return np.asarray(rays, dtype=np.float64).reshape(-1, 2)
    centre = np.array([intrinsics.cx, intrinsics.cy])
    return np.asarray((points - centre) / np.array([intrinsics.fx, intrinsics.fy]))


def rotation_from_vector(vector: Float64Array) -> Float64Array:
    """Rotation matrix of a rotation vector (Rodrigues), rad."""
    angle = float(np.linalg.norm(vector))
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = vector / angle
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.asarray(
        np.eye(3) + math.sin(angle) * cross + (1.0 - math.cos(angle)) * (cross @ cross)
    )


def rotation_to_ray(x: float, y: float) -> Float64Array:
    """The smallest rotation that turns the optical axis onto the ray through (x, y, 1)."""
    length = math.hypot(x, y)
    if length < 1e-9:
        return np.eye(3)
    return rotation_from_vector(np.array([-y, x, 0.0]) * (math.atan(length) / length))


def direction_angles(direction: FloatArray) -> tuple[float, float]:
    """Yaw (left positive) and pitch (up positive) of a unit vector (x forward, y left, z up)."""
    x, y, z = (float(component) for component in direction)
    return math.atan2(y, x), math.asin(min(1.0, max(-1.0, z)))


def roll_of(rotation: FloatArray) -> float:
    """Roll of a head-to-cabin rotation: rotation about x after yaw and pitch, rad."""
    return math.atan2(float(rotation[2, 1]), float(rotation[2, 2]))
