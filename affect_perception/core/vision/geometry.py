"""Small geometry shared by head pose, eyes and gaze.

What happens once per picture for a handful of points is written in plain floats: for vectors of
three numbers that is several times faster than arrays.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError
from affect_perception.core.types import CameraIntrinsics, FloatArray, RigidTransform

Float64Array = npt.NDArray[np.float64]
Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector]
"""Rows of a 3 x 3 matrix."""

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
    """Undistorted image coordinates x/z, y/z of pixels: (n, 2) of (n, 2 or more)."""
    if any(intrinsics.distortion):
        coefficients = np.zeros(PLUMB_BOB_COEFFICIENTS)
        coefficients[: len(intrinsics.distortion)] = intrinsics.distortion
        pixels = np.ascontiguousarray(points[:, :2], dtype=np.float64).reshape(-1, 1, 2)
        rays = cv2.undistortPoints(pixels, intrinsics.matrix, coefficients)
        return np.asarray(rays, dtype=np.float64).reshape(-1, 2)
    rays = np.empty((len(points), 2))
    rays[:, 0] = points[:, 0]
    rays[:, 1] = points[:, 1]
    rays -= (intrinsics.cx, intrinsics.cy)
    rays /= (intrinsics.fx, intrinsics.fy)
    return rays


def rotation_to_ray(x: float, y: float) -> Float64Array:
    """The smallest rotation that turns the optical axis onto the ray through (x, y, 1)."""
    norm = math.sqrt(x * x + y * y + 1.0)
    a, b, c = x / norm, y / norm, 1.0 / norm
    k = 1.0 / (1.0 + c)
    return np.array(
        [[1.0 - k * a * a, -k * a * b, a], [-k * a * b, 1.0 - k * b * b, b], [-a, -b, c]]
    )


def direction_angles(direction: Sequence[float] | FloatArray) -> tuple[float, float]:
    """Yaw (left positive) and pitch (up positive) of a unit vector (x forward, y left, z up)."""
    x, y, z = direction
    return math.atan2(y, x), math.asin(min(1.0, max(-1.0, z)))


def vector_of(values: Float64Array) -> Vector:
    """Three numbers of an array (3,)."""
    x, y, z = values.tolist()
    return x, y, z


def unit_direction(yaw: float, pitch: float) -> Vector:
    """Unit vector (x forward, y left, z up) of a direction."""
    flat = math.cos(pitch)
    return flat * math.cos(yaw), flat * math.sin(yaw), math.sin(pitch)


def roll_of(rotation: FloatArray) -> float:
    """Roll of a head-to-cabin rotation: rotation about x after yaw and pitch, rad."""
    return math.atan2(float(rotation[2, 1]), float(rotation[2, 2]))


def rotation_vector(rotation: Float64Array) -> Vector:
    """Axis times angle of a rotation by less than half a turn, rad."""
    (a, b, c), (d, e, f), (g, h, i) = rotation.tolist()
    x, y, z = h - f, c - g, d - b
    sine = 0.5 * math.sqrt(x * x + y * y + z * z)
    angle = math.atan2(sine, 0.5 * (a + e + i - 1.0))
    scale = 0.5 if sine < 1e-9 else 0.5 * angle / sine
    return x * scale, y * scale, z * scale


def rotation_from_vector(vector: Sequence[float]) -> Float64Array:
    """Rotation of a rotation vector (Rodrigues), rad."""
    x, y, z = vector
    angle = math.sqrt(x * x + y * y + z * z)
    if angle < 1e-9:
        return np.array([[1.0, -z, y], [z, 1.0, -x], [-y, x, 1.0]])
    x, y, z = x / angle, y / angle, z / angle
    s, c = math.sin(angle), math.cos(angle)
    k = 1.0 - c
    return np.array(
        [
            [c + k * x * x, k * x * y - s * z, k * x * z + s * y],
            [k * x * y + s * z, c + k * y * y, k * y * z - s * x],
            [k * x * z - s * y, k * y * z + s * x, c + k * z * z],
        ]
    )


class HeadFrame:
    """A head pose in plain floats, for the few points that eyes and gaze need.

    Attributes:
        forward: Axes of the head in the optical frame.
        left: To the person's left.
        up: Up.
        origin: Midpoint between the eyes, m.
    """

    __slots__ = ("forward", "left", "origin", "up")

    def __init__(self, pose: RigidTransform) -> None:
        (a, b, c), (d, e, f), (g, h, i) = pose.rotation.tolist()
        self.forward: Vector = (a, d, g)
        self.left: Vector = (b, e, h)
        self.up: Vector = (c, f, i)
        x, y, z = pose.translation.tolist()
        self.origin: Vector = (x, y, z)

    def place(self, x: float, y: float, z: float) -> Vector:
        """A point of the head in the optical frame, m."""
        f, s, u, o = self.forward, self.left, self.up, self.origin
        return (
            o[0] + f[0] * x + s[0] * y + u[0] * z,
            o[1] + f[1] * x + s[1] * y + u[1] * z,
            o[2] + f[2] * x + s[2] * y + u[2] * z,
        )

    def turn(self, x: float, y: float, z: float) -> Vector:
        """A direction of the head in the optical frame."""
        f, s, u = self.forward, self.left, self.up
        return (
            f[0] * x + s[0] * y + u[0] * z,
            f[1] * x + s[1] * y + u[1] * z,
            f[2] * x + s[2] * y + u[2] * z,
        )

    def into_head(self, vector: Vector) -> Vector:
        """A direction of the optical frame in the head frame."""
        return dot(self.forward, vector), dot(self.left, vector), dot(self.up, vector)


def dot(a: Vector, b: Vector) -> float:
    """Inner product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def angle_to_camera(normal: Vector, position: Vector) -> float:
    """Angle between a unit normal at a position and the line from there to the camera, rad."""
    cosine = -dot(normal, position) / math.sqrt(dot(position, position))
    return math.acos(min(1.0, max(-1.0, cosine)))
