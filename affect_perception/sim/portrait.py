"""A portrait with its face mesh, and the metric head frame found from it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError
from affect_perception.sim import landmarks as lm

Array = npt.NDArray[np.float64]

INTERPUPILLARY_M = 0.063
"""Mean distance of adult pupils (Dodgson 2004, "Variation and extrema of human interpupillary
distance": mean 63 mm)."""

DEPTH_GAIN = 1.10
"""Factor on the depth of the portrait's mesh, which the network makes too flat. Its nose tip lies
97 mm in front of the point on the ear edge; adults have about 115 mm from nose tip to tragion, and
that point lies some 8 mm in front of the tragion."""


@dataclass(frozen=True, eq=False)
class Portrait:
    """A picture of one face, seen from the front, with its mesh; equal if both are.

    Attributes:
        image: uint8, RGB, shape (H, W, 3).
        landmarks: (478, 3): x, y in px of the picture, z in the same scale, rising away from the
            camera.

    Raises:
        InputError: If the picture is not RGB, or the mesh has another shape, holds NaN, is too
            small to be a texture, or leaves the picture.
    """

    image: npt.NDArray[np.uint8]
    landmarks: npt.NDArray[np.floating]

    def __post_init__(self) -> None:
        if self.image.dtype != np.uint8 or self.image.ndim != 3 or self.image.shape[2] != 3:
            raise InputError(
                f"a portrait needs an RGB picture, got {self.image.dtype} {self.image.shape}"
            )
        if self.landmarks.shape != (lm.MESH_POINTS, 3) or not np.isfinite(self.landmarks).all():
            raise InputError(
                f"a portrait needs {lm.MESH_POINTS} finite landmarks with 3 coordinates, got shape "
                f"{self.landmarks.shape}"
            )
        height, width = self.image.shape[:2]
        low, high = self.landmarks[:, :2].min(axis=0), self.landmarks[:, :2].max(axis=0)
        if (low < 0).any() or (high > (width - 1, height - 1)).any():
            raise InputError("the face leaves the portrait; choose a picture with the whole face")
        if self.pupil_distance_px < 20.0:
            raise InputError(
                f"the pupils of the portrait are {self.pupil_distance_px:.0f} px apart; at least "
                "20 px are needed for a usable texture"
            )

    @cached_property
    def _digest(self) -> bytes:
        found = hashlib.sha256(repr((self.image.shape, self.landmarks.dtype)).encode())
        for array in (self.image, self.landmarks):
            found.update(np.ascontiguousarray(array).tobytes())
        return found.digest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Portrait) and self._digest == other._digest

    def __hash__(self) -> int:
        return hash(self._digest)

    @property
    def pupil_distance_px(self) -> float:
        """Distance of the two iris centres in the picture, px."""
        right = self.landmarks[lm.RIGHT_EYE.iris[0], :2]
        left = self.landmarks[lm.LEFT_EYE.iris[0], :2]
        return float(np.linalg.norm(left - right))


@dataclass(frozen=True)
class HeadFrame:
    """Maps portrait coordinates (u, v, z in px) to the metric head frame.

    Attributes:
        scale: Metres per portrait pixel.
        rotation: 3x3, from the axes (towards the viewer, image right, image up) to the head frame.
        origin: Origin of the head frame in portrait coordinates, px.
    """

    scale: float
    rotation: Array
    origin: Array

    def apply(self, points: npt.ArrayLike) -> Array:
        """Portrait coordinates (..., 3) to metres in the head frame."""
        p = np.asarray(points, dtype=np.float64) - self.origin
        viewer = np.stack([-p[..., 2], p[..., 0], -p[..., 1]], axis=-1)
        return np.asarray(viewer @ self.rotation.T * self.scale * (DEPTH_GAIN, 1.0, 1.0))

    def with_origin(self, shift: Array) -> HeadFrame:
        """The same axes with the origin moved to the point `shift` (m, in this head frame)."""
        viewer = (shift / (DEPTH_GAIN, 1.0, 1.0) / self.scale) @ self.rotation
        moved = self.origin + np.array([viewer[1], -viewer[2], -viewer[0]])
        return HeadFrame(self.scale, self.rotation, moved)


def find_head_frame(portrait: Portrait) -> HeadFrame:
    """Head axes and scale of a portrait from its mesh.

    y is the mean direction from right to left over mirrored pairs of points, which fixes yaw and
    roll without any model of a face. What is "level" is a convention: here the mean of the line
    from chin to forehead (vertical) and of the line from the ear points to the outer eye corners
    (rising by 19.6 degrees towards the front), both read off in the neutral mesh that the face
    network's authors publish as their canonical face. The scale makes the pupils 63 mm apart; the
    portrait is taken as orthographic.
    """
    mesh = np.asarray(portrait.landmarks, dtype=np.float64)
    viewer = np.stack([-mesh[:, 2], mesh[:, 0], -mesh[:, 1]], axis=1)
    pairs = np.array(lm.SYMMETRIC_PAIRS)
    lateral = (viewer[pairs[:, 1]] - viewer[pairs[:, 0]]).sum(axis=0)
    lateral /= np.linalg.norm(lateral)

    def level(vector: Array, rise: float) -> float:
        """Angle by which a sagittal vector stands above its nominal rise."""
        flat = vector - lateral * (vector @ lateral)
        return float(np.arctan2(flat[2], flat[0]) - rise)

    ears = 0.5 * (viewer[lm.RIGHT_EAR] + viewer[lm.LEFT_EAR])
    corners = 0.5 * (viewer[lm.RIGHT_EYE.outer] + viewer[lm.LEFT_EYE.outer])
    upright = level(viewer[lm.FOREHEAD] - viewer[lm.CHIN], np.pi / 2)
    pitch = 0.5 * (upright + level(corners - ears, np.radians(19.6)))
    forward = np.array([np.cos(pitch), 0.0, np.sin(pitch)])
    forward -= lateral * (forward @ lateral)
    forward /= np.linalg.norm(forward)
    rotation = np.stack([forward, lateral, np.cross(forward, lateral)])
    scale = INTERPUPILLARY_M / portrait.pupil_distance_px
    irises = [lm.RIGHT_EYE.iris[0], lm.LEFT_EYE.iris[0]]
    return HeadFrame(scale, rotation, mesh[irises].mean(axis=0))
