"""Runs the pipeline over a recording and keeps the few numbers per frame that are scored."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from affect_perception.core.enums import AlertReason, EyesState, GazeSource, Reason
from affect_perception.core.types import (
    AttentionState,
    ByteArray,
    CameraFrame,
    FaceObservation,
)
from affect_perception.evaluation.tools import Tools
from affect_perception.io.sources import open_source

NAN = math.nan
# Every this many frames the tracked mesh is held against one found afresh in the same picture.
AUDIT_EVERY = 15
_OUTER_EYE_CORNERS = (33, 263)
_SLEEP_REASONS = (AlertReason.MICROSLEEP, AlertReason.SLEEP)


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
        yawn: One more yawn has been counted.
        sleep_alert: An alert of microsleep or sleep stands.
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
    yawn: bool = False
    sleep_alert: bool = False
    change: float = NAN
    audit: float = NAN


def run_clip(path: Path, tools: Tools, *, audit: bool = True) -> tuple[FrameRecord, ...]:
    """The records of a recording, in its order, from a pipeline of its own."""
    pipeline = tools.pipeline()
    records: list[FrameRecord] = []
    last: npt.NDArray[np.float64] | None = None
    counted = (0, 0)
    for index, frame in enumerate(_frames(path)):
        small = _thumbnail(frame.image)
        change = NAN if last is None else float(np.abs(small - last).mean())
        last = small
        state = next(s for s in pipeline.step(frame) if isinstance(s, AttentionState))
        distance = NAN
        if audit and index % AUDIT_EVERY == 0:
            distance = mesh_distance(state.face, tools.observe(frame.image))
        record = _record(state, frame.stamp_ns, change, distance)
        blinks, yawns = state.blink_count, state.yawn_count
        records.append(replace(record, blink=blinks > counted[0], yawn=yawns > counted[1]))
        counted = (blinks, yawns)
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
        sleep_alert=any(r in _SLEEP_REASONS for r in state.alert_reasons),
        change=change,
        audit=audit,
    )


def _from_first(records: Sequence[FrameRecord]) -> tuple[FrameRecord, ...]:
    start = records[0].time_s if records else 0.0
    return tuple(replace(r, time_s=r.time_s - start) for r in records)
