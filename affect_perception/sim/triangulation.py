"""Triangulating the face so that the outlines of eyes and mouth are made of triangle edges."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.spatial import Delaunay

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]
Triangle = list[int]

MAX_FLIPS = 64


def triangulate(points: Array, outlines: tuple[tuple[int, ...], ...]) -> IntArray:
    """Delaunay triangles (M, 3) of points (N, 2), with every edge of the closed outlines.

    Missing edges are brought in by flipping the diagonals that cross them (Sloan 1993, "A fast
    algorithm for generating constrained Delaunay triangulations"). An edge that flips cannot
    bring in stays missing: the caller checks what it needs.
    """
    triangles: list[Triangle] = Delaunay(points).simplices.tolist()
    for outline in outlines:
        for a, b in zip(outline, (*outline[1:], outline[0]), strict=True):
            for _ in range(MAX_FLIPS):
                if not _flip_towards(points, triangles, a, b):
                    break
    return np.array(triangles, dtype=np.int32)


def _flip_towards(points: Array, triangles: list[Triangle], a: int, b: int) -> bool:
    """Flips one diagonal that crosses the edge a-b; False if none does or none can be."""
    sides: dict[tuple[int, int], list[int]] = {}
    for index, triangle in enumerate(triangles):
        for k in range(3):
            c, d = triangle[k], triangle[(k + 1) % 3]
            sides.setdefault((min(c, d), max(c, d)), []).append(index)
    if (min(a, b), max(a, b)) in sides:
        return False
    for (c, d), owners in sides.items():
        if len(owners) != 2 or {a, b} & {c, d} or not _cross(points, a, b, c, d):
            continue
        e, f = (next(v for v in triangles[k] if v not in (c, d)) for k in owners)
        if _cross(points, e, f, c, d):
            triangles[owners[0]], triangles[owners[1]] = [e, f, c], [e, f, d]
            return True
    return False


def _cross(points: Array, a: int, b: int, c: int, d: int) -> bool:
    """Whether the open segments a-b and c-d cross."""
    return bool(
        _turn(points, a, b, c) * _turn(points, a, b, d) < 0.0
        and _turn(points, c, d, a) * _turn(points, c, d, b) < 0.0
    )


def _turn(points: Array, a: int, b: int, c: int) -> float:
    """Twice the signed area of the triangle a, b, c."""
    p, q, r = points[a], points[b], points[c]
    return float((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]))
