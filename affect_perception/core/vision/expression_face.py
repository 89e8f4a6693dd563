"""The face as the expression network sees it: a small grey square with eyes and mouth in place.

The network learns from FER2013, whose faces are 48 px squares that a face detector cut, eyes and
mouth nearly always in the same places. A face from the camera is brought there by the similarity
(place, size, roll) that fits its eyes and mouth best; the middle of that square is resampled to the
network's picture. Training cuts the same middle (`training.expression.augment.cut`).
"""

from __future__ import annotations

import cmath

import cv2
import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError
from affect_perception.core.types import ByteArray
from affect_perception.core.vision.picture import averaged_warp

TILE = 48
"""Side of a face of FER2013, px."""
REGION = 44.0
"""Side of the square in the middle of it that the network sees, px of the tile."""
SIZE = 40
"""Side of the network's picture, px."""

# Places in a tile, px (pixel centres at integers), of the middles of the two eyes (the person's
# right one first) and of the mouth: medians over the 388 of 400 faces of FER2013 Training, drawn
# at random, in which the mesh was found; median absolute deviation 1.3 to 2.0 px.
PLACES = np.array([[14.7, 18.45], [32.7, 18.45], [23.7, 36.45]])
# Corners of the person's right eye, of the left one, and of the mouth, in the 478-point mesh.
_CORNERS = [33, 133, 362, 263, 61, 291]

Matrix = npt.NDArray[np.float64]


def _raster() -> Matrix:
    """(3, 144) places all over the network's square, px of the tile, with a row of ones."""
    line = np.linspace(0.5 * (TILE - REGION), 0.5 * (TILE + REGION), 12) - 0.5
    x, y = np.array(np.meshgrid(line, line)).reshape(2, -1)
    return np.array([x, y, np.ones_like(x)])


_RASTER = _raster()


def face_of_tile(tile: ByteArray) -> ByteArray:
    """A face of FER2013 as the network's picture.

    Args:
        tile: uint8 (48, 48) grey.

    Returns:
        uint8 (40, 40).

    Raises:
        InputError: If the tile has another size or type.
    """
    if tile.dtype != np.uint8 or tile.shape != (TILE, TILE):
        raise InputError(f"expected a grey uint8 {TILE}x{TILE} face, got {tile.dtype} {tile.shape}")
    return _resampled(tile, np.eye(2, 3))


def face_of_picture(picture: ByteArray, landmarks: npt.ArrayLike) -> tuple[ByteArray, float]:
    """A face of a camera picture as the network's picture.

    Args:
        picture: uint8 (H, W, 3) RGB or (H, W) grey.
        landmarks: (478, 2) or (478, 3): x, y of the mesh, px of the picture.

    Returns:
        uint8 (40, 40), and its scale: px of the picture per px of a 48 px tile (below 1 the
        picture is coarser than what was learned from).

    Raises:
        InputError: If landmarks are not finite, all in one place, or outside of the picture.
    """
    to_picture = _from_tile(landmarks)
    scale = float(np.hypot(to_picture[0, 0], to_picture[1, 0]))
    corners = np.array([[0, 0], [TILE, 0], [0, TILE], [TILE, TILE]], np.float64)
    around = corners @ to_picture[:, :2].T + to_picture[:, 2]
    low = np.maximum(np.floor(around.min(axis=0)) - 2, 0).astype(int)
    high = np.minimum(np.ceil(around.max(axis=0)) + 3, picture.shape[1::-1]).astype(int)
    if (high <= low).any():
        raise InputError("the face lies outside of the picture")
    # Only the part around the face is made grey: the whole of a large picture takes longer.
    picture = picture[low[1] : high[1], low[0] : high[0]]
    if picture.ndim == 3:
        picture = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
    to_picture[:, 2] -= low
    return _resampled(picture, to_picture), scale


def share_inside(landmarks: npt.ArrayLike, width: int, height: int) -> float:
    """Share of the network's square that lies inside a picture of this size, 0..1.

    Raises:
        InputError: If landmarks are not finite or all in one place.
    """
    x, y = _from_tile(landmarks) @ _RASTER
    if x.min() >= 0.0 and x.max() < width - 0.5 and y.min() >= 0.0 and y.max() < height - 0.5:
        return 1.0
    return float(((x >= -0.5) & (x < width - 0.5) & (y >= -0.5) & (y < height - 0.5)).mean())


def similarity(origin: Matrix, target: Matrix) -> Matrix:
    """Rows (2, 3) of the similarity that brings points nearest to others (least squares).

    Umeyama, "Least-squares estimation of transformation parameters between two point patterns",
    IEEE TPAMI 13(4), 1991, in the plane, where complex numbers say it in one line.

    Args:
        origin: (n, 2).
        target: (n, 2).

    Raises:
        InputError: If a point is not finite or all lie in one place.
    """
    # Python's complex numbers: for a handful of points faster than arrays.
    a = [complex(x, y) for x, y in origin.tolist()]
    b = [complex(x, y) for x, y in target.tolist()]
    if not all(map(cmath.isfinite, (*a, *b))):
        raise InputError("landmarks that are not finite cannot be aligned")
    middle_a, middle_b = sum(a) / len(a), sum(b) / len(b)
    spread = sum(abs(p - middle_a) ** 2 for p in a)
    together = sum((p - middle_a).conjugate() * (q - middle_b) for p, q in zip(a, b, strict=True))
    turn = together / spread
    if not abs(turn) > 1e-6:
        raise InputError("landmarks that lie in one place cannot be aligned")
    shift = middle_b - turn * middle_a
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def _from_tile(landmarks: npt.ArrayLike) -> Matrix:
    """Rows (2, 3): px of a tile to px of the picture."""
    points = np.asarray(landmarks)[_CORNERS, :2].astype(np.float64)
    return similarity(PLACES, 0.5 * (points[0::2] + points[1::2]))


def _resampled(grey: ByteArray, from_tile: Matrix) -> ByteArray:
    """The network's picture of what `from_tile` finds in `grey` for px of a tile."""
    step = REGION / SIZE
    start = 0.5 * (TILE - REGION) + 0.5 * step - 0.5
    from_face = np.array([[step, 0.0, start], [0.0, step, start], [0.0, 0.0, 1.0]])
    matrix = from_tile @ from_face
    pixels = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    dense = max(1, round(pixels))
    return averaged_warp(grey, matrix.tolist(), (SIZE, SIZE), dense, cv2.BORDER_REPLICATE)
