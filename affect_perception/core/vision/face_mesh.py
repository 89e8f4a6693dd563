"""478 face landmarks from the attention mesh network.

The network (Grishchenko et al., "Attention Mesh: high-fidelity face mesh prediction in real-time",
CVPR workshops 2020) gives 468 points of the whole face and, from three attention regions, finer
points of the lips, of each eye with its brow, and of the irises. The tables below say which of the
468 points each finer point replaces; the ten iris points are appended as 468..477.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from affect_perception.core.network import Network
from affect_perception.core.types import MESH_POINTS, ByteArray, FloatArray
from affect_perception.core.vision.face_detector import LEFT_EYE, RIGHT_EYE, FaceDetection
from affect_perception.core.vision.image_quality import GREEN
from affect_perception.core.vision.picture import RotatedSquare, SquareCropper, dark_gain

Box = tuple[float, float, float, float]

MESH_SIZE = 192
BASE_POINTS = 468
# The crop is this much wider than the face (published setting of the mesh graph).
CROP_MARGIN = 1.5

# fmt: off
LIPS = (
    61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409,
    78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310, 415,
    76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306, 184, 74, 73, 72, 11, 302, 303, 304, 408,
    62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292, 183, 42, 41, 38, 12, 268, 271, 272, 407,
)
RIGHT_EYE_REGION = (
    33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173,
    130, 25, 110, 24, 23, 22, 26, 112, 243, 247, 30, 29, 27, 28, 56, 190,
    226, 31, 228, 229, 230, 231, 232, 233, 244, 113, 225, 224, 223, 222, 221, 189,
    35, 124, 46, 53, 52, 65, 143, 111, 117, 118, 119, 120, 121, 128, 245,
    156, 70, 63, 105, 66, 107, 55, 193,
)
LEFT_EYE_REGION = (
    263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398,
    359, 255, 339, 254, 253, 252, 256, 341, 463, 467, 260, 259, 257, 258, 286, 414,
    446, 261, 448, 449, 450, 451, 452, 453, 464, 342, 445, 444, 443, 442, 441, 413,
    265, 353, 276, 283, 282, 295, 372, 340, 346, 347, 348, 349, 350, 357, 465,
    383, 300, 293, 334, 296, 336, 285, 417,
)
# fmt: on
RIGHT_EYE_CONTOUR = RIGHT_EYE_REGION[:16]
LEFT_EYE_CONTOUR = LEFT_EYE_REGION[:16]
RIGHT_IRIS = (468, 469, 470, 471, 472)
LEFT_IRIS = (473, 474, 475, 476, 477)
# Outer eye corners: the line between them is the horizontal of the face.
RIGHT_EYE_OUTER = 33
LEFT_EYE_OUTER = 263

_EYE_CONTOURS = np.array((RIGHT_EYE_CONTOUR, LEFT_EYE_CONTOUR))


def _sources() -> npt.NDArray[np.intp]:
    """Row of each of the 478 points among all outputs one below the other."""
    rows = np.arange(MESH_POINTS)
    first = BASE_POINTS
    for region in (LIPS, RIGHT_EYE_REGION, LEFT_EYE_REGION, RIGHT_IRIS, LEFT_IRIS):
        rows[list(region)] = first + np.arange(len(region))
        first += len(region)
    return rows


_SOURCES = _sources()


def square_from_detection(detection: FaceDetection) -> RotatedSquare:
    """Where to look for the mesh of a detected face: upright along the eye line, 1.5 x the box."""
    across = detection.keypoints[LEFT_EYE] - detection.keypoints[RIGHT_EYE]
    x, y = detection.centre
    side = CROP_MARGIN * max(detection.box[2], detection.box[3])
    return RotatedSquare(x, y, side, math.atan2(across[1], across[0]))


def square_and_box(points: FloatArray) -> tuple[RotatedSquare, Box]:
    """What is around points (478, 2 or 3) in picture px.

    Returns:
        Where to look for the mesh in the next picture, and the box (x, y, width, height) of all
        points in this one.
    """
    (x0, y0), (x1, y1) = points[[RIGHT_EYE_OUTER, LEFT_EYE_OUTER], :2]
    angle = math.atan2(y1 - y0, x1 - x0)
    c, s = math.cos(angle), math.sin(angle)
    # Along the face and along the picture in one pass.
    axes = np.array([[c, s], [-s, c], [1.0, 0.0], [0.0, 1.0]], dtype=points.dtype)
    places = axes @ points[:, :2].T
    low, high = np.minimum.reduce(places, axis=1), np.maximum.reduce(places, axis=1)
    wide, tall = (high - low)[2:].tolist()
    left, top, x, y = low.tolist()
    right, bottom, _, _ = high.tolist()
    u, v = (left + right) / 2.0, (top + bottom) / 2.0
    side = CROP_MARGIN * max(right - left, bottom - top)
    return RotatedSquare(c * u - s * v, s * u + c * v, side, angle), (x, y, wide, tall)


def square_from_landmarks(points: FloatArray) -> RotatedSquare:
    """Where to look for the mesh in the next picture, from points (478, 2 or 3) in picture px."""
    return square_and_box(points)[0]


@dataclass(frozen=True)
class MeshResult:
    """Landmarks of one crop.

    Attributes:
        points: (478, 3) float32: x, y in picture px; z in the same scale, smaller is nearer.
        presence: Probability that the crop holds a face, 0..1.
        crop: The crop as it is in the picture, uint8 (192, 192, 3); overwritten by the next call.
        in_crop: (478, 2) float32: x, y in crop px.
        square: Where to look for the face in the next picture: around these points.
        box: (x, y, width, height) of all points in picture px.
    """

    points: npt.NDArray[np.float32]
    presence: float
    crop: ByteArray
    in_crop: npt.NDArray[np.float32]
    square: RotatedSquare
    box: Box

    @cached_property
    def brightness(self) -> float:
        """Mean grey level (green) of the middle of the crop, 0..255; ask before the next call."""
        middle = slice(MESH_SIZE // 4, -MESH_SIZE // 4, 3)
        return float(cv2.mean(np.ascontiguousarray(self.crop[middle, middle, GREEN]))[0])


def assemble(
    mesh: FloatArray,
    lips: FloatArray,
    right_eye: FloatArray,
    left_eye: FloatArray,
    right_iris: FloatArray,
    left_iris: FloatArray,
) -> npt.NDArray[np.float32]:
    """One mesh of 478 points out of the six outputs, all in crop px.

    The finer points replace x and y only. An iris has no depth of its own and gets the mean depth
    of the contour of its eye.
    """
    points = np.empty((MESH_POINTS, 3), np.float32)
    outputs = (mesh[:, :2], lips, right_eye, left_eye, right_iris, left_iris)
    points[:, :2] = np.concatenate(outputs).take(_SOURCES, axis=0)
    depths = mesh[:, 2]
    points[:BASE_POINTS, 2] = depths
    right, left = depths.take(_EYE_CONTOURS).mean(axis=1)
    points[468:473, 2] = right
    points[473:478, 2] = left
    return points


class FaceMesh:
    """Runs the mesh network on rotated square crops.

    Args:
        network: Takes uint8 (1, 192, 192, 3); gives mesh (468, 3), lips (80, 2), right eye (71, 2),
            left eye (71, 2), right iris (5, 2), left iris (5, 2) in crop px and the face flag (1,)
            as a logit.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._cropper = SquareCropper(MESH_SIZE)
        self._lit = np.zeros((1, MESH_SIZE, MESH_SIZE, 3), np.uint8)

    def run(self, image: ByteArray, square: RotatedSquare) -> MeshResult:
        """Landmarks of the face in a square of the picture."""
        crop = self._cropper.cut(image, square)
        gain = dark_gain(crop[0])
        if gain > 1.0:
            cv2.convertScaleAbs(crop[0], dst=self._lit[0], alpha=gain)
        *parts, flag = self._network.run(crop if gain == 1.0 else self._lit)
        points = assemble(*parts)
        in_crop = points[:, :2].copy()
        c, s, x, y = square.turn_and_shift(MESH_SIZE)
        turn = np.array(((c, s), (-s, c)), np.float32)
        points[:, :2] = in_crop @ turn
        points[:, :2] += np.array((x, y), np.float32)
        points[:, 2] *= np.float32(square.side / MESH_SIZE)
        presence = 1.0 / (1.0 + math.exp(-min(max(float(flag.reshape(-1)[0]), -60.0), 60.0)))
        return MeshResult(points, presence, crop[0], in_crop, *square_and_box(points))
