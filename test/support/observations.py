"""Scripted observations: what the vision would say, without pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

import numpy as np

from affect_perception.core.cabin import Box, CabinGeometry, Quad, Zone, ZoneKind, look_at
from affect_perception.core.enums import Availability, GazeSource, Reason
from affect_perception.core.types import (
    EyeObservation,
    FaceObservation,
    GazeObservation,
    HeadPose,
    ImageQuality,
    RigidTransform,
    ZoneEstimate,
)
from affect_perception.core.vision.zones import locate

ROAD = (0.0, 0.0)
CLUSTER = (0.0, -0.34)
PHONE = (0.0, -1.0)
RADIO = (-0.55, -0.31)
NS = 1_000_000_000
_QUALITY = ImageQuality(0.5, 0.2, 0.0, 100.0)


def small_cabin() -> CabinGeometry:
    """A cabin of five zones, with numbers of its own so that cabin files may change."""
    zones = (
        Zone(
            "windscreen",
            ZoneKind.WINDSCREEN,
            True,
            Quad(((0.9, 0.5, -0.2), (0.9, -0.4, -0.2), (0.9, -0.4, 0.3), (0.9, 0.5, 0.3))),
        ),
        Zone(
            "cluster",
            ZoneKind.CLUSTER,
            False,
            Quad(((0.7, 0.2, -0.18), (0.7, -0.2, -0.18), (0.7, -0.2, -0.35), (0.7, 0.2, -0.35))),
        ),
        Zone(
            "mirror_interior",
            ZoneKind.MIRROR,
            False,
            Quad(((0.5, -0.2, 0.2), (0.5, -0.45, 0.2), (0.5, -0.45, 0.05), (0.5, -0.2, 0.05))),
        ),
        Zone(
            "infotainment",
            ZoneKind.INFOTAINMENT,
            False,
            Quad(((0.7, -0.3, -0.1), (0.7, -0.6, -0.1), (0.7, -0.6, -0.4), (0.7, -0.3, -0.4))),
        ),
        Zone("lap_phone", ZoneKind.LAP, False, Box((0.1, -0.3, -0.8), (0.5, 0.3, -0.4))),
    )
    return CabinGeometry("small", "left", look_at((0.65, 0.0, -0.1), (0.0, 0.0, 0.0)), zones)


CABIN = small_cabin()


def gaze(direction: tuple[float, float], std: float = 0.04) -> GazeObservation:
    """A gaze from the cabin's origin; direction is (yaw, pitch), rad."""
    yaw, pitch = direction
    flat = math.cos(pitch)
    vector = (flat * math.cos(yaw), flat * math.sin(yaw), math.sin(pitch))
    return GazeObservation(GazeSource.EYES, (0.0, 0.0, 0.0), vector, yaw, pitch, (std, std))


@lru_cache(maxsize=256)
def _zone(direction: tuple[float, float] | None, cabin: CabinGeometry) -> ZoneEstimate:
    return locate(None if direction is None else gaze(direction), cabin)


def head(pitch: float = 0.0, yaw: float = 0.0, std: float = 0.03) -> HeadPose:
    """A head of which only the angles matter."""
    pose = RigidTransform(np.eye(3), np.zeros(3))
    return HeadPose(pose, pose, yaw, pitch, 0.0, (std, std, std), 0.01)


def eye(openness: float, std: float = 0.05) -> EyeObservation:
    """A usable eye."""
    return EyeObservation(True, "", openness, openness, std, (0.0, 0.0), 6.0, 1.0)


def observe(
    seconds: float,
    look: tuple[float, float] | None = ROAD,
    openness: float | None = 1.0,
    *,
    mouth: float = 0.05,
    head_pitch: float = 0.0,
    track_id: int = 1,
    cabin: CabinGeometry = CABIN,
) -> FaceObservation:
    """A face. Without `look` the gaze is unknown; without `openness` no eye is usable."""
    seen = None if look is None else gaze(look)
    one_eye = EyeObservation.unusable("glare") if openness is None else eye(openness)
    full = seen is not None and openness is not None
    return FaceObservation(
        stamp_ns=round(seconds * NS),
        frame_id="camera_optical",
        availability=Availability.AVAILABLE if full else Availability.DEGRADED,
        reasons=() if full else (Reason.EYES_UNUSABLE,),
        image_size=(640, 480),
        image_quality=_QUALITY,
        track_id=track_id,
        faces=1,
        presence=1.0,
        head=head(head_pitch),
        left_eye=one_eye,
        right_eye=one_eye,
        mouth_opening=mouth,
        gaze=seen,
        zone=_zone(look, cabin),
    )


def nobody(seconds: float, *reasons: Reason) -> FaceObservation:
    """A picture without a face."""
    return FaceObservation(
        stamp_ns=round(seconds * NS),
        frame_id="camera_optical",
        availability=Availability.UNAVAILABLE,
        reasons=reasons or (Reason.NO_FACE,),
        image_size=(640, 480),
        image_quality=_QUALITY,
    )


Script = Callable[[float], FaceObservation]


def stamps(seconds: float, rate: float, start: float = 0.0) -> Iterator[float]:
    """Regular stamps from `start`, s."""
    for index in range(round(seconds * rate)):
        yield start + index / rate


def play(script: Script, times: Iterable[float]) -> Iterator[FaceObservation]:
    """The observations of a script at the given instants."""
    for seconds in times:
        yield script(seconds)
