"""Stand-ins for hri_msgs and tf2_msgs as documented, for tests without ROS, and a seen face."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np

from affect_perception.core.enums import Availability, GazeSource
from affect_perception.core.types import (
    ExpressionObservation,
    EyeObservation,
    FaceObservation,
    GazeObservation,
    HeadPose,
    ImageQuality,
    RigidTransform,
)

FIELDS: dict[str, dict[str, Any]] = {
    "IdsList": {"ids": []},
    "NormalizedRegionOfInterest2D": {
        "xmin": 0.0, "ymin": 0.0, "xmax": 0.0, "ymax": 0.0, "c": 0.0,
    },
    "NormalizedPointOfInterest2D": {"x": 0.0, "y": 0.0, "c": 0.0},
    "FacialLandmarks": {"landmarks": [], "height": 0, "width": 0},
    "Expression": {"expression": "", "valence": 0.0, "arousal": 0.0, "confidence": 0.0},
    "TFMessage": {"transforms": []},
}  # fmt: skip
"""The fields of hri_msgs 2.0 (and tf2_msgs) that are written, besides the header."""


class Message:
    """Takes the documented fields and no others."""

    def __init__(self, kind: str) -> None:
        stamp = SimpleNamespace(sec=0, nanosec=0)
        fields = {"header": SimpleNamespace(stamp=stamp, frame_id=""), **FIELDS[kind]}
        if kind in ("NormalizedPointOfInterest2D", "TFMessage"):
            del fields["header"]
        self.__dict__.update(fields)

    def __setattr__(self, name: str, value: Any) -> None:
        assert name in self.__dict__, f"no field {name}"
        assert type(value) is type(self.__dict__[name]), f"{name}: {value!r}"
        self.__dict__[name] = value


def _kinds(*names: str) -> Any:
    return SimpleNamespace(**{name: lambda name=name: Message(name) for name in names})


HRI = _kinds(*(name for name in FIELDS if name != "TFMessage"))
TF2 = _kinds("TFMessage")


def transform_stamped() -> Any:
    """A `geometry_msgs/TransformStamped`."""
    stamp = SimpleNamespace(sec=0, nanosec=0)
    return SimpleNamespace(
        header=SimpleNamespace(stamp=stamp, frame_id=""),
        child_frame_id="",
        transform=SimpleNamespace(
            translation=SimpleNamespace(x=0.0, y=0.0, z=0.0),
            rotation=SimpleNamespace(x=0.0, y=0.0, z=0.0, w=1.0),
        ),
    )


FACING_CAMERA = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, -1.0], [-1.0, 0.0, 0.0]])
"""Head to optical frame: x out of the face is -z, y to the person's left is x, z up is -y."""


def seen_face(stamp_ns: int = 5_000_000_000, **changes: Any) -> FaceObservation:
    """A face of 64x48 px picture that looks 0.2 rad to its left and 0.1 down, read as happy."""
    yaw, pitch = 0.2, -0.1
    flat = math.cos(pitch)
    direction = (flat * math.cos(yaw), flat * math.sin(yaw), math.sin(pitch))
    pose = RigidTransform(FACING_CAMERA, np.array([0.01, -0.02, 0.7]))
    mesh = np.random.default_rng(3).uniform((10, 8, 0), (50, 40, 1), (478, 3)).astype(np.float32)
    eye = EyeObservation(True, "", 0.5, 1.0, 0.1, (30.0, 20.0), 2.0, 0.8)
    fields: dict[str, Any] = {
        "track_id": 1,
        "presence": 0.9,
        "box": (16.0, 12.0, 32.0, 24.0),
        "landmarks": mesh,
        "head": HeadPose(
            pose, RigidTransform(np.eye(3), np.zeros(3)), 0.0, 0.0, 0.0, (0.03,) * 3, 0.01
        ),
        "left_eye": eye,
        "right_eye": eye,
        "gaze": GazeObservation(
            GazeSource.EYES, (0.0, 0.0, 0.0), direction, yaw, pitch, (0.05, 0.05)
        ),
        "expression": ExpressionObservation(
            Availability.AVAILABLE,
            (),
            (0.2, 0.6, 0.1, 0.1, 0.0, 0.0, 0.0, 0.0),
            0.5, 0.5, 0.2, 0.4, 0.2, 0.0, 1.0,
        ),
    }  # fmt: skip
    return FaceObservation(
        stamp_ns,
        "camera_optical",
        Availability.AVAILABLE,
        (),
        (64, 48),
        ImageQuality(0.5, 0.2, 0.0, 100.0),
        **(fields | changes),
    )
