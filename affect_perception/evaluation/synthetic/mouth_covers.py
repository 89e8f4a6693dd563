"""Draws what covers a mouth onto pictures of faces: masks, fingers, things, skin.

Pictures of people with covered mouths that may be used here were not at hand, so faces are covered
by drawings: places and sizes from the mesh of the face, colours of cloth or of the face's own skin,
light that changes over them, a little noise. A drawn finger is no finger: what is measured with
these tells a missing mouth, and is an upper limit for real hands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from affect_perception.core.types import ByteArray

Array = npt.NDArray[np.float64]
Chance = np.random.Generator

# The lower outline of the face in the 478-point mesh, from the person's right ear to the left one.
_JAW = (93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323)
_EARS, _FOREHEAD, _CHIN, _MOUTH_CORNERS = (234, 454), 10, 152, (61, 291)
_NOSE = (4, 5, 195, 197)
_SKIN = (10, 151, 50, 280, 205, 425)
_CLOTH = ((205, 215, 220), (150, 195, 215), (40, 40, 45), (120, 120, 125), (235, 235, 235),
          (90, 110, 160))  # fmt: skip


@dataclass(frozen=True)
class Face:
    """A picture and where its face is.

    Attributes:
        picture: (h, w, 3) RGB, 0..255.
        points: (478, 2) px.
        width: From ear to ear, px.
        mouth: (2,) middle of the mouth.
        up: (2,) from chin to forehead, length 1.
        across: (2,) to the image right, length 1.
    """

    picture: Array
    points: Array
    width: float
    mouth: Array
    up: Array
    across: Array

    @classmethod
    def of(cls, picture: ByteArray, landmarks: npt.ArrayLike) -> Face:
        """From a picture uint8 (h, w, 3) and landmarks (478, 2 or 3)."""
        points = np.asarray(landmarks, np.float64)[:, :2]
        wide = points[_EARS[1]] - points[_EARS[0]]
        tall = points[_FOREHEAD] - points[_CHIN]
        width = float(np.linalg.norm(wide))
        return cls(
            picture.astype(np.float64),
            points,
            width,
            points[list(_MOUTH_CORNERS)].mean(axis=0),
            tall / np.linalg.norm(tall),
            wide / width,
        )

    def skin(self, chance: Chance) -> Array:
        """(3,) a colour of forehead and cheeks, somewhat darker or brighter."""
        h, w = self.picture.shape[:2]
        places = np.clip(self.points[list(_SKIN)].round().astype(int), 0, (w - 1, h - 1))
        colours = self.picture[places[:, 1], places[:, 0]]
        return np.asarray(np.median(colours, axis=0) * chance.uniform(0.75, 1.12))


def mask(face: Face, chance: Chance) -> Array:
    """A mask of cloth or paper from the nose to below the chin, with folds or without."""
    top = face.points[chance.choice(_NOSE)]
    chin = face.points[_CHIN]
    jaw = chin + (face.points[list(_JAW)] - chin) * chance.uniform(0.95, 1.06)
    lift = face.up * face.width * 0.03
    outline = [*jaw, 0.5 * (jaw[-1] + top) + lift, top, 0.5 * (jaw[0] + top) + lift]
    colour = np.array(_CLOTH[chance.integers(len(_CLOTH))], np.float64)
    layer = _cloth(face, colour, chance)
    for fold in range(chance.integers(0, 4)):
        middle = top + (chin - top) * (fold + 1) / 4.0
        ends = (middle - face.across * face.width * 0.42, middle + face.across * face.width * 0.42)
        _line(layer, *ends, 0.82 * colour, face.width / 60.0)
    return _over(face, layer, _polygon(face, outline))


def fingers(face: Face, chance: Chance) -> Array:
    """Three or four fingers side by side over the mouth, from any side."""
    angle, side = np.radians(chance.uniform(-70.0, 70.0)), chance.choice((-1.0, 1.0))
    along = face.across * np.cos(angle) * side + face.up * np.sin(angle)
    beside = np.array([-along[1], along[0]])
    count, thick = int(chance.integers(3, 5)), face.width * chance.uniform(0.11, 0.15)
    middle = face.mouth + face.up * face.width * chance.uniform(-0.05, 0.06)
    layer = _cloth(face, face.skin(chance), chance)
    covered = np.zeros(layer.shape[:2], np.uint8)
    for place in range(count):
        at = middle + beside * thick * 1.02 * (place - 0.5 * (count - 1))
        one = np.zeros_like(covered)
        ends = (at - along * face.width * chance.uniform(0.5, 0.8),
                at + along * face.width * chance.uniform(0.28, 0.42))  # fmt: skip
        _line(one, *ends, 1, thick)
        covered |= one
        # Darker towards the edges, as a round thing is.
        depth = np.clip(cv2.distanceTransform(one, cv2.DIST_L2, 3) / (0.5 * thick), 0.0, 1.0)
        layer *= 1.0 - (one * (1.0 - depth) * chance.uniform(0.2, 0.5))[..., None]
    return _over(face, layer, covered)


def thing(face: Face, chance: Chance) -> Array:
    """A phone, a cup, a paper: a box of one grey, or of two."""
    size = face.width * np.array([chance.uniform(0.55, 0.9), chance.uniform(0.4, 1.1)])
    middle = face.mouth - face.up * face.width * chance.uniform(-0.02, 0.15)
    turn = float(chance.uniform(-40.0, 40.0))
    box = cv2.boxPoints((middle.tolist(), size.tolist(), turn)).astype(np.float64)
    colour = chance.choice((25.0, 60.0, 120.0, 200.0, 230.0)) + chance.uniform(-20.0, 20.0, 3)
    layer = _cloth(face, colour, chance)
    if chance.random() < 0.5:
        inner = _polygon(face, middle + (box - middle) * chance.uniform(0.5, 0.85))
        layer += inner[..., None] * chance.uniform(-60.0, 60.0)
    return _over(face, layer, _polygon(face, box))


def palm(face: Face, chance: Chance) -> Array:
    """Skin of an irregular outline with a few dark lines; parts of the mouth may stay open."""
    layer = _cloth(face, face.skin(chance), chance)
    for _ in range(chance.integers(0, 4)):
        start = face.mouth + chance.normal(0.0, 0.25, 2) * face.width
        line = np.zeros(layer.shape[:2], np.float64)
        _line(line, start, start + chance.normal(0.0, 0.3, 2) * face.width, 1.0, 0.02 * face.width)
        layer *= 1.0 - 0.4 * cv2.GaussianBlur(line, (0, 0), 0.012 * face.width + 0.3)[..., None]
    return _over(face, layer, _outline(face, chance))


KINDS: Mapping[str, Callable[[Face, Chance], Array]] = MappingProxyType(
    {"mask": mask, "fingers": fingers, "thing": thing, "palm": palm}
)


def cover_mouth(kind: str, picture: ByteArray, landmarks: npt.ArrayLike, seed: int) -> ByteArray:
    """The picture with a cover of one of `KINDS` over the mouth.

    Args:
        kind: Which.
        picture: uint8 (h, w, 3) RGB.
        landmarks: (478, 2 or 3) px.
        seed: Of all chance.
    """
    face = Face.of(picture, landmarks)
    drawn = KINDS[kind](face, np.random.default_rng(seed))
    return np.asarray(np.clip(drawn, 0.0, 255.0), np.uint8)


def _cloth(face: Face, colour: npt.ArrayLike, chance: Chance) -> Array:
    """A layer of one colour under changing light, with noise."""
    h, w = face.picture.shape[:2]
    light = np.linspace(-1.0, 1.0, w) * chance.uniform(-25.0, 25.0)
    light = light + np.linspace(-1.0, 1.0, h)[:, None] * chance.uniform(-25.0, 25.0)
    # Shades a quarter of the face wide (drawn small and enlarged), and the grain of the picture.
    coarse = chance.normal(size=(h // 8 + 2, w // 8 + 2))
    shades = cv2.resize(cv2.GaussianBlur(coarse, (0, 0), face.width / 32.0), (w, h))
    grain = cv2.GaussianBlur(chance.normal(size=(h, w)), (0, 0), 1.0)
    light = light + chance.uniform(3.0, 14.0) * shades / (shades.std() + 1e-6)
    light = light + chance.uniform(1.0, 4.0) * grain / (grain.std() + 1e-6)
    return np.asarray(np.asarray(colour, np.float64) + light[..., None])


def _outline(face: Face, chance: Chance) -> ByteArray:
    """A blob of about two thirds of the face's width around the mouth."""
    angles = np.sort(chance.uniform(0.0, 2.0 * np.pi, chance.integers(6, 11)))
    radius = 0.33 * face.width * chance.uniform(0.75, 1.25, len(angles))
    stretch, turn = chance.uniform((0.8, 0.6), (1.5, 1.0)), chance.uniform(0.0, np.pi)
    x, y = stretch[0] * radius * np.cos(angles), stretch[1] * radius * np.sin(angles)
    c, s = np.cos(turn), np.sin(turn)
    middle = face.mouth + face.across * face.width * chance.uniform(-0.06, 0.06)
    middle = middle + face.up * face.width * chance.uniform(-0.1, 0.04)
    return _polygon(face, middle + np.stack([c * x - s * y, s * x + c * y], axis=1))


def _polygon(face: Face, outline: Sequence[Array] | Array) -> ByteArray:
    flags = np.zeros(face.picture.shape[:2], np.uint8)
    cv2.fillPoly(flags, [np.asarray(outline).round().astype(np.int32)], 1)
    return flags


def _line(picture: Any, start: Array, end: Array, colour: npt.ArrayLike, thick: float) -> None:
    first, last = (tuple(int(v) for v in point) for point in (start, end))
    numbers = np.asarray(colour, np.float64).ravel().tolist()
    cv2.line(picture, first, last, numbers, max(1, round(thick)))


def _over(face: Face, layer: Array, covered: ByteArray) -> Array:
    share = cv2.GaussianBlur(covered.astype(np.float64), (0, 0), 1.0)[..., None]
    return np.asarray(face.picture * (1.0 - share) + layer * share)
