"""Scripted observations in a small cabin, one picture at a time; `sim.observed` makes them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np

from affect_perception.core.cabin import Box, CabinGeometry, Quad, Zone, ZoneKind, look_at
from affect_perception.core.enums import GazeSource, Reason
from affect_perception.core.types import (
    NAN,
    EyeObservation,
    FaceObservation,
    GazeObservation,
    HeadPose,
    RigidTransform,
)
from affect_perception.sim.observed import observations as sight
from affect_perception.sim.observed.act import Act, Instant

ROAD = (0.0, 0.0)
CLUSTER = (0.0, -0.34)
PHONE = (0.0, -1.0)
RADIO = (-0.55, -0.31)
_BLIND = EyeObservation.unusable("glare")
# The quiet scripts here draw nothing from it.
_NO_CHANCE = np.random.default_rng(0)


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
    full = look is not None and openness is not None
    act = Act(
        1.0,
        lids=NAN if openness is None else openness,
        mouth=mouth,
        reasons=() if full else (Reason.EYES_UNUSABLE,),
    )
    moment = Instant(seconds, act, look, head=(0.0, head_pitch), speed=NAN)
    seen = sight.observe(moment, cabin, sight.QUIET, _NO_CHANCE)
    if openness is None:
        seen = replace(seen, left_eye=_BLIND, right_eye=_BLIND)
    return replace(seen, track_id=track_id)


def nobody(seconds: float, *reasons: Reason) -> FaceObservation:
    """A picture without a face."""
    return sight.nobody(seconds, reasons)


Script = Callable[[float], FaceObservation]


def stamps(seconds: float, rate: float, start: float = 0.0) -> Iterator[float]:
    """Regular stamps from `start`, s."""
    for index in range(round(seconds * rate)):
        yield start + index / rate


def play(script: Script, times: Iterable[float]) -> Iterator[FaceObservation]:
    """The observations of a script at the given instants."""
    for seconds in times:
        yield script(seconds)
