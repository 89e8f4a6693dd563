"""Frames, rotations and the pinhole camera of the synthetic driver.

Frames follow REP-103: cabin and head have x forward, y left, z up; the camera's optical frame has
z forward, x right, y down. Angles are radians.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.core.types import CameraIntrinsics, RigidTransform

Array = npt.NDArray[np.float64]


def head_rotation(yaw: float, pitch: float, roll: float) -> Array:
    """Head to cabin rotation: roll about x first, then pitch, then yaw.

    Yaw turns to the person's left, pitch lifts the face, roll tilts it to the right shoulder; a
    lifted face is a negative rotation about y (y points left), hence the sign of the pitch.
    """
    cy, sy = math.cos(yaw), math.sin(yaw)
    cp, sp = math.cos(pitch), math.sin(pitch)
    cr, sr = math.cos(roll), math.sin(roll)
    turn = np.array([[cy, -sy, 0.0], [sy, cy, 0.0], [0.0, 0.0, 1.0]])
    lift = np.array([[cp, 0.0, -sp], [0.0, 1.0, 0.0], [sp, 0.0, cp]])
    tilt = np.array([[1.0, 0.0, 0.0], [0.0, cr, -sr], [0.0, sr, cr]])
    return np.asarray(turn @ lift @ tilt)


def direction(yaw: float, pitch: float) -> Array:
    """Unit vector of a direction given by yaw (left positive) and pitch (up positive)."""
    return np.array(
        [math.cos(pitch) * math.cos(yaw), math.cos(pitch) * math.sin(yaw), math.sin(pitch)]
    )


def direction_angles(vector: Array) -> tuple[float, float]:
    """Yaw and pitch of a vector: atan2(y, x) and asin(z / norm)."""
    unit = vector / np.linalg.norm(vector)
    return math.atan2(unit[1], unit[0]), math.asin(float(np.clip(unit[2], -1.0, 1.0)))


def look_at(position: Array, target: Array, roll: float = 0.0) -> RigidTransform:
    """Cabin to optical frame of a camera at `position` that looks at `target`, both cabin, m.

    Roll turns the camera about its own axis, clockwise as seen from behind it.
    """
    forward = (target - position) / np.linalg.norm(target - position)
    right = np.cross(forward, np.array([0.0, 0.0, 1.0]))
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    cr, sr = math.cos(roll), math.sin(roll)
    rotation = np.stack([cr * right + sr * down, cr * down - sr * right, forward])
    return RigidTransform(rotation, -rotation @ position)


@dataclass(frozen=True)
class Camera:
    """A camera in the cabin.

    Attributes:
        intrinsics: Pinhole parameters; distortion is not simulated.
        optical_from_cabin: Maps cabin points into the optical frame.
        frame_id: Name of the optical frame.
    """

    intrinsics: CameraIntrinsics
    optical_from_cabin: RigidTransform
    frame_id: str = "camera_optical"

    @property
    def position(self) -> Array:
        """Place of the camera in the cabin frame, m."""
        return self.optical_from_cabin.inverse().translation

    def project(self, points: Array) -> tuple[Array, Array]:
        """Projects cabin points (N, 3) to pixels (N, 2), with their depth (N,) in metres.

        Pixel (0, 0) is the centre of the top left pixel. Depth may be negative for points behind
        the camera; their pixels mean nothing then.
        """
        optical = self.optical_from_cabin.apply(points)
        depth = optical[:, 2]
        k = self.intrinsics
        with np.errstate(divide="ignore", invalid="ignore"):
            pixels = np.stack(
                [k.fx * optical[:, 0] / depth + k.cx, k.fy * optical[:, 1] / depth + k.cy], axis=1
            )
        return pixels, depth

    def resized(self, width: int, height: int) -> Camera:
        """The same camera with another picture size."""
        scaled = self.intrinsics.scaled_to(width, height)
        return Camera(scaled, self.optical_from_cabin, self.frame_id)


def minimum_jerk(share: float) -> float:
    """Minimum-jerk progress 0..1 at the share 0..1 of a movement's time (Flash & Hogan 1985)."""
    s = min(max(share, 0.0), 1.0)
    return s * s * s * (10.0 - 15.0 * s + 6.0 * s * s)


def smoothstep(low: float, high: float, value: npt.ArrayLike) -> Array:
    """0 below `low`, 1 above `high`, smooth between."""
    s = np.clip((np.asarray(value, dtype=np.float64) - low) / (high - low), 0.0, 1.0)
    return np.asarray(s * s * (3.0 - 2.0 * s))
