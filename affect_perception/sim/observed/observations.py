"""Turns instants of a script into what the vision would publish, with noise if asked for."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from affect_perception.core.buffers import to_ns
from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.enums import Availability, GazeSource, Reason
from affect_perception.core.types import (
    NAN,
    ZONE_UNKNOWN,
    CameraFrame,
    EyeObservation,
    FaceObservation,
    GazeObservation,
    HeadPose,
    ImageQuality,
    RigidTransform,
    VehicleState,
    ZoneEstimate,
)
from affect_perception.core.vision.geometry import unit_direction
from affect_perception.core.vision.zones import locate
from affect_perception.sim.observed.act import CRUISING, Act, Direction, Instant, instants

Event = FaceObservation | VehicleState
"""What a script gives: observations, and the speed ten times a second."""

_SPEED_PERIOD = 0.1
_QUALITY = ImageQuality(0.5, 0.2, 0.0, 100.0)
_AT_REFERENCE_POINT = RigidTransform(np.eye(3), np.zeros(3))
_HEAD_STD = (0.03, 0.03, 0.03)
_OPENNESS_STD = 0.05
_IRIS_RADIUS_PX = 6.0
# As the vision states them when the head stands in for the gaze (core/config/eyes.py, GazeConfig).
_HEAD_GAZE_STD = (math.radians(12.0), math.radians(10.0))


@dataclass(frozen=True)
class Noise:
    """How far observations stray from the script; independent from picture to picture.

    Attributes:
        gaze: One sigma of yaw and pitch, rad.
        openness: One sigma of the openness of each eye.
        mouth: One sigma of the mouth opening.
        gaze_bias: Added to every direction (yaw, pitch), rad.
    """

    gaze: Direction = (0.0, 0.0)
    openness: float = 0.0
    mouth: float = 0.0
    gaze_bias: Direction = (0.0, 0.0)


QUIET = Noise()


def observations(
    acts: Sequence[Act],
    cabin: CabinGeometry,
    rate: float,
    *,
    start: float = 1.0,
    speed: float = CRUISING,
    noise: Noise = QUIET,
    seed: int = 0,
) -> Iterator[Event]:
    """Plays a script.

    Args:
        acts: What the driver does.
        cabin: Whose zones the acts name.
        rate: Pictures per second.
        start: Stamp of the first picture, s.
        speed: Until an act names one, m/s; NaN: no speed is sent.
        noise: How observations stray.
        seed: Of the noise and of the pictures without a face.

    Raises:
        ConfigError: If the cabin has no zone of a name.
    """
    random = np.random.default_rng(seed)
    yield from observe_all(
        instants(acts, cabin, rate, start=start, speed=speed), cabin, noise, random
    )


def observe_all(
    moments: Iterable[Instant],
    cabin: CabinGeometry,
    noise: Noise,
    random: np.random.Generator,
) -> Iterator[Event]:
    """The events of some instants, in the order of time."""
    sent_at, sent = -math.inf, math.nan
    for moment in moments:
        due = abs(moment.stamp - sent_at) >= _SPEED_PERIOD or moment.speed != sent
        if math.isfinite(moment.speed) and due:
            yield VehicleState(to_ns(moment.stamp), moment.speed)
            sent_at, sent = moment.stamp, moment.speed
        if moment.act.pictures:
            yield observe(moment, cabin, noise, random)


def observe(
    moment: Instant, cabin: CabinGeometry, noise: Noise, random: np.random.Generator
) -> FaceObservation:
    """What is seen at one instant."""
    act = moment.act
    lost = act.seen < 1.0 and random.random() >= act.seen
    if lost or not act.face:
        return nobody(moment.stamp, act.reasons)
    gaze = None
    if act.eyes and moment.direction is not None:
        gaze = _gaze(_strayed(moment.direction, noise, random), (act.gaze_std, act.gaze_std))
    elif not act.eyes and act.gaze_from_head:
        direction = _strayed(moment.head, noise, random)
        gaze = _gaze(direction, _HEAD_GAZE_STD, GazeSource.HEAD)
    zone = ZONE_UNKNOWN if gaze is None else _zone(gaze, cabin, exact=noise is QUIET)
    left, right = (_eye(act, noise, random) for _ in range(2))
    reasons = act.reasons if act.eyes else (*act.reasons, Reason.EYES_UNUSABLE)
    if gaze is not None and gaze.source is GazeSource.HEAD:
        reasons = (*reasons, Reason.GAZE_FROM_HEAD)
    mouth = act.mouth
    if noise.mouth:
        mouth = max(0.0, mouth + noise.mouth * random.standard_normal())
    yaw, pitch = moment.head
    pose = HeadPose(_AT_REFERENCE_POINT, _AT_REFERENCE_POINT, yaw, pitch, 0.0, _HEAD_STD, 0.01)
    return FaceObservation(
        stamp_ns=to_ns(moment.stamp),
        frame_id=CameraFrame.frame_id,
        availability=Availability.DEGRADED if reasons else Availability.AVAILABLE,
        reasons=reasons,
        image_size=(640, 480),
        image_quality=_QUALITY,
        track_id=1,
        faces=1,
        presence=1.0,
        head=pose,
        left_eye=left,
        right_eye=right,
        mouth_opening=mouth,
        gaze=gaze,
        zone=zone,
    )


def nobody(stamp: float, reasons: tuple[Reason, ...] = ()) -> FaceObservation:
    """A picture without a face, at `stamp` seconds."""
    return FaceObservation(
        stamp_ns=to_ns(stamp),
        frame_id=CameraFrame.frame_id,
        availability=Availability.UNAVAILABLE,
        reasons=reasons or (Reason.NO_FACE,),
        image_size=(640, 480),
        image_quality=_QUALITY,
    )


def _strayed(direction: Direction, noise: Noise, random: np.random.Generator) -> Direction:
    if noise is QUIET:
        return direction
    yaw, pitch = random.standard_normal(2).tolist()
    return (
        direction[0] + noise.gaze_bias[0] + noise.gaze[0] * yaw,
        direction[1] + noise.gaze_bias[1] + noise.gaze[1] * pitch,
    )


def _gaze(
    direction: Direction, std: Direction, source: GazeSource = GazeSource.EYES
) -> GazeObservation:
    vector = unit_direction(*direction)
    return GazeObservation(source, (0.0, 0.0, 0.0), vector, *direction, std)


def _zone(gaze: GazeObservation, cabin: CabinGeometry, *, exact: bool) -> ZoneEstimate:
    # Without noise a script has few directions, and casting the rays is most of the work.
    return _known_zone(gaze, cabin) if exact else locate(gaze, cabin)


@lru_cache(maxsize=256)
def _known_zone(gaze: GazeObservation, cabin: CabinGeometry) -> ZoneEstimate:
    return locate(gaze, cabin)


def _eye(act: Act, noise: Noise, random: np.random.Generator) -> EyeObservation:
    if not act.eyes:
        return EyeObservation.unusable(act.eye_reason)
    openness = act.lids
    if noise.openness:
        openness = max(0.0, openness + noise.openness * random.standard_normal())
    return EyeObservation(
        True, "", openness, openness, _OPENNESS_STD, (NAN, NAN), _IRIS_RADIUS_PX, 1.0
    )
