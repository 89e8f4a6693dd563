"""Generated pictures on which converted networks are compared with the original ones.

They are made with whole numbers only, so that they are the same bytes on every machine and with
every version of numpy.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
_Plane = npt.NDArray[np.int64]

_GRID = 1000
"""Drawings are described on a square of this many units."""


def noise(size: int) -> Picture:
    """Independent random bytes: every pixel and colour matters."""
    return _hash(np.arange(size * size * 3).reshape(size, size, 3))


def blocks(size: int) -> Picture:
    """Random patches of 16 pixels: flat areas and hard edges."""
    count = -(-size // 16)
    small = _hash(np.arange(count * count * 3).reshape(count, count, 3) + 7_000_000)
    whole = small.repeat(16, axis=0).repeat(16, axis=1)
    return np.ascontiguousarray(whole[:size, :size])


def drawn_face(size: int) -> Picture:
    """A drawn face: skin, hair, eyes with irises, brows, nose and mouth."""
    picture = np.empty((size, size, 3), dtype=np.uint8)
    rows, columns = np.indices((size, size))
    x, y = columns * _GRID // size, rows * _GRID // size
    picture[:] = (96, 110, 124)
    picture[:, :, 2] += (y // 25).astype(np.uint8)
    for colour, centre, radii in _FACE:
        picture[_ellipse(x, y, centre, radii)] = colour
    shade = (np.abs(x - 470) // 18).astype(np.uint8)  # the cheeks turn away from the light
    return picture - np.minimum(shade[:, :, None], picture)


PICTURES: dict[str, Callable[[int], Picture]] = {
    "noise": noise,
    "blocks": blocks,
    "drawn_face": drawn_face,
}

_Point = tuple[int, int]
# Colour, centre and radii on the grid, from back to front.
_FACE: tuple[tuple[tuple[int, int, int], _Point, _Point], ...] = (
    ((58, 42, 34), (500, 430), (330, 400)),
    ((222, 178, 150), (500, 520), (280, 370)),
    ((70, 50, 40), (380, 385), (85, 14)),
    ((70, 50, 40), (620, 385), (85, 14)),
    ((196, 150, 126), (380, 440), (84, 46)),
    ((196, 150, 126), (620, 440), (84, 46)),
    ((240, 238, 234), (380, 445), (66, 27)),
    ((240, 238, 234), (620, 445), (66, 27)),
    ((92, 66, 44), (386, 445), (27, 27)),
    ((92, 66, 44), (626, 445), (27, 27)),
    ((18, 14, 12), (386, 445), (12, 12)),
    ((18, 14, 12), (626, 445), (12, 12)),
    ((206, 158, 132), (500, 560), (40, 100)),
    ((236, 196, 168), (500, 620), (52, 34)),
    ((120, 76, 62), (474, 642), (12, 8)),
    ((120, 76, 62), (526, 642), (12, 8)),
    ((176, 84, 80), (500, 735), (100, 34)),
    ((96, 40, 40), (500, 733), (86, 6)),
)


def _ellipse(x: _Plane, y: _Plane, centre: _Point, radii: _Point) -> npt.NDArray[np.bool_]:
    (cx, cy), (rx, ry) = centre, radii
    inside: npt.NDArray[np.bool_] = (x - cx) ** 2 * ry**2 + (y - cy) ** 2 * rx**2 <= rx**2 * ry**2
    return inside


def _hash(numbers: _Plane) -> Picture:
    """Random-looking bytes from whole numbers.

    Source: the finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom
    number generators", 2014).
    """
    value = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: Picture = ((value ^ (value >> np.uint64(31))) & np.uint64(255)).astype(np.uint8)
    return mixed
