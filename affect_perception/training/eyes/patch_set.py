"""The training data in memory: patches as bytes, and whatever is known of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from affect_perception.core.types import ByteArray
from affect_perception.core.vision.eye_patch import PATCH_HEIGHT, PATCH_WIDTH

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

# Rows of `PatchSet.points`: the middle of the iris, the inner and outer corner, the middle of the
# upper and of the lower lid.
POINTS = 5
IRIS, INNER, OUTER, UPPER, LOWER = range(POINTS)
UNKNOWN_GROUP = -1


@dataclass(frozen=True)
class PatchSet:
    """Patches with labels; NaN (or -1 for a group) where a data set does not know.

    Attributes:
        patches: uint8 (n, 36, 60), every one looking like a left eye.
        gaze: (n, 2) yaw, pitch in the frame of the labels, rad.
        views: (n,) number of the camera and eye that share one frame of labels, -1 if none.
        subjects: (n,) number of the person among those with gaze labels, -1 if none.
        points: (n, 5, 2) px in the patch.
        opening: (n,) lid gap in iris diameters.
        closed: (n,) 1 closed, 0 open.
        usable: (n,) 1 an eye that can be read, 0 something else.
        rendered: (n,) whether the patch was rendered instead of photographed.
    """

    patches: ByteArray
    gaze: Floats
    views: Ints
    subjects: Ints
    points: Floats
    opening: Floats
    closed: Floats
    usable: Floats
    rendered: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.patches)

    def part(self, chosen: npt.NDArray[np.bool_] | Ints) -> PatchSet:
        """The chosen rows."""
        return PatchSet(**{f.name: getattr(self, f.name)[chosen] for f in fields(self)})


def patch_set(
    patches: ByteArray,
    *,
    gaze: npt.ArrayLike | None = None,
    views: npt.ArrayLike | None = None,
    subjects: npt.ArrayLike | None = None,
    points: npt.ArrayLike | None = None,
    opening: npt.ArrayLike | float = np.nan,
    closed: npt.ArrayLike | float = np.nan,
    usable: npt.ArrayLike | float = np.nan,
    rendered: bool = False,
) -> PatchSet:
    """A set of patches (n, 36, 60) with what is known of them; one value stands for all rows."""
    n = len(patches)

    def floats(values: npt.ArrayLike, *shape: int) -> Floats:
        spread = np.broadcast_to(np.asarray(values, np.float32), (n, *shape))
        return np.array(spread, order="C")

    def numbers(values: npt.ArrayLike | None) -> Ints:
        filled = UNKNOWN_GROUP if values is None else np.asarray(values, np.int64)
        return np.array(np.broadcast_to(filled, (n,)), np.int64, order="C")

    return PatchSet(
        patches=np.array(patches, np.uint8, order="C").reshape(n, PATCH_HEIGHT, PATCH_WIDTH),
        gaze=floats(np.nan if gaze is None else gaze, 2),
        views=numbers(views),
        subjects=numbers(subjects),
        points=floats(np.nan if points is None else points, POINTS, 2),
        opening=floats(opening),
        closed=floats(closed),
        usable=floats(usable),
        rendered=np.full(n, rendered),
    )


def joined(sets: Sequence[PatchSet]) -> PatchSet:
    """All rows of several sets, in order."""
    return PatchSet(
        **{f.name: np.concatenate([getattr(s, f.name) for s in sets]) for f in fields(PatchSet)}
    )
