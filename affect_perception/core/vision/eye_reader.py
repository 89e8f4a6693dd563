"""Both eyes of a face through a network, in one run, turned back into the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from affect_perception.core.network import Network
from affect_perception.core.types import ByteArray, CameraIntrinsics, FloatArray, RigidTransform
from affect_perception.core.vision.eye_network import EyeNetwork, EyeReading, probability
from affect_perception.core.vision.eye_patch import NormalisedEye, angles_in_patch, cut_pair
from affect_perception.core.vision.geometry import Vector

# Share of the patch that must lie inside the picture.
SMALLEST_INSIDE = 0.7
# What the network says of people who look into the camera (medians of helen_afw_landmarks and
# webcam_gaze_faces), rad: outwards and up. The labels of its training fix this zero only weakly.
ZERO_YAW, ZERO_PITCH = math.radians(8.2), math.radians(4.0)
# How much of the head's turn is missing in what the network says. The heads of its training always
# faced the same screen, so that it could not learn to tell a turned head with straight eyes from
# eyes that look at the camera: on pointing04 (344 eyes of people who look where the head points)
# it says 0.30 of the head's yaw and 0.33 of its pitch, and these are the rest.
HEAD_YAW_MISSING, HEAD_PITCH_MISSING = 0.70, 0.67


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


class PairJudge(Protocol):
    """What looks at the patches of a face: each eye alone, or both and the head together."""

    def look(self, pair: tuple[NormalisedEye, NormalisedEye], head: RigidTransform) -> EyeLooks:
        """The right and the left eye.

        Args:
            pair: Patches of the right and the left eye.
            head: Head to optical frame.

        Returns:
            None for an eye that nothing can be said of.
        """
        ...


class EachEye:
    """Looks at each eye alone.

    Args:
        network: The eye network (`core.vision.eye_network`).
    """

    def __init__(self, network: Network) -> None:
        self._network = EyeNetwork(network)

    def look(self, pair: tuple[NormalisedEye, NormalisedEye], head: RigidTransform) -> EyeLooks:
        """See `PairJudge`."""
        readings = self._network.read([eye.patch for eye in pair])
        x, y, z = head.rotation[:, 0].tolist()
        missing = HEAD_YAW_MISSING, HEAD_PITCH_MISSING
        right, left = (
            EyeLook(
                reading,
                gaze_direction(
                    eye, reading.yaw - ZERO_YAW, reading.pitch - ZERO_PITCH, (x, y, z), missing
                ),
            )
            for eye, reading in zip(pair, readings, strict=True)
        )
        return right, left


class EyeReader:
    """Cuts the patches of both eyes and has them looked at; without a judge it reads nothing.

    Args:
        judge: What looks at them.
        first_look: Takes `patch` uint8 (n, 1, 36, 60); gives `shut` (n, 1), the logit of shut eyes,
            which counts instead of the judge's in the first picture of a face. It is better
            at single pictures of strangers, and worse at telling lowered lids from shut ones, for
            which later pictures have more to go by.
    """

    def __init__(self, judge: PairJudge | None, first_look: Network | None = None) -> None:
        self._judge = judge
        self._first_look = first_look

    def read(
        self,
        image: ByteArray,
        points: FloatArray,
        head: RigidTransform,
        intrinsics: CameraIntrinsics,
        *,
        first: bool = False,
    ) -> EyeLooks:
        """The right and the left eye of a face.

        Args:
            image: uint8 RGB or grey.
            points: (478, 2 or 3) landmarks, px.
            head: Head to optical frame.
            intrinsics: Camera.
            first: Whether this is the first picture of the face.

        Returns:
            None for an eye that lies outside of the picture, and for both without a judge.
        """
        if self._judge is None:
            return NOT_LOOKED
        pair = cut_pair(image, points, head, intrinsics)
        looks = self._judge.look(pair, head)
        if first and self._first_look is not None:
            (logits,) = self._first_look.run(np.stack([eye.patch for eye in pair])[:, None])
            shut = [probability(logit) for logit in logits[:, 0].tolist()]
            looks = (_shut_by(looks[0], shut[0]), _shut_by(looks[1], shut[1]))
        right, left = (
            look if eye.inside >= SMALLEST_INSIDE else None
            for eye, look in zip(pair, looks, strict=True)
        )
        return right, left


def _shut_by(look: EyeLook | None, closed: float) -> EyeLook | None:
    return None if look is None else replace(look, reading=replace(look.reading, closed=closed))


def gaze_direction(
    eye: NormalisedEye, yaw: float, pitch: float, forward: Vector, missing: tuple[float, float]
) -> Vector:
    """Gaze in the picture's optical frame of what a network reads from a patch.

    Args:
        eye: The patch.
        yaw: What the network says of it, less what it says of a look into the camera, rad.
        pitch: Likewise.
        forward: Direction of the face in the optical frame.
        missing: Shares of the head's yaw and pitch that the network does not say.
    """
    head_yaw, head_pitch = angles_in_patch(forward, eye.axes, mirrored=eye.mirrored)
    return eye.direction(yaw + missing[0] * head_yaw, pitch + missing[1] * head_pitch)
