"""A face in the messages and frames of ROS4HRI: plain values, no ROS.

The convention is REP-155 "Conventions, Topics, Interfaces for Perception in Human-Robot
Interaction" (draft), the messages are those of hri_msgs 2.0; both were read in the text of their
repositories (ros-infrastructure/rep, ros4hri/hri_msgs). Where the two differ (REP-155 has
sensor_msgs/RegionOfInterest for a face's roi) hri_msgs is followed, as ROS4HRI's own nodes do.
docs/ros4hri.md says what is published and what is not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.core.enums import GazeSource
from affect_perception.core.types import FaceObservation, RigidTransform
from affect_perception.core.vision.face_mesh import LEFT_IRIS, RIGHT_IRIS
from affect_perception.core.vision.ibug68 import to_ibug68
from affect_perception.io.message_fields import Fields, header_fields, quaternion

EXPRESSION_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "neutral": "neutral",
        "happiness": "happy",
        "surprise": "surprised",
        "sadness": "sad",
        "anger": "angry",
        "disgust": "disgusted",
        "fear": "scared",
    }
)
"""Our class -> constant of hri_msgs/Expression, which has none for contempt."""

Array = npt.NDArray[np.float64]

_HEAD_UP = np.array([0.0, 0.0, 1.0])
_HEAD_RIGHT = np.array([0.0, -1.0, 0.0])


def has_face(face: FaceObservation) -> bool:
    """Whether a face is tracked that can be given an id."""
    return face.track_id > 0 and all(math.isfinite(value) for value in face.box)


def ids_fields(stamp_ns: int, frame_id: str, ids: list[str]) -> Fields:
    """Fields of `hri_msgs/IdsList`."""
    return {"header": header_fields(stamp_ns, frame_id), "ids": ids}


def roi_fields(face: FaceObservation) -> Fields:
    """Fields of `hri_msgs/NormalizedRegionOfInterest2D`: the box in shares of the picture, 0..1."""
    width, height = face.image_size
    x, y, box_width, box_height = face.box
    return {
        "header": header_fields(face.stamp_ns, face.frame_id),
        "xmin": _share(x / width),
        "ymin": _share(y / height),
        "xmax": _share((x + box_width) / width),
        "ymax": _share((y + box_height) / height),
        "c": _confidence(face.presence),
    }


def landmark_points(face: FaceObservation) -> list[tuple[float, float, float]]:
    """The 70 points of `hri_msgs/FacialLandmarks`: x and y in shares of the picture, confidence.

    Points 0..67 are those of iBUG (`core.vision.ibug68`), 68 and 69 the right and the left pupil.
    A point outside the picture lies on its edge with confidence 0; so is the confidence of the
    pupil of an eye that is not usable, whose place is a guess of the mesh.

    Raises:
        ValueError: If the face has no landmarks.
    """
    if face.landmarks is None:
        raise ValueError("the face has no landmarks")
    pupils = face.landmarks[[RIGHT_IRIS[0], LEFT_IRIS[0]], :2]
    points = np.vstack([to_ibug68(face.landmarks), pupils]) / np.array(face.image_size, np.float64)
    confidence = np.full(len(points), _confidence(face.presence))
    confidence[-2:] = [
        min(confidence[0], _confidence(eye.quality)) if eye.usable else 0.0
        for eye in (face.right_eye, face.left_eye)
    ]
    inside = np.clip(points, 0.0, 1.0)
    confidence[(points != inside).any(axis=1)] = 0.0
    return [(float(x), float(y), float(c)) for (x, y), c in zip(inside, confidence, strict=True)]


def expression_fields(face: FaceObservation) -> Fields | None:
    """Fields of `hri_msgs/Expression`, or None unless this very picture was read.

    The most probable class, with its probability as confidence. When that is contempt, for which
    hri_msgs has no word, `expression` is empty with confidence 0, and valence and arousal speak.
    """
    seen = face.expression
    if seen.age_s != 0.0 or not math.isfinite(seen.probabilities[0]):
        return None
    best = int(np.argmax(seen.probabilities))
    word = EXPRESSION_WORDS.get(AFFECT_CLASSES[best], "")
    return {
        "header": header_fields(face.stamp_ns, face.frame_id),
        "expression": word,
        "valence": seen.valence,
        "arousal": seen.arousal,
        "confidence": _confidence(seen.probabilities[best]) if word else 0.0,
    }


def transform_fields(face: FaceObservation, face_id: str) -> list[Fields]:
    """Fields of `geometry_msgs/TransformStamped`: `face_<id>`, and `gaze_<id>` on it.

    `face_<id>` is our head frame (x out of the face, z up, origin midway between the eyes, which
    REP-155 accepts for the sellion) in the camera's optical frame. `gaze_<id>` lies in the same
    place with z along the gaze, x to the person's right and y down; where the gaze is taken from
    the head, z is the head's x. Empty if the head's pose is not known.
    """
    if face.head is None:
        return []
    direction = np.array([1.0, 0.0, 0.0])
    if face.gaze is not None and face.gaze.source is GazeSource.EYES:
        direction = face.head.in_cabin.rotation.T @ np.asarray(face.gaze.direction)
    on_head = RigidTransform(gaze_axes(direction), np.zeros(3))
    parent = f"face_{face_id}"
    return [
        _transform(face.stamp_ns, face.frame_id, parent, face.head.in_camera),
        _transform(face.stamp_ns, parent, f"gaze_{face_id}", on_head),
    ]


def gaze_axes(direction: Array) -> Array:
    """Axes of the gaze frame, as columns in the head frame: right, down, along the gaze.

    Args:
        direction: Unit vector (3,) in the head frame (x out of the face, y left, z up).
    """
    right = np.cross(direction, _HEAD_UP)
    length = float(np.linalg.norm(right))
    # Along the head's own z any right would do; the head's is taken.
    right = right / length if length > 1e-6 else _HEAD_RIGHT
    axes = np.stack([right, np.cross(direction, right), direction], axis=1)
    return axes.astype(np.float64)


def _transform(stamp_ns: int, parent: str, child: str, pose: RigidTransform) -> Fields:
    x, y, z, w = quaternion(pose.rotation)
    at = pose.translation.tolist()
    return {
        "header": header_fields(stamp_ns, parent),
        "child_frame_id": child,
        "transform": {
            "translation": {"x": at[0], "y": at[1], "z": at[2]},
            "rotation": {"x": x, "y": y, "z": z, "w": w},
        },
    }


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))


def _confidence(value: float) -> float:
    """0..1, and 0 (the least that hri_msgs can say) for what is unknown."""
    return _share(value) if math.isfinite(value) else 0.0
