"""The data that flows through the core: frozen, validated on construction, free of ROS.

Conventions (see docs/frames.md): stamps are integer nanoseconds of acquisition; lengths are
metres, angles radians; the `cabin` frame is REP-103 (x forward, y left, z up) with its origin at
the driver's ocular reference point; direction yaw is positive to the person's left, pitch positive
upwards; "left" eye is the person's own left; standard deviations are one sigma; what is not known
is NaN or an UNKNOWN member, never zero.
"""

from __future__ import annotations

from affect_perception.core.types.affect import MODALITIES, AffectState, ModalityState
from affect_perception.core.types.attention import AttentionState
from affect_perception.core.types.context import DriverContext
from affect_perception.core.types.expression import ExpressionObservation
from affect_perception.core.types.face import (
    MESH_POINTS,
    NAN,
    ZONE_UNKNOWN,
    Calibration,
    EyeObservation,
    FaceObservation,
    GazeObservation,
    HeadPose,
    ImageQuality,
    ZoneEstimate,
)
from affect_perception.core.types.inputs import (
    AudioChunk,
    ByteArray,
    CameraFrame,
    CameraIntrinsics,
    FloatArray,
    NoFrame,
    NoSound,
    RigidTransform,
    VehicleState,
    VoiceEvent,
)
from affect_perception.core.types.load import LoadEstimate
from affect_perception.core.types.physio import (
    BiosignalChunk,
    NoSignal,
    PhysioEvent,
    PhysioObservation,
)
from affect_perception.core.types.pulse import PulseObservation
from affect_perception.core.types.voice import VoiceObservation

__all__ = [
    "MESH_POINTS",
    "MODALITIES",
    "NAN",
    "ZONE_UNKNOWN",
    "AffectState",
    "AttentionState",
    "AudioChunk",
    "BiosignalChunk",
    "ByteArray",
    "Calibration",
    "CameraFrame",
    "CameraIntrinsics",
    "DriverContext",
    "ExpressionObservation",
    "EyeObservation",
    "FaceObservation",
    "FloatArray",
    "GazeObservation",
    "HeadPose",
    "ImageQuality",
    "LoadEstimate",
    "ModalityState",
    "NoFrame",
    "NoSignal",
    "NoSound",
    "PhysioEvent",
    "PhysioObservation",
    "PulseObservation",
    "RigidTransform",
    "VehicleState",
    "VoiceEvent",
    "VoiceObservation",
    "ZoneEstimate",
]
