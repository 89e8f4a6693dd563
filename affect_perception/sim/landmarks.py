"""Which of the 478 mesh points mean what.

The numbering is that of the face mesh network (468 points of the face, then five per iris); the
choices below were checked by drawing the points over the portrait. Left and right are the person's
own. The upper and lower rows of a lid are paired point by point, outer corner first.
"""

from __future__ import annotations

from dataclasses import dataclass

FACE_POINTS = 468
MESH_POINTS = 478

# Points that mirror each other in the plane of symmetry of the face: (right, left).
SYMMETRIC_PAIRS = (
    (33, 263), (133, 362), (234, 454), (127, 356), (61, 291), (172, 397), (58, 288), (93, 323),
    (132, 361), (21, 251), (54, 284), (103, 332), (70, 300), (105, 334), (50, 280), (205, 425),
    (98, 327), (78, 308),
)  # fmt: skip

FOREHEAD, CHIN, NOSE_TIP, NOSE_BRIDGE = 10, 152, 1, 168
RIGHT_EAR, LEFT_EAR = 234, 454

# Outline of the face, starting at the top of the forehead and running to the person's left.
FACE_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152,
    148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip


@dataclass(frozen=True)
class EyePoints:
    """The mesh points around one eye."""

    outer: int
    inner: int
    upper: tuple[int, ...]
    lower: tuple[int, ...]
    crease: tuple[int, ...]
    fold: tuple[int, ...]
    under: tuple[int, ...]
    iris: tuple[int, int, int, int, int]

    @property
    def contour(self) -> tuple[int, ...]:
        """The closed outline of the aperture: outer corner, upper lid, inner corner, lower lid."""
        return (self.outer, *self.upper, self.inner, *reversed(self.lower))


RIGHT_EYE = EyePoints(
    outer=33,
    inner=133,
    upper=(246, 161, 160, 159, 158, 157, 173),
    lower=(7, 163, 144, 145, 153, 154, 155),
    crease=(247, 30, 29, 27, 28, 56, 190),
    fold=(113, 225, 224, 223, 222, 221, 189),
    under=(25, 110, 24, 23, 22, 26, 112),
    iris=(468, 469, 470, 471, 472),
)
LEFT_EYE = EyePoints(
    outer=263,
    inner=362,
    upper=(466, 388, 387, 386, 385, 384, 398),
    lower=(249, 390, 373, 374, 380, 381, 382),
    crease=(467, 260, 259, 257, 258, 286, 414),
    fold=(342, 445, 444, 443, 442, 441, 413),
    under=(255, 339, 254, 253, 252, 256, 341),
    iris=(473, 474, 475, 476, 477),
)

# Inner and outer outlines of the lips, from the person's right corner to the left one.
LIPS_INNER_UPPER = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
LIPS_INNER_LOWER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
MOUTH_INNER = (*LIPS_INNER_UPPER, *reversed(LIPS_INNER_LOWER[1:-1]))
LIPS_OUTER_UPPER = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291)
LIPS_OUTER_LOWER = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291)
LIPS_RINGS_UPPER = ((62, 183, 42, 41, 38, 12, 268, 271, 272, 407, 292),
                    (76, 184, 74, 73, 72, 11, 302, 303, 304, 408, 306))  # fmt: skip
LIPS_RINGS_LOWER = ((62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292),
                    (76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306))  # fmt: skip
