"""Whether something covers the mouth, from the edges in the lower part of the cut face.

The eyes tell of covers before the eyes only (`core.vision.eyes`), and the mesh puts a mouth where
one should be. What a mask, a hand or a phone takes away are the edges of mouth and nose in their
places: level ones in the middle, few beside them. So the picture of the expression network
(`expression_face`) is asked how strong edges are in its lower three fifths: in 8 px cells, the left
half folded onto the right, upright, slanted and level ones apart (histograms of oriented gradients,
Dalal and Triggs, CVPR 2005, without their blocks), over the spread of the whole face. A logistic
regression weighs these 27 numbers.

The weights were fitted on faces with drawn covers, not on real ones: `affect_perception.training.
mouth_cover` prints them and how well they do on other faces, docs/expression.md has the figures.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from affect_perception.core.types import ByteArray
from affect_perception.core.vision.expression_face import SIZE

CELL = 8
# First row of the picture that is looked at: the bridge of the nose.
TOP = 16
ROWS, COLUMNS = (SIZE - TOP) // CELL, SIZE // CELL
MIDDLE = COLUMNS // 2
# Edges are compared on a logarithmic scale; 1 over this is one that hardly counts.
_GAIN = 10.0

BIAS = 4.591
# Rows from the nose to the chin, columns from the cheek to the middle.
UPRIGHT = ((0.143, 0.658, 0.167), (-0.422, -1.103, -1.085), (0.008, -0.327, -0.732))
SLANTED = ((0.231, 1.398, 0.026), (-0.065, 0.091, -0.695), (-0.338, -0.088, -1.154))
LEVEL = ((0.345, 0.540, 0.266), (0.589, 0.670, -1.592), (0.393, 0.193, -1.794))

Array = npt.NDArray[np.float64]

_WEIGHTS = np.array([UPRIGHT, SLANTED, LEVEL]).ravel()


def edge_numbers(face: ByteArray) -> Array:
    """(27,) how strong upright, slanted and level edges are in each cell.

    Args:
        face: uint8 (40, 40), as `expression_face` cuts it; not of one grey level.
    """
    across = cv2.Sobel(face, cv2.CV_32F, 1, 0)[TOP:]
    down = cv2.Sobel(face, cv2.CV_32F, 0, 1)[TOP:]
    size, turn = cv2.cartToPolar(across, down)
    turn *= 6.0 / math.pi
    turn %= 6.0
    # Shares of three directions; edges are at right angles to their gradients.
    parts = np.empty((3, *size.shape), np.float32)
    np.maximum(1.0 - np.minimum(turn, 6.0 - turn), 0.0, out=parts[0])
    np.maximum(1.0 - np.abs(turn - 3.0), 0.0, out=parts[2])
    np.subtract(1.0 - parts[0], parts[2], out=parts[1])
    parts *= size
    cells = parts.reshape(3, ROWS, CELL, COLUMNS, CELL).sum(axis=(2, 4))
    folded = cells[:, :, : MIDDLE + 1] + cells[:, :, : MIDDLE - 1 : -1]
    _, spread = cv2.meanStdDev(face)
    strength = 0.5 * _GAIN / (CELL * CELL * max(float(spread[0, 0]), 1e-3))
    return np.log1p(strength * folded.astype(np.float64)).ravel()


def mouth_cover(face: ByteArray) -> float:
    """How much the mouth looks covered, 0..1; no calibrated probability: covers are rare.

    Args:
        face: As for `edge_numbers`.
    """
    z = BIAS + float(_WEIGHTS @ edge_numbers(face))
    return 1.0 / (1.0 + math.exp(-min(max(z, -60.0), 60.0)))
