"""A scripted drive as the nodes would publish it: fields of the messages of all topics, no ROS.

What the driver attends to goes through the real pipeline of attention, affect through the real
fusion; the face is a mesh that is moved about a little.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from affect_perception.core.attention.profile import Profile
from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.config import FusionConfig, PipelineConfig
from affect_perception.core.enums import Modality
from affect_perception.core.fusion.fusion import AffectFusion
from affect_perception.core.types import MODALITIES, Calibration, FaceObservation, VoiceObservation
from affect_perception.evaluation.scripted_sight import states
from affect_perception.io.affect_fields import affect_fields
from affect_perception.io.message_fields import Fields, attention_fields, face_fields
from affect_perception.io.physio_fields import physio_fields
from affect_perception.io.voice_fields import voice_fields
from affect_perception.sim.observed.act import Act
from affect_perception.sim.observed.affect_streams import STORY, AffectDriver, Mood
from affect_perception.sim.observed.observations import Noise, observations

RATE = 30.0
LATENCY = 0.012
NOISE = Noise(gaze=(0.03, 0.025), openness=0.04, mouth=0.01)
Floats = npt.NDArray[np.float64]
Arrival = tuple[float, str, Fields]
"""Seconds from the start, topic (`TOPICS`), fields of the message."""

TOPICS = ("attention", "affect", "face", "voice", "physio")
"""What arrives."""


def drive(
    acts: Sequence[Act],
    cabin: CabinGeometry,
    profile: Profile,
    *,
    moods: Sequence[Mood] = STORY,
    modalities: Sequence[Modality] = MODALITIES,
    mesh: Floats | None = None,
    calibration: float = 1.0,
) -> Iterator[Arrival]:
    """What arrives, in order.

    Args:
        acts: What the driver does.
        cabin: Whose zones they name.
        profile: When to warn.
        moods: How the driver is.
        modalities: Those that send anything; the face brings attention as well.
        mesh: (478, 3) landmarks in a picture of 640 x 480; none if None.
        calibration: How far the driver's own baseline is known.
    """
    events = list(observations(acts, cabin, RATE, noise=NOISE, seed=1))
    faces = [event for event in events if isinstance(event, FaceObservation)]
    start, end = faces[0].stamp_ns, faces[-1].stamp_ns
    found: list[Arrival] = []

    def arrive(stamp_ns: int, topic: str, fields: Any) -> None:
        found.append(((stamp_ns - start) / 1e9, topic, fields))

    driver = AffectDriver(moods, start_ns=start)
    told = driver.events([m for m in modalities if m is not Modality.FACE], (end - start) / 1e9)
    if Modality.FACE in modalities:
        known = Calibration(calibration, calibration, calibration, calibration, driver_number=1)
        moved = [
            replace(e, calibration=known) if isinstance(e, FaceObservation) else e for e in events
        ]
        for state in states(moved, PipelineConfig(), cabin, profile):
            arrive(state.stamp_ns, "attention", attention_fields(state, LATENCY))
        judged = driver.observations(Modality.FACE, (end - start) / 1e9 + 1.0)
        told += [_seen(face, shown, mesh) for face, shown in zip(faces, judged, strict=False)]
    fusion = AffectFusion(FusionConfig())
    for one in sorted(told, key=lambda event: event.stamp_ns):
        topic, fields = _fields(one)
        arrive(one.stamp_ns, topic, fields)
        for affect in (*fusion.silence(one.stamp_ns), fusion.step(one)):
            if affect is not None:
                arrive(max(affect.stamp_ns, one.stamp_ns), "affect", affect_fields(affect, 0.016))
    return iter(sorted(found, key=lambda arrival: arrival[0]))


def _seen(face: FaceObservation, shown: Any, mesh: Floats | None) -> FaceObservation:
    """A face of the script with the expression and pulse of the scripted mood."""
    if face.head is None:
        return face
    time = face.stamp_ns / 1e9
    points = None if mesh is None else _moved(mesh, time, face.head.yaw)
    quality = shown.image_quality
    return replace(
        face,
        image_quality=quality,
        expression=shown.expression,
        pulse=shown.pulse,
        landmarks=points,
    )


def _fields(one: Any) -> tuple[str, dict[str, Any]]:
    if isinstance(one, FaceObservation):
        return "face", face_fields(one, LATENCY)
    if isinstance(one, VoiceObservation):
        return "voice", voice_fields(one, 0.03)
    return "physio", physio_fields(one, 0.05)


def _moved(mesh: Floats, time: float, yaw: float) -> npt.NDArray[np.float32]:
    """The mesh turned by a yaw, and moved as heads are."""
    middle = mesh.mean(axis=0)
    points = mesh - middle
    x = points[:, 0] * math.cos(yaw) - points[:, 2] * math.sin(yaw)
    moved = points.copy()
    moved[:, 0] = x + 4.0 * math.sin(0.9 * time)
    moved[:, 1] += 3.0 * math.sin(0.6 * time + 1.0)
    return (moved + middle).astype(np.float32)
