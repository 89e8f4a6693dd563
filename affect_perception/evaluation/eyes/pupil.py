"""Centre of a dark pupil in a grey picture of one eye.

Under infrared light off the optical axis the pupil is the darkest round part of the eye: a disk
darker than the ring around it. The disk of highest contrast to its ring is found over a few sizes
(the centre-surround feature of Swirski, Bulling, Dodgson, "Robust real-time pupil tracking in
highly off-axis images", ETRA 2012), then moved to the centroid of what is dark there. Lamps
mirrored in the cornea are taken out first by a grey opening, which no smaller bright spot survives.

It needs a pupil that is darker than its iris: brown eyes in visible light have none to see. Thick
dark lashes can win over it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from affect_perception.core.types import ByteArray

# Radii that are tried, in iris diameters: pupils of 2.2 to 4.5 mm.
RADII = (0.095, 0.12, 0.15, 0.19)
# Outer radius of the ring in radii of the disk, and reach of the centroid.
RING, REACH = 1.9, 1.4
# Spots narrower than this share of the iris diameter (one sigma of a lamp's mirror image is about
# half of it in inp_ir_eyes) are taken out.
SPOT = 0.073
# Less contrast than this, in grey levels, is no pupil.
SMALLEST_CONTRAST = 4.0
CENTROID_STEPS = 4
# Smallest iris diameter: below it the pupil is about two pixels wide.
SMALLEST_IRIS = 10.0

_Grey = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Pupil:
    """A pupil.

    Attributes:
        x: Centre, px, pixel centres at integers.
        y: Likewise.
        radius: Of the disk of highest contrast, px.
        contrast: Ring minus disk in grey levels; near 0 means that there is no dark pupil.
    """

    x: float
    y: float
    radius: float
    contrast: float


def find_pupil(grey: ByteArray, iris_diameter: float) -> Pupil | None:
    """Finds the pupil in a crop of one eye.

    Args:
        grey: (H, W) uint8.
        iris_diameter: About how wide the iris is, px.

    Returns:
        The pupil, or None if the iris is too small (`SMALLEST_IRIS`) or nothing dark is there.
    """
    if iris_diameter < SMALLEST_IRIS or min(grey.shape) < iris_diameter / 2.0:
        return None
    plain = _without_spots(grey.astype(np.float32), iris_diameter)
    # Skin and sclera are all alike "bright", so that lashes beside them do not win.
    levels = np.minimum(plain, np.float32(np.median(plain)))
    found = [_darkest_disk(levels, share * iris_diameter) for share in RADII]
    best, level = max(found, key=lambda candidate: candidate[0].contrast)
    return _centred(plain, best, level) if best.contrast >= SMALLEST_CONTRAST else None


def _without_spots(grey: _Grey, iris_diameter: float) -> _Grey:
    kernel = _disk(max(1, round(SPOT * iris_diameter)))
    opened = cv2.morphologyEx(grey, cv2.MORPH_OPEN, kernel)
    return np.asarray(np.minimum(grey, opened), np.float32)


def _darkest_disk(levels: _Grey, radius: float) -> tuple[Pupil, float]:
    """The disk that differs most from its ring, and its mean level."""
    disk, around = (_disk(max(1, round(r))).astype(np.float32) for r in (radius, RING * radius))
    small, large = float(disk.sum()), float(around.sum())
    inside = cv2.filter2D(levels, -1, disk / small, borderType=cv2.BORDER_REPLICATE)
    both = cv2.filter2D(levels, -1, around / large, borderType=cv2.BORDER_REPLICATE)
    contrast = (both - inside) * (large / max(large - small, 1.0))
    _, highest, _, (x, y) = cv2.minMaxLoc(contrast)
    return Pupil(float(x), float(y), radius, float(highest)), float(inside[y, x])


def _centred(plain: _Grey, start: Pupil, inner: float) -> Pupil:
    """Moves the centre to the centroid of the darkness around it; `inner` is the disk's level."""
    middle = inner + 0.5 * start.contrast
    reach = REACH * start.radius
    x, y = start.x, start.y
    for _ in range(CENTROID_STEPS):
        x0, y0 = max(0, math.floor(x - reach)), max(0, math.floor(y - reach))
        part = plain[y0 : math.ceil(y + reach) + 1, x0 : math.ceil(x + reach) + 1]
        dx = np.arange(part.shape[1]) + (x0 - x)
        dy = np.arange(part.shape[0])[:, None] + (y0 - y)
        weight = np.clip((middle - part) / max(middle - inner, 1e-3), 0.0, 1.0)
        weight *= dx * dx + dy * dy < reach * reach
        total = float(weight.sum())
        if total <= 0.0:
            break
        x, y = x + float((weight * dx).sum()) / total, y + float((weight * dy).sum()) / total
    return Pupil(x, y, start.radius, start.contrast)


def _disk(radius: int) -> npt.NDArray[np.uint8]:
    side = 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
