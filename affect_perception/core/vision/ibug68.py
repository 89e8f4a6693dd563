"""The 478-point mesh seen as the 68 points of the iBUG mark-up (300-W).

The two mark-ups do not mean the same places everywhere. Eyes, nose tip, nostrils and lips are the
same anatomical places; brows are close; the jaw is not: iBUG annotators drew the visible outline
of the cheek in the picture, evenly spaced from ear to chin, while the mesh's oval lies on the
skull and, on a turned head, its far side is hidden. So the error is also given for the 51 inner
points alone, and the jaw is taken at equal steps along the oval.

Choice of points, by anatomy: iBUG 36 is the outer corner of the eye on the image left (33 in the
mesh), 37 and 38 lie at a third and two thirds of its upper lid (160, 158), and so on, with the
mirrored points on the other side. The names of places in the mark-up are those of Sagonas et al.,
"300 Faces in-the-Wild Challenge", ICCV Workshops 2013, figure 1; the neighbourhoods in the mesh
are those of the model's own contours. Where two neighbours were equally plausible (29 on the ridge
of the nose, 31 and 35 at its wings, 49 and 53, 55 and 59 between peak and corner of the lips) the
one nearer to the labels of helen_afw_landmarks was taken, the same on both sides; every other
choice is within 0.006 eye distances of the best vertex there is on these pictures.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError
from affect_perception.core.types import MESH_POINTS

# The mesh's face oval from the temple on the image left over the chin to the other temple, from
# the height of the eyes downwards.
_RIGHT_JAW = (127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148)
_LEFT_JAW = (377, 400, 378, 379, 365, 397, 288, 361, 323, 454, 356)
_JAW_PATH = (*_RIGHT_JAW, 152, *_LEFT_JAW)

_BROWS = (70, 63, 105, 66, 107, 336, 296, 334, 293, 300)
_NOSE = (168, 197, 195, 4, 240, 97, 2, 326, 460)
_EYES = (33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380)
_OUTER_LIPS = (61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181)
_INNER_LIPS = (78, 82, 13, 312, 308, 317, 14, 87)

INNER_POINTS = _BROWS + _NOSE + _EYES + _OUTER_LIPS + _INNER_LIPS
JAW_POINTS = 17


def to_ibug68(landmarks: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """The 68 iBUG points of a mesh.

    Args:
        landmarks: Mesh of shape (478, 2 or more) or (468, 2 or more); x right, y down, px.

    Returns:
        Points of shape (68, 2), px.

    Raises:
        InputError: If the shape is another one.
    """
    mesh = np.asarray(landmarks, dtype=np.float64)
    if mesh.ndim != 2 or mesh.shape[0] not in (468, MESH_POINTS) or mesh.shape[1] < 2:
        raise InputError(f"a mesh needs shape (478 or 468, 2 or more), got {mesh.shape}")
    points = mesh[:, :2]
    jaw = _at_equal_steps(points[list(_JAW_PATH)], JAW_POINTS)
    return np.vstack([jaw, points[list(INNER_POINTS)]])


def _at_equal_steps(path: npt.NDArray[np.float64], count: int) -> npt.NDArray[np.float64]:
    """`count` points on each half of a path about its middle, at equal steps of length.

    Both halves get the same number of steps, so that the middle (the chin) stays a point even when
    the head is turned and one half is foreshortened.
    """
    middle, half = len(path) // 2, count // 2 + 1
    left = _resample(path[: middle + 1], half)
    right = _resample(path[middle:], half)
    return np.vstack([left, right[1:]])


def _resample(path: npt.NDArray[np.float64], count: int) -> npt.NDArray[np.float64]:
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    wanted = np.linspace(0.0, along[-1], count)
    return np.stack([np.interp(wanted, along, path[:, axis]) for axis in (0, 1)], axis=1)
