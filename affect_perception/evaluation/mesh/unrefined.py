"""The mesh as it was before its lips and eyes were refined, recovered beside the real face path.

The attention mesh gives 468 plain points and finer lips, eyes and irises that replace some of them.
What the refinement brings is measured on the very same crops: a network that remembers its last
answer is handed to the face path, and the transform from crop to picture is recovered from the
points that refinement leaves alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from affect_perception.core.network import Network
from affect_perception.core.vision.face_mesh import (
    BASE_POINTS,
    LEFT_EYE_REGION,
    LIPS,
    RIGHT_EYE_REGION,
)

Array = npt.NDArray[np.float64]
_LEFT_ALONE = np.array(
    sorted(set(range(BASE_POINTS)) - {*LIPS, *LEFT_EYE_REGION, *RIGHT_EYE_REGION})
)


class RememberingNetwork:
    """Hands calls on to a network and remembers the last answer."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.last: tuple[npt.NDArray[np.float32], ...] = ()

    @property
    def name(self) -> str:
        """Name of the network."""
        return self._network.name

    def run(self, *inputs: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float32], ...]:
        """Runs the network and remembers its outputs."""
        self.last = self._network.run(*inputs)
        return self.last


def unrefined_points(crop_mesh: npt.ArrayLike, landmarks: npt.ArrayLike) -> Array:
    """The plain 468 points in picture coordinates.

    Args:
        crop_mesh: (468, 3) plain points, px of the crop.
        landmarks: (478, 3) refined points, px of the picture, of the same run of the network.

    Returns:
        (468, 2) px of the picture.
    """
    crop = np.asarray(crop_mesh, dtype=np.float64)[:, :2]
    final = np.asarray(landmarks, dtype=np.float64)[:BASE_POINTS, :2]
    return _Similarity(crop[_LEFT_ALONE], final[_LEFT_ALONE])(crop)


class _Similarity:
    """Least-squares similarity between point sets, with complex numbers: w = a z + b."""

    def __init__(self, source: Array, target: Array) -> None:
        z, w = source @ [1, 1j], target @ [1, 1j]
        z0, w0 = z.mean(), w.mean()
        self._factor = np.vdot(z - z0, w - w0) / np.vdot(z - z0, z - z0)
        self._offset = w0 - self._factor * z0

    def __call__(self, points: Array) -> Array:
        mapped = self._factor * (points @ [1, 1j]) + self._offset
        return np.stack([mapped.real, mapped.imag], axis=1)
