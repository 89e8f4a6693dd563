"""Simple estimates from a few mesh points, to stand beside the figures as baselines."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from affect_perception.core.types import CameraIntrinsics

Array = npt.NDArray[np.float64]

# The six points of the much-copied generic head (S. Mallick, "Head Pose Estimation using OpenCV and
# Dlib", 2016): nose tip, chin, outer eye corners, mouth corners, in its arbitrary unit; here turned
# to camera axes (x image right, y down, z away from the camera).
_SIX_POINTS = np.array(
    [
        [0.0, 0.0, 0.0],
        [0.0, 330.0, 65.0],
        [-225.0, -170.0, 135.0],
        [225.0, -170.0, 135.0],
        [-150.0, 150.0, 125.0],
        [150.0, 150.0, 125.0],
    ]
)
_SIX_VERTICES = (4, 152, 33, 263, 61, 291)

# DrivFace marks the middle of each eye, the nose tip and the mouth corners. Eye middle: mean of
# the corners, which stays when the eye moves or closes.
_RIGHT_EYE_CORNERS = (33, 133)
_LEFT_EYE_CORNERS = (263, 362)
_NOSE_TIP, _RIGHT_MOUTH, _LEFT_MOUTH = 4, 61, 291


def five_points(landmarks: npt.ArrayLike) -> Array:
    """Right eye, left eye, nose tip, right and left mouth corner of a mesh, (5, 2) px."""
    mesh = np.asarray(landmarks, dtype=np.float64)[:, :2]
    return np.stack(
        [
            mesh[list(_RIGHT_EYE_CORNERS)].mean(axis=0),
            mesh[list(_LEFT_EYE_CORNERS)].mean(axis=0),
            mesh[_NOSE_TIP],
            mesh[_RIGHT_MOUTH],
            mesh[_LEFT_MOUTH],
        ]
    )


# Corner, two points of the upper lid, other corner, two of the lower lid; right eye, left eye.
_EYE_CONTOURS = ((33, 160, 158, 133, 153, 144), (362, 385, 387, 263, 373, 380))


def eye_aspect_ratio(landmarks: npt.ArrayLike) -> float:
    """Mean eye aspect ratio of both eyes: about 0.3 open, 0.2 the usual limit of "closed".

    (|p2 - p6| + |p3 - p5|) / (2 |p1 - p4|), Soukupova and Cech, "Real-Time Eye Blink Detection
    using Facial Landmarks", CVWW 2016.
    """
    mesh = np.asarray(landmarks, dtype=np.float64)[:, :2]
    ratios = []
    for corners in _EYE_CONTOURS:
        a, b, c, d, e, f = mesh[list(corners)]
        height = np.linalg.norm(b - f) + np.linalg.norm(c - e)
        ratios.append(height / max(2.0 * float(np.linalg.norm(a - d)), 1e-9))
    return float(np.mean(ratios))


def angles_of(rotation: npt.ArrayLike) -> tuple[float, float, float]:
    """Yaw, pitch, roll in degrees of a rotation from head to cabin axes.

    Yaw and pitch are those of the forward axis (first column), as on the frames page; roll is the
    turn about it, positive to the person's right shoulder.
    """
    r = np.asarray(rotation, dtype=np.float64)
    yaw = math.atan2(r[1, 0], r[0, 0])
    pitch = math.asin(max(-1.0, min(1.0, r[2, 0])))
    roll = math.atan2(r[2, 1], r[2, 2])
    return math.degrees(yaw), math.degrees(pitch), math.degrees(roll)


def six_point_pose(
    landmarks: npt.ArrayLike, intrinsics: CameraIntrinsics
) -> tuple[float, float, float]:
    """Yaw, pitch, roll in degrees by iterative PnP on six points of a generic head.

    Returns:
        Angles in the axes of a person who faces the camera; NaN if PnP finds nothing.
    """
    mesh = np.asarray(landmarks, dtype=np.float64)[:, :2]
    image_points = mesh[list(_SIX_VERTICES)]
    # Without a start the solver may put the head behind the camera.
    rotation = np.zeros((3, 1))
    distance = 450.0 * intrinsics.fx / max(float(np.ptp(image_points[:, 0])), 1.0)
    translation = np.array([[0.0], [0.0], [distance]])
    found, rotation, _ = cv2.solvePnP(
        _SIX_POINTS,
        image_points,
        intrinsics.matrix,
        None,
        rotation,
        translation,
        useExtrinsicGuess=True,
        flags=cv2.SOLVEPNP_ITERATIVE,
    )
    if not found:
        return math.nan, math.nan, math.nan
    turn, _ = cv2.Rodrigues(rotation)
    # Model axes equal camera axes at rest; the same change of axes on both sides gives head to
    # cabin axes of a person who faces the camera.
    to_cabin = np.array([[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
    return angles_of(to_cabin @ turn @ to_cabin.T)


def mean_shape_in_box(points: Array) -> Array:
    """Each face's points replaced by the mean shape in that face's own box.

    Args:
        points: (N, P, 2) true points.

    Returns:
        (N, P, 2): what a method would score that knew the true box and nothing of the face.
    """
    low, high = points.min(axis=1, keepdims=True), points.max(axis=1, keepdims=True)
    size = np.maximum(high - low, 1e-9)
    mean = ((points - low) / size).mean(axis=0)
    return np.asarray(low + mean * size, dtype=np.float64)
