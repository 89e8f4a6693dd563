"""Where each eye is in the mesh, and what it looks like in the crop of the face."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from affect_perception.core.types import ByteArray, FloatArray
from affect_perception.core.vision.face_mesh import (
    LEFT_EYE_CONTOUR,
    LEFT_IRIS,
    MESH_SIZE,
    RIGHT_EYE_CONTOUR,
    RIGHT_IRIS,
    MeshResult,
)
from affect_perception.core.vision.image_quality import GREEN, WHITE

# Fraction bits of the outline of an eye when it is drawn.
SUBPIXEL_BITS = 4


@dataclass(frozen=True)
class EyeTopology:
    """Where one eye is in the mesh; `side` is +1 for the person's left eye, -1 for the right."""

    side: int
    upper: tuple[int, int, int]
    lower: tuple[int, int, int]
    corners: tuple[int, int]
    iris: int
    contour: tuple[int, ...]


RIGHT = EyeTopology(
    -1, (160, 159, 158), (144, 145, 153), (33, 133), RIGHT_IRIS[0], RIGHT_EYE_CONTOUR
)
LEFT = EyeTopology(1, (385, 386, 387), (380, 374, 373), (362, 263), LEFT_IRIS[0], LEFT_EYE_CONTOUR)

# The tables give the lower and then the upper lid, both from the outer to the inner corner.
_LOWER_LID = 9
_CONTOURS = {
    eye.side: np.array((*eye.contour[:_LOWER_LID], *reversed(eye.contour[_LOWER_LID:])))
    for eye in (RIGHT, LEFT)
}


def look_of(eye: EyeTopology, mesh: MeshResult) -> tuple[float, float]:
    """What an eye looks like in the crop of the face.

    Returns:
        Share of white pixels between the lids, and the spread of the grey levels in the box around
        the eye as a share of the mean level of the face. Between the lids nothing is white but a
        lamp mirrored in glasses. An open eye has dark lashes and iris beside white and skin; a hand
        or a dark lens in front of it has not.
    """
    contour = mesh.in_crop.take(_CONTOURS[eye.side], axis=0)
    xs, ys = contour.T.tolist()
    if not math.isfinite(sum(xs) + sum(ys)):
        return 1.0, 0.0
    left, top, right, bottom = min(xs), min(ys), max(xs), max(ys)
    x0, y0 = max(0, int(left) - 2), max(0, int(top) - 2)
    x1, y1 = min(MESH_SIZE, int(right) + 3), min(MESH_SIZE, int(bottom) + 3)
    if x0 >= x1 or y0 >= y1:
        return 1.0, 0.0
    patch = np.ascontiguousarray(mesh.crop[y0:y1, x0:x1, GREEN])
    white = _white_between_lids(patch, contour, x0, y0)
    _, deviation = cv2.meanStdDev(patch)
    return white, float(deviation[0, 0]) / max(mesh.brightness, 1.0)


def _white_between_lids(patch: ByteArray, contour: FloatArray, left: int, top: int) -> float:
    """Share of white pixels of a patch inside of the contour, which is in pixels of the crop."""
    if cv2.minMaxLoc(patch)[1] < WHITE:
        return 0.0
    white = patch >= WHITE
    inside = np.zeros(patch.shape, np.uint8)
    outline = np.round((contour - (left, top)) * (1 << SUBPIXEL_BITS)).astype(np.int32)
    cv2.fillPoly(inside, [outline], 1, shift=SUBPIXEL_BITS)
    area = int(np.count_nonzero(inside))
    return int(np.count_nonzero(white & (inside > 0))) / max(1, area)
