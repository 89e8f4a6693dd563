"""The mean colour of forehead and cheeks, from a few hundred pixels at fixed places of the mesh.

Each place is a fixed mean of mesh points, so that it stays on the same spot of skin however the
head moves. The places keep clear of eyes, brows, nose and lips and of most beards (the cheeks end
above the line from nose to ear lobe); those that show hair are left out by their colour. Two matrix
products and one look-up a picture: no mask, no copy of the picture.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from affect_perception.core.types import ByteArray

Array = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]

REGIONS = ("forehead", "right_cheek", "left_cheek")
PLACES = 160
"""Places per region: with noise of 1.5 grey levels a pixel the mean of one region has 0.12, an
eighth of a pulse of 0.6 % in green; more would show less noise but cost time."""

# Mesh points of the forehead: a row on the brows and one above it, right to left; the places lie
# between, and a little higher.
_FOREHEAD_LOW = (105, 66, 9, 296, 334)
_FOREHEAD_TOP = (69, 108, 151, 337, 299)
_FOREHEAD_SPAN = (0.2, 1.15)
# Outlines of the cheeks: under the eye, beside the nose, above the nasolabial fold, cheekbone.
_RIGHT_CHEEK = (116, 117, 118, 119, 100, 36, 205, 187, 147, 123)
_LEFT_CHEEK = (345, 346, 347, 348, 329, 266, 425, 411, 376, 352)
_CHEEK_REACH = 0.9
# Three mesh points of each region, clockwise in the picture while its front is seen.
_CORNERS = np.array(((67, 297, 151), (117, 101, 205), (330, 346, 425)))
# Area of the triangle of these points, px squared, below which a region is not used: too few pixels
# for so many places; a cheek turned away has less, or is seen from behind.
_SMALLEST_AREA = 40.0
_HALF = np.float32(0.5)
# A place shows skin if its share of red and of green in all colour is this near to the median of
# the cheeks, and it has at least this share of its brightness. Over the faces looked at, the skin
# of one face spreads by 0.02 and hair over it differs by 0.05 and more, or is dark.
_CHROMA_REACH, _DARKEST = 0.04, 0.5
# Share of a region's places that must show skin.
_ENOUGH = 0.25


class SkinSampler:
    """Looks up the skin's colour of one face, picture after picture."""

    def __init__(self) -> None:
        anchors: list[int] = []
        blocks: list[Array] = []
        for points, weights in (_forehead(), _cheek(_RIGHT_CHEEK), _cheek(_LEFT_CHEEK)):
            anchors += points
            blocks.append(weights)
        self._anchors = np.array(anchors)
        self._weights = np.zeros((len(anchors), len(REGIONS) * PLACES), np.float32)
        row = 0
        for number, block in enumerate(blocks):
            columns = slice(number * PLACES, (number + 1) * PLACES)
            self._weights[row : row + len(block), columns] = block
            row += len(block)
        self.reset()

    def reset(self) -> None:
        """Another face: which places show its skin is found anew."""
        self._shares: Floats | None = None
        self._scale = np.ones((len(REGIONS), 3))
        self._seen: ByteArray | None = None

    def places(self, landmarks: npt.NDArray[np.floating]) -> Floats:
        """(2, 3 PLACES): x and y of all places, px, region by region."""
        return np.asarray(landmarks[self._anchors, :2].astype(np.float32).T @ self._weights)

    def sample(self, image: ByteArray, landmarks: npt.NDArray[np.floating]) -> Array:
        """Mean colour of each region.

        Args:
            image: uint8 RGB (H, W, 3).
            landmarks: (478, 2 or 3): x, y in px.

        Returns:
            (3, 3): region by red, green, blue, 0..255; NaN for a region that is not wholly inside
            the picture, too small, turned away, or shows little skin.
        """
        places = self.places(landmarks)
        usable = _seen(landmarks) & _inside(image, places)
        if not usable.any():
            return np.full((len(REGIONS), 3), np.nan)
        if not usable.all():
            places = np.where(np.repeat(usable, PLACES), places, _HALF)
        x, y = (places + _HALF).astype(np.intp)
        pixels = image.reshape(-1, 3) if image.flags.c_contiguous else None
        seen = image[y, x] if pixels is None else pixels.take(y * image.shape[1] + x, 0)
        self._seen = seen if usable.all() else None
        if self._shares is None:
            self._shares = _shares(seen, np.repeat(usable, PLACES))
        means = (self._shares @ seen.astype(np.float32)).astype(np.float64)
        means *= self._scale
        # A channel that is black says nothing of colour.
        means[~usable | (means <= 0.0).any(axis=1)] = np.nan
        return means

    def refresh(self) -> None:
        """Finds anew which places show skin; the colours go on without a step.

        For now and then: a hand or a strand of hair may have been there when it was found first.
        """
        if self._seen is None or self._shares is None:
            return
        shares = _shares(self._seen, np.ones(len(REGIONS) * PLACES, bool))
        seen = self._seen.astype(np.float32)
        before, after = self._shares @ seen, shares @ seen
        if (before > 0.0).all() and (after > 0.0).all():
            self._scale = self._scale * before / after
            self._shares = shares


