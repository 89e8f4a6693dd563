"""Where the gaze falls: a ray cast onto the cabin, with the gaze uncertainty carried along.

The gaze is taken as normally distributed in yaw and pitch about what was measured. A fixed set of
110 directions is cast onto all zones at once, so the result is deterministic and costs less than
0.1 ms. Each direction counts by its probability under that distribution, times how much people
look there at all (`GLANCE_DENSITY`): P(zone | gaze) ~ sum over the directions to the zone of
P(gaze | direction) x P(direction). The second factor is what tells a mirror of 5 by 12 degrees from
the window behind it when the gaze is known to 5 degrees only: one looks at mirrors, and hardly ever
a little beside them.

What no zone covers is "elsewhere".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from affect_perception.core.cabin import ELSEWHERE, CabinGeometry, Zone, ZoneKind, ZoneRole
from affect_perception.core.enums import AddwArea, TriState
from affect_perception.core.types import ZONE_UNKNOWN, GazeObservation, ZoneEstimate
from affect_perception.core.vision.addw_areas import areas_of
from affect_perception.core.vision.zone_rays import Float64Array, Indices, cast

GLANCE_DENSITY = MappingProxyType(
    {
        ZoneKind.MIRROR: 2.0,
        ZoneKind.LAP: 0.5,
        ZoneKind.CONSOLE: 0.5,
        ZoneKind.PASSENGER: 0.5,
        ZoneKind.STEERING_WHEEL: 0.5,
        ZoneKind.WINDSCREEN: 0.5,
        ZoneKind.WINDOW: 0.5,
    }
)
"""How much people look at a degree of a zone, relative to a degree of the road ahead; others 1.

