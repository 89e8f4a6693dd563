"""Where the gaze falls: a ray cast onto the cabin, with the gaze uncertainty carried along.

The gaze is taken as normally distributed in yaw and pitch. A fixed set of 42 directions, spread
evenly over that distribution, is cast onto all zones at once; the share of them that meets a zone
is its probability, so the result is deterministic and costs less than 0.1 ms. On each ray the
nearest solid zone wins; glass (windscreen, windows) counts only where nothing solid lies on the
ray, because a door mirror is seen through the window. What no zone covers is "elsewhere".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from affect_perception.core.cabin import ELSEWHERE, Box, CabinGeometry, Point, Quad, ZoneRole
from affect_perception.core.enums import TriState
from affect_perception.core.types import ZONE_UNKNOWN, GazeObservation, ZoneEstimate

Float64Array = npt.NDArray[np.float64]

# A Fibonacci lattice: neighbours in one coordinate are far apart in the other, so that a straight
# edge of a zone cuts off its share to about one ray, whichever way it runs. A square grid of as
# many rays is four times coarser along its axes.
_LATTICE = 21
_GENERATOR = 13


# Added to the distance of glass, so that any solid zone on the ray comes first.
_BEHIND_EVERYTHING = 1e6


@dataclass(frozen=True, eq=False)
class _Surfaces:
    """The zones of a cabin as flat quadrangles: Z zones, Q quads (six for a box).

    Attributes:
        names: Z names, then "elsewhere".
        on_road: (Z + 1,) whether each is the road ahead.
        normals: (3, Q) plane normals.
        offsets: (Q,) `normal . point` of the planes.
        crosses: (3, 4, Q) corner x next corner.
        spans: (3, 4 Q) corner - next corner.
        handicaps: (Q,) what is added to the distance of a quad, m.
        zone_of: (Q,) zone index of each quad.
    """

    names: tuple[str, ...]
    on_road: npt.NDArray[np.bool_]
    normals: Float64Array
    offsets: Float64Array
    crosses: Float64Array
    spans: Float64Array
    handicaps: Float64Array
    zone_of: npt.NDArray[np.intp]


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
        names=(*(zone.name for zone in cabin.zones), ELSEWHERE),
        on_road=np.array([*(zone.on_road for zone in cabin.zones), False]),
        normals=normals.T.copy(),
        offsets=np.einsum("ij,ij->i", normals, corners.mean(axis=1)),
        crosses=np.cross(corners, following).transpose(2, 1, 0).copy(),
        spans=(corners - following).transpose(2, 1, 0).reshape(3, -1).copy(),
        handicaps=np.where(glass, _BEHIND_EVERYTHING, 0.0),
        zone_of=zone_of,
    )


def _directions() -> tuple[Float64Array, Float64Array]:
    """Offsets in standard deviations (yaw, pitch), (R,) each, all equally probable.

    The lattice is followed by its mirror image in yaw, so that left- and right-hand drive agree.
    """
    index = np.arange(_LATTICE)
    pitch = norm.ppf((index + 0.5) / _LATTICE)
    yaw = norm.ppf((index * _GENERATOR % _LATTICE + 0.5) / _LATTICE)
    return np.concatenate([yaw, -yaw]), np.concatenate([pitch, pitch])


_YAW_SIGMAS, _PITCH_SIGMAS = _directions()


def zone_indices(
    cabin: CabinGeometry, origin: tuple[float, float, float], rays: Float64Array
) -> npt.NDArray[np.intp]:
    """The zone each ray meets.

    A ray meets a quad if it lies on the inner side of the four planes through the origin and an
    edge; their normals are (a - o) x (b - o) = a x b + o x (a - b) for corners a, b and origin o.

    Args:
        cabin: The cabin with Z zones.
        origin: Midpoint between the eyes, cabin frame, m.
        rays: (R, 3) directions, cabin frame; length does not matter.

    Returns:
        (R,) index into `cabin.zones`, or Z for none of them.
    """
    surfaces = _surfaces(cabin)
    x, y, z = origin
    turn = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    gap = surfaces.offsets - np.array(origin) @ surfaces.normals
    # Which way round the corners run depends on the side of the plane that the origin is on.
    sides = surfaces.crosses + (turn @ surfaces.spans).reshape(surfaces.crosses.shape)
    sides *= np.sign(gap)
    inner = (rays @ sides.reshape(3, -1)).reshape(len(rays), 4, -1)
    met = inner.min(axis=1) > 0.0
    distance = np.full(met.shape, np.inf)
    np.divide(gap, rays @ surfaces.normals, out=distance, where=met)
    distance += surfaces.handicaps
    nearest = surfaces.zone_of[distance.argmin(axis=1)]
    return np.where(met.any(axis=1), nearest, len(cabin.zones))


def locate(gaze: GazeObservation | None, cabin: CabinGeometry) -> ZoneEstimate:
    """Where the gaze falls, with probabilities.

    Args:
        gaze: Direction with origin (m) and standard deviations (rad) in the cabin frame, or None.
        cabin: The cabin.

    Returns:
        The most probable zone; `on_road` is YES if the zones of the road hold at least half of
        the probability. ZONE_UNKNOWN without a gaze, or if one of its numbers is not finite.
    """
    if gaze is None:
        return ZONE_UNKNOWN
    if not all(map(math.isfinite, (*gaze.origin, gaze.yaw, gaze.pitch, *gaze.std))):
        return ZONE_UNKNOWN
    yaw = gaze.yaw + gaze.std[0] * _YAW_SIGMAS
    pitch = gaze.pitch + gaze.std[1] * _PITCH_SIGMAS
    flat = np.cos(pitch)
    rays = np.empty((len(yaw), 3))
    rays[:, 0] = flat * np.cos(yaw)
    rays[:, 1] = flat * np.sin(yaw)
    rays[:, 2] = np.sin(pitch)
    hits = zone_indices(cabin, gaze.origin, rays)
    surfaces = _surfaces(cabin)
    mass = np.bincount(hits, minlength=len(surfaces.names)) / len(rays)
    best = int(mass.argmax())
    on_road = TriState.YES if float(mass[surfaces.on_road].sum()) >= 0.5 else TriState.NO
    return ZoneEstimate(
        name=surfaces.names[best],
        probability=float(mass[best]),
        on_road=on_road,
        probabilities=MappingProxyType(dict(zip(surfaces.names, mass.tolist(), strict=True))),
    )


def role_probabilities(zone: ZoneEstimate, cabin: CabinGeometry) -> dict[ZoneRole, float]:
    """Probability that the gaze rests on a zone of each role.

    Args:
        zone: What `locate` gave for this cabin.
        cabin: The cabin.

    Returns:
        Every role with its probability, summing to 1; empty if where the gaze falls is unknown.
    """
    if not zone.probabilities:
        return {}
    sums = dict.fromkeys(ZoneRole, 0.0)
    for name, probability in zone.probabilities.items():
        sums[cabin.roles[name]] += probability
    return sums
