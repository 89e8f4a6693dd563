"""Core states with every field set, and with everything unknown."""

from __future__ import annotations

import numpy as np
import pytest
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
    ExpressionObservation,
    EyeObservation,
    FaceObservation,
    GazeObservation,
    HeadPose,
    ImageQuality,
    RigidTransform,
    ZoneEstimate,
)

STAMP = 1_700_000_000_123_456_789


def rotation(yaw: float, pitch: float) -> np.ndarray:
    return Rotation.from_euler("ZY", [yaw, -pitch]).as_matrix()


@pytest.fixture
def full_face() -> FaceObservation:
    in_cabin = RigidTransform(rotation(0.3, 0.1), np.array([0.01, 0.02, 0.03]))
    # Optical axes of a camera that looks back at the driver.
    camera = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, -1.0], [-1.0, 0.0, 0.0]])
    in_camera = RigidTransform(camera @ in_cabin.rotation, np.array([0.0, 0.0, 0.65]))
    eye = EyeObservation(True, "", 0.9, 0.95, 0.05, (321.0, 200.0), 5.5, 0.8)
    return FaceObservation(
        stamp_ns=STAMP,
        frame_id="camera_optical",
        availability=Availability.DEGRADED,
        reasons=(Reason.RIGHT_EYE_UNUSABLE,),
        image_size=(640, 480),
        image_quality=ImageQuality(0.5, 0.2, 0.01, 120.0),
        track_id=3,
        faces=1,
        detected=True,
        presence=0.99,
        box=(200.0, 100.0, 180.0, 220.0),
        landmarks=np.arange(478 * 3, dtype=np.float32).reshape(478, 3),
        head=HeadPose(in_camera, in_cabin, 0.3, 0.1, 0.02, (0.03, 0.04, 0.02), 0.05),
        left_eye=eye,
        right_eye=EyeObservation.unusable("head_turned_away"),
        mouth_opening=0.1,
        expression=ExpressionObservation(
            Availability.DEGRADED,
            (ExpressionReason.TURNED_AWAY, ExpressionReason.BLURRED),
            (0.5, 0.25, 0.125, 0.125, 0.0, 0.0, 0.0, 0.0),
            entropy=0.5,
            valence=0.25,
            valence_std=0.375,
            arousal=-0.125,
            arousal_std=0.0625,
            age_s=0.75,
            usual_progress=0.875,
        ),
        gaze=GazeObservation(
            GazeSource.EYES, (0.01, 0.02, 0.03), (0.8, 0.6, 0.0), 0.6435, 0.0, (0.07, 0.09)
        ),
        zone=ZoneEstimate("mirror_interior", 0.7, TriState.NO, {"mirror_interior": 0.7}),
    )


@pytest.fixture
def full_state(full_face: FaceObservation) -> AttentionState:
    return AttentionState(
        stamp_ns=STAMP,
        availability=Availability.DEGRADED,
        degradation_reasons=(Reason.RIGHT_EYE_UNUSABLE,),
        face=full_face,
        profile="default",
        eyes_on_road=TriState.NO,
        eyes_state=EyesState.OPEN,
        left_eye_openness=0.95,
        off_road_duration=3.5,
        blink_count=7,
        alert_level=AlertLevel.WARNING,
        alert_reasons=(AlertReason.LONG_DISTRACTION,),
    )


@pytest.fixture
def unknown_state() -> AttentionState:
    face = FaceObservation(
        stamp_ns=STAMP + 1,
        frame_id="camera_optical",
        availability=Availability.UNAVAILABLE,
        reasons=(Reason.NO_FACE,),
        image_size=(640, 480),
        image_quality=ImageQuality(0.5, 0.2, 0.01, 120.0),
    )
    return AttentionState(STAMP + 1, Availability.UNAVAILABLE, (Reason.NO_FACE,), face, "default")