def _shares(seen: ByteArray, usable: npt.NDArray[np.bool_]) -> Floats:
    """(3, 3 PLACES): weight of each place in the mean of its region; 0 where it shows no skin.

    Args:
        seen: (3 PLACES, 3) colours.
        usable: Places that were seen.
    """
    colours = np.maximum(seen.astype(np.float64), 1.0)
    bright = colours.sum(axis=1)
    chroma = colours[:, :2] / bright[:, None]
    cheek = usable.copy()
    cheek[:PLACES] = False
    cheek = cheek if cheek.any() else usable
    far = np.abs(chroma - np.median(chroma[cheek], axis=0)).max(axis=1)
    skin = usable & (far < _CHROMA_REACH) & (bright > _DARKEST * np.median(bright[cheek]))
    shares = np.zeros((len(REGIONS), len(REGIONS) * PLACES), np.float32)
    for region in range(len(REGIONS)):
        part = slice(region * PLACES, (region + 1) * PLACES)
        count = int(skin[part].sum())
        if count >= _ENOUGH * PLACES:
            shares[region, part] = skin[part] / count
    return shares


def _inside(image: ByteArray, places: Floats) -> npt.NDArray[np.bool_]:
    """(3,) whether all places of a region lie inside the picture; comparisons that NaN fails."""
    regions = places.reshape(2, len(REGIONS), PLACES)
    low, high = regions.min(axis=2), regions.max(axis=2)
    (left, top), (right, bottom) = low, high
    height, width = image.shape[:2]
    inside = (left >= -0.5) & (top >= -0.5) & (right < width - 0.5) & (bottom < height - 0.5)
    return np.asarray(inside)


def _seen(landmarks: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
    """(3,) whether a region is large enough and seen from its front."""
    corner = landmarks[_CORNERS, :2]
    a, b = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
    return np.asarray(0.5 * (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) >= _SMALLEST_AREA)


def _even(count: int) -> Array:
    """(count, 2) places spread evenly over the unit square (Roberts' R2 sequence)."""
    step = np.array([0.7548776662466927, 0.5698402909980532])
    return np.asarray((0.5 + np.arange(1, count + 1)[:, None] * step) % 1.0)


def _forehead() -> tuple[list[int], Array]:
    """Anchors, and the weights (10, PLACES) of the places between the two rows."""
    low, high = _FOREHEAD_SPAN
    last = len(_FOREHEAD_LOW) - 1
    along, up = (_even(PLACES) * (last, high - low)).T
    up = up + low
    left = np.minimum(along.astype(int), last - 1)
    share = along - left
    weights = np.zeros((2 * len(_FOREHEAD_LOW), PLACES))
    places = np.arange(PLACES)
    for row, part in ((left, 1.0 - share), (left + 1, share)):
        weights[row, places] += part * (1.0 - up)
        weights[row + len(_FOREHEAD_LOW), places] += part * up
    return [*_FOREHEAD_LOW, *_FOREHEAD_TOP], weights


def _cheek(outline: tuple[int, ...]) -> tuple[list[int], Array]:
    """Anchors, and the weights (n, PLACES) of the places inside the outline.

    The places lie in the triangles between the middle and each side, as many in each.
    """
    count = len(outline)
    turn, out = _even(PLACES).T
    out = np.sqrt(out) * _CHEEK_REACH
    turn = turn * count
    side = np.minimum(turn.astype(int), count - 1)
    share = turn - side
    places = np.arange(PLACES)
    weights = np.repeat(((1.0 - out) / count)[None], count, axis=0)
    weights[side, places] += out * (1.0 - share)
    weights[(side + 1) % count, places] += out * share
    return list(outline), weights