Own choice, no norm: mirrors are small and made to be looked at (no more than finds them: what is
taken for a mirror is spared by some profiles); lap, console, seat, wheel and side glass are large,
and glances rest on little of them. Road ahead, cluster, screens and phones are equal (1) on
purpose: that drivers mostly look at the road must not excuse a look at a phone. Round numbers,
chosen on gazes drawn at random about targets in the shipped sedan and on the scenario `zones`, so
that the figures there are development figures; `evaluate synthetic` has them without the densities
beside it (ray_share).
"""

ELSEWHERE_DENSITY = 0.1
"""The same for what no zone covers (pillars, roof, seams): there is nothing to look at."""

ROAD_EDGE_DENSITY = 0.3
"""The same for a windscreen far from straight ahead. Glances at the road gather about its middle:
70 to 80 % of the gaze of attentive drivers lies within 8 degrees of it (percent road centre, Victor
et al., Transp. Res. F 8, 2005; from memory, verified against the primary text: no)."""

ROAD_SPREAD = (math.radians(15.0), math.radians(8.0))
"""Standard deviation (yaw, pitch) with which the density falls from 1 to `ROAD_EDGE_DENSITY`, rad.
Own choice: wider than the gaze itself, so that a junction is still road."""

NOTHING_MET_M = 0.8
"""Where a gaze that meets no zone is taken to end, m: the distance of the panels of a cabin."""

# A Fibonacci lattice: neighbours in one coordinate are far apart in the other, so that a straight
# edge of a zone cuts off its share to about one ray, whichever way it runs. A square grid of as
# many rays is four times coarser along its axes. Spread 1.3 times wider than the distribution and
# weighted back, because a dense zone in the tail counts as much as a sparse one in the middle.
# Against 8,362 directions in 200 random places of the shipped sedan (std 3.5 and 5, 6 and 7
# degrees) the probability of the road is right to 0.02, that of the worst zone to 0.05 (95 %).
_GENERATOR = 34
_SPREAD = 1.3
# Quantiles of the normal distribution at (0.5, 1.5, ... 54.5) / 55, as scipy.special.ndtri gives
# them: that package takes longer to import than all else that the face path needs at its start.
# fmt: off
_QUANTILES = (
    -2.361894446584972, -1.922479469077981, -1.6906216295848977, -1.5249453577626166,
    -1.3929451967300117, -1.2815515655446004, -1.1841248707343366, -1.0968035620935135,
    -1.0171314326204681, -0.9434426325856542, -0.8745511419453076, -0.8095796321188349,
    -0.7478585947633022, -0.6888636267088742, -0.6321747002253008, -0.5774487299929012,
    -0.5244005127080409, -0.4727891209922674, -0.42240795461816916, -0.37307730521776744,
    -0.32463868475217533, -0.2769504132055752, -0.22988411757923205, -0.18332189657233933,
    -0.13715397341136845, -0.09127670519186656, -0.04559084823885304, 0.0, 0.04559084823885304,
    0.09127670519186656, 0.13715397341136845, 0.18332189657233933, 0.2298841175792322,
    0.2769504132055753, 0.32463868475217544, 0.3730773052177676, 0.4224079546181693,
    0.4727891209922672, 0.5244005127080407, 0.577448729992901, 0.6321747002253006,
    0.6888636267088742, 0.7478585947633022, 0.8095796321188349, 0.8745511419453076,
    0.9434426325856542, 1.0171314326204681, 1.0968035620935135, 1.1841248707343366,
    1.2815515655446004, 1.3929451967300117, 1.5249453577626166, 1.6906216295848986,
    1.9224794690779814, 2.361894446584974,
)
# fmt: on
_LATTICE = len(_QUANTILES)


def _directions() -> tuple[Float64Array, Float64Array, Float64Array]:
    """Offsets in standard deviations (yaw, pitch) and weights, (R,) each.

    The lattice is followed by its mirror image in yaw, so that left- and right-hand drive agree.
    """
    quantiles = np.array(_QUANTILES)
    pitch = _SPREAD * quantiles
    yaw = _SPREAD * quantiles[np.arange(_LATTICE) * _GENERATOR % _LATTICE]
    weight = np.exp(-0.5 * (yaw**2 + pitch**2) * (1.0 - _SPREAD**-2))
    yaw, pitch = np.concatenate([yaw, -yaw]), np.concatenate([pitch, pitch])
    return yaw, pitch, np.concatenate([weight, weight]) / (2.0 * weight.sum())


_YAW_SIGMAS, _PITCH_SIGMAS, _WEIGHTS = _directions()


def glance_density(zone: Zone) -> float:
    """How much people look at a degree of the zone, relative to a degree of the road ahead."""
    return 1.0 if zone.on_road else GLANCE_DENSITY.get(zone.kind, 1.0)


@dataclass(frozen=True, eq=False)
class _Table:
    """The zones of a cabin and "elsewhere", Z + 1 in all.

    Attributes:
        names: Their names.
        on_road: (Z + 1,) whether each is the road ahead.
        density: (Z + 1,) glance density.
        windscreen: (Z + 1,) whether the density falls off about straight ahead.
    """

    names: tuple[str, ...]
    on_road: npt.NDArray[np.bool_]
    density: Float64Array
    windscreen: npt.NDArray[np.bool_]


@lru_cache(maxsize=8)
def _table(cabin: CabinGeometry) -> _Table:
    zones = cabin.zones
    return _Table(
        names=(*(zone.name for zone in zones), ELSEWHERE),
        on_road=np.array([*(zone.on_road for zone in zones), False]),
        density=np.array([*(glance_density(zone) for zone in zones), ELSEWHERE_DENSITY]),
        windscreen=np.array(
            [*(zone.on_road and zone.kind is ZoneKind.WINDSCREEN for zone in zones), False]
        ),
    )


def _habit(
    cabin: CabinGeometry, hits: Indices, yaw: Float64Array, pitch: Float64Array
) -> Float64Array:
    """How much people look in each of R directions, given the zones they meet."""
    table = _table(cabin)
    middle = np.exp(-0.5 * ((yaw / ROAD_SPREAD[0]) ** 2 + (pitch / ROAD_SPREAD[1]) ** 2))
    road = ROAD_EDGE_DENSITY + (1.0 - ROAD_EDGE_DENSITY) * middle
    return np.where(table.windscreen[hits], road, table.density[hits])


def locate(
    gaze: GazeObservation | None, cabin: CabinGeometry, *, habits: bool = True
) -> ZoneEstimate:
    """Where the gaze falls, with probabilities.

    Args:
        gaze: Direction with origin (m) and standard deviations (rad) in the cabin frame, or None.
        cabin: The cabin.
        habits: Whether directions count by how much people look there; False is for comparison.

    Returns:
        `on_road` is YES if the zones of the road hold at least half of the probability; the zone is
        the most probable one among those of the road then, else among all others, so that both
        never contradict each other; the area is the most probable. ZONE_UNKNOWN without a gaze, or
        if one of its numbers is not finite.
    """
    if gaze is None:
        return ZONE_UNKNOWN
    if not all(map(math.isfinite, (*gaze.origin, gaze.yaw, gaze.pitch, *gaze.std))):
        return ZONE_UNKNOWN
    yaw = gaze.yaw + gaze.std[0] * _YAW_SIGMAS
    pitch = gaze.pitch + gaze.std[1] * _PITCH_SIGMAS
    return locate_directions(yaw, pitch, _WEIGHTS, gaze.origin, cabin, habits=habits)


def locate_directions(
    yaw: Float64Array,
    pitch: Float64Array,
    weights: Float64Array,
    origin: tuple[float, float, float],
    cabin: CabinGeometry,
    *,
    habits: bool = True,
) -> ZoneEstimate:
    """Where the gaze falls if it has one of R directions, each with its probability.

    Args:
        yaw: (R,) rad, cabin frame.
        pitch: (R,) rad.
        weights: (R,) probabilities; their sum does not matter if it is above 0.
        origin: Midpoint between the eyes, cabin frame, m.
        cabin: The cabin.
        habits: As in `locate`.

    Returns:
        As `locate`.
    """
    flat = np.cos(pitch)
    rays = np.empty((len(yaw), 3))
    rays[:, 0] = flat * np.cos(yaw)
    rays[:, 1] = flat * np.sin(yaw)
    rays[:, 2] = np.sin(pitch)
    hits, reach = cast(cabin, origin, rays)
    table = _table(cabin)
    weights = weights * _habit(cabin, hits, yaw, pitch) if habits else weights
    weights = weights / weights.sum()
    mass = np.minimum(np.bincount(hits, weights=weights, minlength=len(table.names)), 1.0)
    on_road = float(mass[table.on_road].sum()) >= 0.5
    best = int(np.where(table.on_road == on_road, mass, -1.0).argmax())
    ends = np.where(np.isfinite(reach), reach, NOTHING_MET_M)[:, None] * rays + origin
    areas = np.bincount(areas_of(cabin, ends), weights=weights, minlength=len(AddwArea))
    return ZoneEstimate(
        name=table.names[best],
        probability=float(mass[best]),
        on_road=TriState.YES if on_road else TriState.NO,
        probabilities=MappingProxyType(dict(zip(table.names, mass.tolist(), strict=True))),
        addw_area=AddwArea(int(areas.argmax())),
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
