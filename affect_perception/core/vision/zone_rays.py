"""Casts rays onto the zones of a cabin.

On each ray the nearest solid zone wins; glass (windscreen, windows) counts only where nothing solid
lies on the ray, because a door mirror is seen through the window.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from affect_perception.core.cabin import Box, CabinGeometry, Point, Quad

Float64Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

# Added to the distance of glass, so that any solid zone on the ray comes first.
_BEHIND_EVERYTHING = 1e6


@dataclass(frozen=True, eq=False)
class _Surfaces:
    """The zones of a cabin as Q flat quadrangles (six for a box).

    Attributes:
        normals: (3, Q) plane normals.
        offsets: (Q,) `normal . point` of the planes.
        crosses: (4, 3, Q) corner x next corner.
        spans: (4, 3, Q) corner - next corner.
        handicaps: (Q,) what is added to the distance of a quad, m.
        zone_of: (Q,) zone index of each quad.
    """

    normals: Float64Array
    offsets: Float64Array
    crosses: Float64Array
    spans: Float64Array
    handicaps: Float64Array
    zone_of: Indices


# Corners of a box (as numbered by `Box.corners`) around each of its faces.
_FACES = ((0, 1, 3, 2), (4, 5, 7, 6), (0, 1, 5, 4), (2, 3, 7, 6), (0, 2, 6, 4), (1, 3, 7, 5))


def _quads(geometry: Quad | Box) -> list[tuple[Point, ...]]:
    if isinstance(geometry, Quad):
        return [geometry.corners]
    return [tuple(geometry.corners[i] for i in face) for face in _FACES]


@lru_cache(maxsize=8)
def _surfaces(cabin: CabinGeometry) -> _Surfaces:
    pairs = [(i, quad) for i, zone in enumerate(cabin.zones) for quad in _quads(zone.geometry)]
    zone_of = np.array([i for i, _ in pairs], dtype=np.intp)
    corners = np.array([quad for _, quad in pairs], dtype=np.float64)
    following = np.roll(corners, -1, axis=1)
    normals = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    glass = np.array([zone.is_glass for zone in cabin.zones])[zone_of]
    return _Surfaces(
        normals=normals.T.copy(),
        offsets=np.einsum("ij,ij->i", normals, corners.mean(axis=1)),
        crosses=np.cross(corners, following).transpose(1, 2, 0).copy(),
        spans=(corners - following).transpose(1, 2, 0).copy(),
        handicaps=np.where(glass, _BEHIND_EVERYTHING, 0.0),
        zone_of=zone_of,
    )


def cast(
    cabin: CabinGeometry, origin: tuple[float, float, float], rays: Float64Array
) -> tuple[Indices, Float64Array]:
    """The zone each ray meets, and where.

    A ray meets a quad if it lies on the inner side of the four planes through the origin and an
    edge; their normals are (a - o) x (b - o) = a x b + o x (a - b) for corners a, b and origin o.

    Args:
        cabin: The cabin with Z zones.
        origin: Midpoint between the eyes, cabin frame, m.
        rays: (R, 3) directions, cabin frame; length does not matter.

    Returns:
        (R,) index into `cabin.zones`, or Z for none of them; and (R,) how many times its own
        length each ray is followed until there (m for unit vectors), infinite where it meets none.
    """
    surfaces = _surfaces(cabin)
    x, y, z = origin
    turn = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    gap = surfaces.offsets - np.array(origin) @ surfaces.normals
    sides = surfaces.crosses + turn @ surfaces.spans
    # Which way round the corners run depends on the side of the plane that the origin is on.
    sides *= np.sign(gap)
    met = (rays @ sides > 0.0).all(axis=0)
    distance = np.full(met.shape, np.inf)
    np.divide(gap, rays @ surfaces.normals, out=distance, where=met)
    ranked = distance + surfaces.handicaps
    best = ranked.argmin(axis=1)
    reach = distance[np.arange(len(rays)), best]
    return np.where(np.isfinite(reach), surfaces.zone_of[best], len(cabin.zones)), reach


def zone_indices(
    cabin: CabinGeometry, origin: tuple[float, float, float], rays: Float64Array
) -> Indices:
    """(R,) index into `cabin.zones` of the zone each ray meets, or their number; see `cast`."""
    return cast(cabin, origin, rays)[0]
