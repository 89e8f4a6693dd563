"""Small grey faces of an emotion set: open eyes of thousands of people, many narrow or blurred.

Nobody marked whether their eyes are open. Most are; those whose lids the face path's mesh sees near
each other are left out, and the labels of states are trusted only so far in any case.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError
from affect_perception.core.types import ByteArray
from affect_perception.evaluation.tools import Tools, with_border
from affect_perception.training.eyes.face_patches import IRIS_PX, FacePatch, face_patches
from affect_perception.training.eyes.patch_set import LOWER, UPPER, PatchSet, patch_set

SHEET, LABELS = "images.png", "labels.npz"
TILE, COLUMNS = 48, 100
# The part of the set that its authors trained on, and pictures with their original pixels.
TRAINING, LOSSLESS = 0, 0
# Emotions that mostly come with open eyes: angry, fear, happy, surprise, neutral (not disgust and
# sadness, which shut or lower the lids).
EMOTIONS = (0, 2, 3, 5, 6)
# The faces are enlarged by this before the face path looks at them.
ENLARGED = 4
# Lids nearer than this (iris diameters) in the mesh, in either eye: not surely open.
SURELY_OPEN = 0.3
# A patch with less of it inside the picture teaches nothing.
MIN_INSIDE = 0.9


def open_small_faces(folder: Path, tools: Tools, count: int, seed: int) -> PatchSet | None:
    """Open eyes of `count` faces drawn at random; None if the face path finds none.

    Args:
        folder: Holds `images.png`, a sheet of 48 x 48 tiles, 100 in a row, and `labels.npz` with
            `usage`, `emotion` and `pixel_source` of each.
        tools: The face path.
        count: Faces to look at.
        seed: For the draw.

    Raises:
        InputError: If sheet and labels do not fit.
    """
    found: list[FacePatch] = []
    for tile in _tiles(folder, count, seed):
        large = cv2.resize(tile, None, fx=ENLARGED, fy=ENLARGED, interpolation=cv2.INTER_CUBIC)
        colour = np.asarray(cv2.cvtColor(large, cv2.COLOR_GRAY2RGB), np.uint8)
        pair = face_patches(with_border(colour), tools)
        if pair is not None and all(_shows_open_eye(face) for face in pair):
            found += pair
    if not found:
        return None
    points = np.stack([face.points for face in found])
    # The mesh guesses the lids of so small a face.
    points[:, [UPPER, LOWER]] = np.nan
    return patch_set(
        np.stack([face.eye.patch for face in found]), points=points, closed=0.0, usable=1.0
    )


def _shows_open_eye(face: FacePatch) -> bool:
    gap = face.points[LOWER, 1] - face.points[UPPER, 1]
    return bool(gap > SURELY_OPEN * IRIS_PX and face.eye.inside >= MIN_INSIDE)


def _tiles(folder: Path, count: int, seed: int) -> list[ByteArray]:
    """Randomly drawn tiles (48, 48) of the training part."""
    sheet = cv2.imread(str(folder / SHEET), cv2.IMREAD_GRAYSCALE)
    if sheet is None:
        raise InputError(f"{folder / SHEET}: cannot be read")
    with np.load(folder / LABELS) as labels:
        usage, emotion, source = (labels[k] for k in ("usage", "emotion", "pixel_source"))
    if sheet.shape[1] != COLUMNS * TILE or len(usage) > sheet.shape[0] // TILE * COLUMNS:
        raise InputError(f"{folder}: {SHEET} has no tile for every row of {LABELS}")
    fits = (usage == TRAINING) & (source == LOSSLESS) & np.isin(emotion, EMOTIONS)
    rows: npt.NDArray[np.int64] = np.nonzero(fits)[0]
    chosen = np.random.default_rng(seed).permutation(rows)[:count]
    corners = ((int(i) // COLUMNS * TILE, int(i) % COLUMNS * TILE) for i in chosen)
    return [np.asarray(sheet[y : y + TILE, x : x + TILE], np.uint8) for y, x in corners]
