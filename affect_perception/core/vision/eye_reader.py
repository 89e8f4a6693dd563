"""Both eyes of a face through the eye network, in one run, turned back into the picture."""

from __future__ import annotations

from dataclasses import dataclass

from affect_perception.core.network import Network
from affect_perception.core.types import ByteArray, CameraIntrinsics, FloatArray, RigidTransform
from affect_perception.core.vision.eye_network import EyeNetwork, EyeReading
from affect_perception.core.vision.eye_patch import cut_pair
from affect_perception.core.vision.geometry import Vector

# Share of the patch that must lie inside the picture.
SMALLEST_INSIDE = 0.7


@dataclass(frozen=True)
class EyeLook:
    """One eye as the network reads it.

    Attributes:
        reading: Gaze in the patch, opening, closed, usable.
        direction: Gaze as a unit vector in the picture's optical frame.
    """

    reading: EyeReading
    direction: Vector


EyeLooks = tuple[EyeLook | None, EyeLook | None]
"""The right and the left eye; None where no network has looked."""

NOT_LOOKED: EyeLooks = (None, None)


class EyeReader:
    """Cuts the patches of both eyes and reads them; without a network it reads nothing."""

    def __init__(self, network: Network | None) -> None:
        self._network = None if network is None else EyeNetwork(network)

    def read(
        self,
        image: ByteArray,
        points: FloatArray,
        head: RigidTransform,
        intrinsics: CameraIntrinsics,
    ) -> EyeLooks:
        """The right and the left eye of a face.

        Args:
            image: uint8 RGB or grey.
            points: (478, 2 or 3) landmarks, px.
            head: Head to optical frame.
            intrinsics: Camera.

        Returns:
            None for an eye that lies outside of the picture, and for both without a network.
        """
        if self._network is None:
            return NOT_LOOKED
        pair = cut_pair(image, points, head, intrinsics)
        readings = self._network.read([eye.patch for eye in pair])
        right, left = (
            EyeLook(reading, _vector(eye.direction(reading.yaw, reading.pitch)))
            if eye.inside >= SMALLEST_INSIDE
            else None
            for eye, reading in zip(pair, readings, strict=True)
        )
        return right, left


def _vector(direction: FloatArray) -> Vector:
    x, y, z = direction.tolist()
    return x, y, z
