"""A recording and a pipeline that need no models: the state follows a script of the stamp."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator

import numpy as np
from scipy.spatial.transform import Rotation

from affect_perception.core.enums import (
    AlertLevel,
    AlertReason,
    Availability,
    ExpressionReason,
    EyesState,
    GazeSource,
    Reason,
    TriState,
)
from affect_perception.core.types import (
    AttentionState,
    CameraFrame,
    ExpressionObservation,
    EyeObservation,
    FaceObservation,
    GazeObservation,
    HeadPose,
    ImageQuality,
    RigidTransform,
    VehicleState,
    ZoneEstimate,
)

SECOND = 1_000_000_000
START = 10_000 * SECOND
PHONE = (0.0, -1.14)  # yaw, pitch of the zone lap_phone in sedan_lhd


NOBODY = ExpressionObservation(Availability.UNAVAILABLE, (ExpressionReason.NO_FACE,))
SMILE = ExpressionObservation(
    Availability.AVAILABLE,
    (),
    (0.4, 0.6, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    entropy=0.3,
    valence=0.4,
    valence_std=0.2,
    arousal=0.3,
    arousal_std=0.2,
    age_s=0.0,
    usual_progress=0.5,
)


class FakeSource:
    """Pictures at an even rate; some of them can be bad."""

    name = "fake"

    def __init__(self, seconds: float, rate: float = 30.0, bad: tuple[int, ...] = ()) -> None:
        self.frames = round(seconds * rate)
        self._rate = rate
        self._bad = bad

    def events(self, on_bad_frame=None) -> Iterator[CameraFrame | VehicleState]:
        from affect_perception.core.errors import InputError

        yield VehicleState(START, 20.0)
        for index in range(self.frames):
            stamp = START + round(index / self._rate * SECOND)
            if index in self._bad:
                on_bad_frame(stamp, InputError("JPEG image is truncated"))
                continue
            yield CameraFrame(stamp, np.zeros((4, 4), np.uint8))


class FakePipeline:
    """Eyes closed from 8 to 9 s, phone from 12 to 17 s, nobody from 20 s; a blink every 4 s."""

    def __init__(self) -> None:
        self._blinks = 0

    def step(self, event):
        if isinstance(event, VehicleState):
            return ()
        t = (event.stamp_ns - START) / SECOND
        face = self._face(event.stamp_ns, t)
        return face, self._state(face, t)

    def _face(self, stamp: int, t: float) -> FaceObservation:
        face = FaceObservation(
            stamp,
            "camera_optical",
            Availability.UNAVAILABLE,
            (Reason.NO_FACE,),
            (640, 480),
            ImageQuality(0.5, 0.2, 0.0, 100.0),
            expression=NOBODY,
        )
        if t >= 20.0:
            return face
        away = 12.0 <= t < 17.0
        yaw, pitch = (-0.5, -0.4) if away else (0.05 * math.sin(t), 0.02)
        rotation = Rotation.from_euler("ZY", [yaw, -pitch]).as_matrix()
        pose = RigidTransform(rotation, np.array([0.0, 0.0, 0.0]))
        direction = tuple(float(v) for v in rotation[:, 0])
        openness = 0.05 if 8.0 <= t < 9.0 else 0.1 if t % 4.0 < 0.2 else 1.0
        eye = EyeObservation(True, "", openness, openness, 0.05, (300.0, 200.0), 6.0, 0.9)
        return dataclasses.replace(
            face,
            availability=Availability.AVAILABLE,
            reasons=(),
            track_id=1,
            faces=1,
            presence=0.99,
            landmarks=np.zeros((478, 3), np.float32),
            expression=SMILE,
            head=HeadPose(pose, pose, yaw, pitch, 0.0, (0.02, 0.02, 0.02), 0.03),
            left_eye=eye,
            right_eye=eye,
            gaze=GazeObservation(
                GazeSource.EYES, (0.0, 0.0, 0.0), direction, yaw, pitch, (0.05, 0.05)
            ),
            zone=ZoneEstimate(
                "lap_phone" if away else "windscreen", 0.9, TriState.NO if away else TriState.YES
            ),
        )

    def _state(self, face: FaceObservation, t: float) -> AttentionState:
        state = AttentionState(
            face.stamp_ns, face.availability, face.reasons, face, "euro_ncap_2026"
        )
        if face.head is None:
            return dataclasses.replace(
                state, alert_level=AlertLevel.INFO, alert_reasons=(AlertReason.NO_DRIVER,)
            )
        away, closed = 12.0 <= t < 17.0, 8.0 <= t < 9.0
        blink = round(t % 4.0 * 30) == 6 and not 8.0 <= t < 9.5
        self._blinks += blink
        warn = 15.0 <= t < 17.0
        return dataclasses.replace(
            state,
            eyes_on_road=face.zone.on_road,
            eyes_state=EyesState.CLOSED if closed else EyesState.OPEN,
            left_eye_openness=face.left_eye.openness,
            right_eye_openness=face.right_eye.openness,
            blink=blink,
            blink_duration=0.2 if self._blinks else math.nan,
            blink_count=self._blinks,
            off_road_duration=t - 12.0 if away else 0.0,
            attention_buffer=max(0.0, 2.0 - (t - 12.0)) if away else 2.0,
            alert_level=AlertLevel.WARNING if warn else AlertLevel.NONE,
            alert_reasons=(AlertReason.LONG_DISTRACTION,) if warn else (),
        )


def fake_truth(seconds: float, rate: float = 30.0) -> list[dict]:
    """Rows as `DriverTruth.plain()` gives them, a little off the fake states."""
    rows = []
    for index in range(round(seconds * rate)):
        t = index / rate
        present = t < 20.0
        away = 12.0 <= t < 17.0
        rows.append(
            {
                "stamp_ns": START + round(t * SECOND),
                "present": present,
                "head_position": [0.0, 0.0, 0.0] if present else [None] * 3,
                "head_yaw": (-0.55 if away else 0.05 * math.sin(t)) if present else None,
                "head_pitch": (-0.4 if away else 0.0) if present else None,
                "head_roll": 0.0 if present else None,
                "gaze_yaw": (PHONE[0] if away else 0.05 * math.sin(t)) if present else None,
                "gaze_pitch": (PHONE[1] if away else 0.0) if present else None,
                "lid_opening_left": 1.0 if present else None,
                "lid_opening_right": 1.0 if present else None,
                "mouth_opening": 0.0 if present else None,
                "blink": False,
                "eyes_closed": False,
                "yawn": False,
                "talking": False,
                "second_person": False,
                "gaze_target": "phone" if away else "road" if present else "",
                "eyewear": "none",
                "label": "phone" if away else "",
                "occlusion": "none",
            }
        )
    return rows
