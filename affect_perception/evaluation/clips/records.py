"""Runs the pipeline over a recording and keeps the few numbers per frame that are scored."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.enums import (
    AlertLevel,
    AlertReason,
    EyesState,
    GazeSource,
    Reason,
    TriState,
)
from affect_perception.core.types import (
    AttentionState,
    ByteArray,
    CameraFrame,
    FaceObservation,
)
from affect_perception.evaluation.mesh.face_points import eye_aspect_ratio
from affect_perception.evaluation.tools import Tools
from affect_perception.io.sources import open_source

NAN = math.nan
# Every this many frames the tracked mesh is held against one found afresh in the same picture.
AUDIT_EVERY = 15
_OUTER_EYE_CORNERS = (33, 263)


@dataclass(frozen=True)
class FrameRecord:
    """What one frame gave; angles in degrees, NaN if unknown.

    Attributes:
        time_s: Stamp, seconds after the first frame.
        tracked: A driver face is followed.
        no_face: The state says that there is none.
        eyes: State of the eyes.
        head_yaw: Positive to the person's left.
        head_pitch: Positive upwards.
        gaze_yaw: From the eyes only.
        gaze_pitch: From the eyes only.
        openness: Mean of the usable eyes.
        blink: One more blink has been counted.
        on_road: Whether the eyes are on the road.
        closure_s: Time since the eyes closed, s; 0 while open.
        blink_s: Length of the last blink, s.
        yawning: A yawn goes on.
        alert: Level of the alert.
        alert_reasons: What it is about.
        ear: Eye aspect ratio, mean of both eyes, for a simple method to stand beside.
        mouth: Opening of the mouth over its width.
        origin: Midpoint between the eyes in the cabin, m.
        change: Mean absolute difference to the last picture, 0..1: a hard cut stands out.
        audit: Mean distance of the tracked mesh from a fresh one over the eye distance; infinite if
            only one of them found a face; NaN where not checked.
    """

    time_s: float
    tracked: bool
    no_face: bool
    eyes: EyesState = EyesState.UNKNOWN
    head_yaw: float = NAN
    head_pitch: float = NAN
    gaze_yaw: float = NAN
    gaze_pitch: float = NAN
    openness: float = NAN
    blink: bool = False
    on_road: TriState = TriState.UNKNOWN
    closure_s: float = NAN
    blink_s: float = NAN
    yawning: bool = False
    alert: AlertLevel = AlertLevel.UNKNOWN
    alert_reasons: tuple[AlertReason, ...] = ()
    ear: float = NAN
    mouth: float = NAN
    origin: tuple[float, float, float] = (NAN, NAN, NAN)
    change: float = NAN
    audit: float = NAN


def run_clip(
    path: Path,
    tools: Tools,
    *,
    audit: bool = True,
    cabin: CabinGeometry | None = None,
    every: int = 1,
) -> tuple[FrameRecord, ...]:
    """The records of a recording, in its order, from a pipeline of its own.

    Args:
        path: The recording.
        tools: Networks and settings.
        audit: Whether to hold the mesh against fresh ones now and then.
        cabin: The cabin; None for a camera that the person faces.
        every: Only every so many-th frame.
    """
    pipeline = tools.pipeline(cabin)
    records: list[FrameRecord] = []
    last: npt.NDArray[np.float64] | None = None
    counted = 0
    for index, frame in enumerate(itertools.islice(_frames(path), 0, None, every)):
        small = _thumbnail(frame.image)
        change = NAN if last is None else float(np.abs(small - last).mean())
        last = small
        state = next(s for s in pipeline.step(frame) if isinstance(s, AttentionState))
        distance = NAN
        if audit and index % AUDIT_EVERY == 0:
            distance = mesh_distance(state.face, tools.observe(frame.image))
        record = _record(state, frame.stamp_ns, change, distance)
        records.append(replace(record, blink=state.blink_count > counted))
        counted = state.blink_count
    return _from_first(records)


def mesh_distance(tracked: FaceObservation, fresh: FaceObservation) -> float:
    """Mean distance of two meshes over the eye distance of the fresh one; see `FrameRecord`."""
    if tracked.landmarks is None and fresh.landmarks is None:
        return NAN
    if tracked.landmarks is None or fresh.landmarks is None:
        return math.inf
    a, b = (fresh.landmarks[i, :2] for i in _OUTER_EYE_CORNERS)
    distance = np.linalg.norm(tracked.landmarks[:, :2] - fresh.landmarks[:, :2], axis=1)
    return float(distance.mean() / max(float(np.linalg.norm(a - b)), 1e-6))


def _frames(path: Path) -> Iterator[CameraFrame]:
    for event in open_source(path).events():
        if isinstance(event, CameraFrame):
            yield event


def _thumbnail(image: ByteArray) -> npt.NDArray[np.float64]:
    small = cv2.resize(image, (32, 32), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.float64) / 255.0


def _record(state: AttentionState, stamp_ns: int, change: float, audit: float) -> FrameRecord:
    face = state.face
    head, gaze = face.head, face.gaze
    seen = gaze is not None and gaze.source is GazeSource.EYES
    openness = [e.openness for e in (face.left_eye, face.right_eye) if math.isfinite(e.openness)]
    return FrameRecord(
        time_s=stamp_ns * 1e-9,
        tracked=face.landmarks is not None,
        no_face=Reason.NO_FACE in state.degradation_reasons,
        eyes=state.eyes_state,
        head_yaw=math.degrees(head.yaw) if head is not None else NAN,
        head_pitch=math.degrees(head.pitch) if head is not None else NAN,
        gaze_yaw=math.degrees(gaze.yaw) if gaze is not None and seen else NAN,
        gaze_pitch=math.degrees(gaze.pitch) if gaze is not None and seen else NAN,
        openness=float(np.mean(openness)) if openness else NAN,
        on_road=state.eyes_on_road,
        closure_s=state.eye_closure_duration,
        blink_s=state.blink_duration,
        yawning=state.yawn,
        alert=state.alert_level,
        alert_reasons=state.alert_reasons,
        ear=NAN if face.landmarks is None else eye_aspect_ratio(face.landmarks),
        mouth=face.mouth_opening,
        origin=gaze.origin if gaze is not None else (NAN, NAN, NAN),
        change=change,
        audit=audit,
    )


def _from_first(records: Sequence[FrameRecord]) -> tuple[FrameRecord, ...]:
    start = records[0].time_s if records else 0.0
    return tuple(replace(r, time_s=r.time_s - start) for r in records)
