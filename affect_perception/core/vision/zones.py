"""Where the gaze falls: a ray cast onto the cabin, with the gaze uncertainty carried along.

The gaze is taken as normally distributed in yaw and pitch. A fixed set of 68 directions, spread
evenly over that distribution, is cast onto all zones at once; the share of them that meets a zone
is its probability, so the result is deterministic and costs less than 0.1 ms. On each ray the
nearest solid zone wins; glass (windscreen, windows) counts only where nothing solid lies on the
ray, because a door mirror is seen through the window. What no zone covers is "elsewhere".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from affect_perception.core.cabin import ELSEWHERE, Box, CabinGeometry, Quad
from affect_perception.core.enums import TriState
from affect_perception.core.types import ZONE_UNKNOWN, GazeObservation, ZoneEstimate

Float64Array = npt.NDArray[np.float64]

# A Fibonacci lattice: neighbours in one coordinate are far apart in the other, so that a straight
# edge of a zone cuts off its share to about one ray, whichever way it runs. A square grid of as
# many rays is four times coarser along its axes.
_LATTICE = 34
_GENERATOR = 21
# A ray this close to parallel to a plane meets it too far away to matter.
_PARALLEL = 1e-9


@dataclass(frozen=True, eq=False)
class _Surfaces:
    """The zones of a cabin as arrays; Z zones, Q quads, B boxes.

    Attributes:
        names: Z names, then "elsewhere".
        on_road: (Z + 1,) whether each is the road ahead.
        normals: (3, Q) plane normals of the quads.
        offsets: (Q,) `normal . point` of the planes.
        edges: (3, 4 Q) directions in the plane that point inwards, four per quad.
        edge_offsets: (Q, 4) `edge . point` on each edge.
        lower: (B, 3) lower corners of the boxes.
        upper: (B, 3) upper corners.
        zone_of: (Q + B,) zone index of each surface.
        glass: (Q + B,) whether it is glass.
    """

    names: tuple[str, ...]
    on_road: npt.NDArray[np.bool_]
    normals: Float64Array
    offsets: Float64Array
    edges: Float64Array
    edge_offsets: Float64Array
    lower: Float64Array
    upper: Float64Array
    zone_of: npt.NDArray[np.intp]
    glass: npt.NDArray[np.bool_]


def _quad_arrays(quad: Quad) -> tuple[Float64Array, float, Float64Array, Float64Array]:
    corners = np.array(quad.corners)
    normal = np.cross(corners[2] - corners[0], corners[3] - corners[1])
    normal /= np.linalg.norm(normal)
    inward = np.cross(normal, np.roll(corners, -1, axis=0) - corners)
    offset = float(normal @ corners.mean(axis=0))
    return normal, offset, inward, np.einsum("ij,ij->i", inward, corners)


@lru_cache(maxsize=8)
def _surfaces(cabin: CabinGeometry) -> _Surfaces:
    quads = [(i, z.geometry) for i, z in enumerate(cabin.zones) if isinstance(z.geometry, Quad)]
    boxes = [(i, z.geometry) for i, z in enumerate(cabin.zones) if isinstance(z.geometry, Box)]
    arrays = [_quad_arrays(quad) for _, quad in quads]
    zone_of = [i for i, _ in quads] + [i for i, _ in boxes]
    return _Surfaces(
        names=(*(zone.name for zone in cabin.zones), ELSEWHERE),
        on_road=np.array([*(zone.on_road for zone in cabin.zones), False]),
        normals=np.array([a[0] for a in arrays]).reshape(-1, 3).T.copy(),
        offsets=np.array([a[1] for a in arrays]),
        edges=np.array([a[2] for a in arrays]).reshape(-1, 3).T.copy(),
        edge_offsets=np.array([a[3] for a in arrays]).reshape(-1, 4),
        lower=np.array([box.minimum for _, box in boxes]).reshape(-1, 3),
        upper=np.array([box.maximum for _, box in boxes]).reshape(-1, 3),
        zone_of=np.array(zone_of, dtype=np.intp),
        glass=np.array([cabin.zones[i].is_glass for i in zone_of]),
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


def _distances(surfaces: _Surfaces, origin: Float64Array, rays: Float64Array) -> Float64Array:
    """Distance along each of R rays to each surface, (R, Q + B); inf where it is missed, m."""
    columns = []
    if surfaces.offsets.size:
        approach = rays @ surfaces.normals
        approach = np.where(np.abs(approach) < _PARALLEL, _PARALLEL, approach)
        distance = (surfaces.offsets - origin @ surfaces.normals) / approach
        slack = (origin @ surfaces.edges).reshape(-1, 4) - surfaces.edge_offsets
        along = (rays @ surfaces.edges).reshape(len(rays), -1, 4)
        inside = (slack + distance[:, :, None] * along >= 0.0).all(axis=2) & (distance > 0.0)
        columns.append(np.where(inside, distance, np.inf))
    if surfaces.lower.size:
        safe = np.where(np.abs(rays) < _PARALLEL, _PARALLEL, rays)[:, None, :]
        first, second = (surfaces.lower - origin) / safe, (surfaces.upper - origin) / safe
        near = np.minimum(first, second).max(axis=2)
        far = np.maximum(first, second).min(axis=2)
        columns.append(np.where(far >= np.maximum(near, 0.0), np.maximum(near, 0.0), np.inf))
    return np.concatenate(columns, axis=1)


# Added to the distance of glass, so that any solid zone on the ray comes first.
_BEHIND_EVERYTHING = 1e6


def zone_indices(
    cabin: CabinGeometry, origin: tuple[float, float, float], rays: Float64Array
) -> npt.NDArray[np.intp]:
    """The zone each ray meets.

    Args:
        cabin: The cabin with Z zones.
        origin: Midpoint between the eyes, cabin frame, m.
        rays: (R, 3) directions, cabin frame; length does not matter.

    Returns:
        (R,) index into `cabin.zones`, or Z for none of them.
    """
    surfaces = _surfaces(cabin)
    distance = _distances(surfaces, np.asarray(origin, dtype=np.float64), rays)
    distance = np.where(surfaces.glass, distance + _BEHIND_EVERYTHING, distance)
    nearest = distance.argmin(axis=1)
    missed = np.isinf(distance[np.arange(len(rays)), nearest])
    return np.where(missed, len(cabin.zones), surfaces.zone_of[nearest])


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
    numbers = (*gaze.origin, gaze.yaw, gaze.pitch, *gaze.std)
    if not np.isfinite(numbers).all():
        return ZONE_UNKNOWN
    yaw = gaze.yaw + gaze.std[0] * _YAW_SIGMAS
    pitch = gaze.pitch + gaze.std[1] * _PITCH_SIGMAS
    flat = np.cos(pitch)
    rays = np.stack([flat * np.cos(yaw), flat * np.sin(yaw), np.sin(pitch)], axis=1)
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
