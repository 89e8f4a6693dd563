"""Eye patches of whole faces, cut by the path that runs in the car.

The landmarks of the mesh give the places of iris, corners and lids in the patch as extra labels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from affect_perception.core.types import (
    ByteArray,
    CameraIntrinsics,
    FaceObservation,
    FloatArray,
)
from affect_perception.core.vision.eye_patch import (
    PATCH_SCALE,
    PATCH_WIDTH,
    NormalisedEye,
    cut_pair,
    eye_from_corners,
)
from affect_perception.core.vision.eyes import IRIS_DIAMETER
from affect_perception.core.vision.geometry import Float64Array
from affect_perception.evaluation.tools import Tools
from affect_perception.training.eyes.patch_set import LOWER, UPPER

# Iris, inner and outer corner, middle of the upper and lower lid in the mesh: right eye, left eye.
MESH_POINTS_OF_EYES = ((468, 133, 33, 159, 145), (473, 362, 263, 386, 374))
IRIS_PX = IRIS_DIAMETER * PATCH_SCALE
# Corners of the eyes in the 68-point mark-up (image left to right) with their lid points.
Lids = tuple[tuple[int, int], tuple[int, int]]
RIGHT_68 = (36, 39, ((37, 41), (38, 40)))
LEFT_68 = (42, 45, ((43, 47), (44, 46)))


@dataclass(frozen=True)
class FacePatch:
    """One eye of a face: the patch, and the mesh's points (5, 2) in it."""

    eye: NormalisedEye
    points: Float64Array


def face_patches(image: ByteArray, tools: Tools) -> tuple[FacePatch, FacePatch] | None:
    """Right and left eye of the face in a picture, or None without a face."""
    seen = tools.observe(image)
    if seen.head is None or seen.landmarks is None:
        return None
    return patches_of(image, seen, tools)


def patches_of(
    image: ByteArray, seen: FaceObservation, tools: Tools
) -> tuple[FacePatch, FacePatch]:
    """The same from an observation that has a head and landmarks."""
    assert seen.head is not None
    assert seen.landmarks is not None
    fov = math.radians(tools.config.camera.horizontal_fov_deg)
    intrinsics = CameraIntrinsics.from_fov(image.shape[1], image.shape[0], fov)
    pair = cut_pair(image, seen.landmarks, seen.head.in_camera, intrinsics)
    right, left = (
        FacePatch(eye, eye.in_patch(seen.landmarks[list(indices), :2].astype(np.float64)))
        for eye, indices in zip(pair, MESH_POINTS_OF_EYES, strict=True)
    )
    return right, left


def marked_points(face: FacePatch, contour: FloatArray, lids: Lids) -> Float64Array:
    """The points (5, 2) of a patch with the lids where somebody marked them.

    Args:
        face: The patch with the mesh's points.
        contour: (68, 2) marked points of the face, px of the picture.
        lids: Which of them are the pairs on the upper and the lower lid.
    """
    marked = face.points.copy()
    for row, column in ((UPPER, 0), (LOWER, 1)):
        indices = [pair[column] for pair in lids]
        marked[row] = face.eye.in_patch(contour[indices]).mean(axis=0)
    return marked


def not_eyes(
    image: ByteArray, pair: tuple[FacePatch, FacePatch], rng: np.random.Generator
) -> list[NormalisedEye]:
    """Two patches beside the eyes: cheek, forehead, nose, hair, at the eyes' own scale."""
    found = []
    for side, face in zip((-1, 1), pair, strict=True):
        corners = _corners_in_picture(face)
        width = float(np.linalg.norm(corners[1] - corners[0]))
        angle = rng.uniform(0.0, 2.0 * math.pi)
        shift = width * rng.uniform(1.1, 1.9) * np.array([math.cos(angle), math.sin(angle)])
        # Along the line of the eyes the other eye would come into view.
        if abs(shift[1]) < 0.75 * width:
            shift[1] = math.copysign(0.75 * width, shift[1])
        a, b = corners + shift
        eye = eye_from_corners(image, (a[0], a[1]), (b[0], b[1]), side)
        if eye.inside > 0.7:
            found.append(eye)
    return found


def _corners_in_picture(face: FacePatch) -> Float64Array:
    points = face.points[1:3].copy()
    if face.eye.mirrored:
        points[:, 0] = PATCH_WIDTH - 1 - points[:, 0]
    rows = np.column_stack([points, np.ones(2)]) @ np.array(face.eye.to_picture).T
    placed = rows[:, :2] / rows[:, 2:]
    return placed[np.argsort(placed[:, 0])]
