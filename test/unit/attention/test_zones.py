"""Where the gaze falls. Leaves the direction of gaze itself to the tests of the vision."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from observations import CABIN, CLUSTER, PHONE, RADIO, ROAD, gaze
from scipy.special import ndtri

from affect_perception.core.cabin import Box, CabinGeometry, Quad, Zone, ZoneKind, ZoneRole, look_at
from affect_perception.core.enums import TriState
from affect_perception.core.types import ZONE_UNKNOWN
from affect_perception.core.vision.zone_rays import zone_indices
from affect_perception.core.vision.zones import (
    _QUANTILES,
    ELSEWHERE_DENSITY,
    GLANCE_DENSITY,
    glance_density,
    locate,
    role_probabilities,
)
from affect_perception.io.cabin_file import load_cabin, shipped_cabins

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("direction", "name", "on_road"),
    [
        (ROAD, "windscreen", TriState.YES),
        (CLUSTER, "cluster", TriState.NO),
        (PHONE, "lap_phone", TriState.NO),
        (RADIO, "infotainment", TriState.NO),
        ((2.5, 0.0), "elsewhere", TriState.NO),
        ((0.0, 1.2), "elsewhere", TriState.NO),
    ],
)
def test_zone_of_a_sure_gaze(direction, name, on_road):
    estimate = locate(gaze(direction, std=0.01), CABIN)
    assert estimate.name == name
    assert estimate.on_road is on_road
    assert estimate.probability > 0.95


def test_probabilities_cover_all_zones_and_sum_to_one():
    estimate = locate(gaze((0.0, -0.2), std=0.1), CABIN)
    assert set(estimate.probabilities) == {z.name for z in CABIN.zones} | {"elsewhere"}
    assert math.fsum(estimate.probabilities.values()) == pytest.approx(1.0)


def test_probabilities_of_the_roles_are_sums_over_their_zones():
    estimate = locate(gaze((0.0, -0.2), std=0.1), CABIN)
    roles = role_probabilities(estimate, CABIN)
    assert set(roles) == set(ZoneRole)
    assert math.fsum(roles.values()) == pytest.approx(1.0)
    assert roles[ZoneRole.ROAD] == pytest.approx(estimate.probabilities["windscreen"])
    task = estimate.probabilities["cluster"] + estimate.probabilities["mirror_interior"]
    assert roles[ZoneRole.DRIVING_TASK] == pytest.approx(task)
    assert role_probabilities(ZONE_UNKNOWN, CABIN) == {}


def two_panels(upper: ZoneKind, lower: ZoneKind) -> CabinGeometry:
    """Two panels that meet at eye level and fill the view."""

    def panel(low, high):
        return Quad(((1.0, 5.0, low), (1.0, -5.0, low), (1.0, -5.0, high), (1.0, 5.0, high)))

    zones = (
        Zone("road", ZoneKind.SCREEN, True, Box((-9.0, -1.0, -1.0), (-8.0, 1.0, 1.0))),
        Zone("upper", upper, False, panel(0.0, 5.0)),
        Zone("lower", lower, False, panel(-5.0, 0.0)),
    )
    return CabinGeometry("panels", "left", CABIN.camera, zones)


def test_probability_follows_the_normal_distribution_between_zones_alike():
    panels = two_panels(ZoneKind.CLUSTER, ZoneKind.INFOTAINMENT)
    on_edge = locate(gaze((0.0, 0.0), std=0.05), panels).probabilities
    assert on_edge["upper"] == pytest.approx(0.5, abs=0.02)
    sigma_below = locate(gaze((0.0, -0.05), std=0.05), panels).probabilities
    assert sigma_below["lower"] == pytest.approx(0.841, abs=0.02)


def test_a_mirror_pulls_the_gaze_as_much_as_its_density_says():
    panels = two_panels(ZoneKind.MIRROR, ZoneKind.INFOTAINMENT)
    density = GLANCE_DENSITY[ZoneKind.MIRROR]
    on_edge = locate(gaze((0.0, 0.0), std=0.05), panels).probabilities
    assert on_edge["upper"] == pytest.approx(density / (1.0 + density), abs=0.02)
    nothing = locate(gaze((2.5, 0.0), std=0.05), panels).probabilities
    assert nothing["elsewhere"] == pytest.approx(1.0)


@pytest.mark.parametrize("std_deg", [(3.5, 5.0), (6.0, 7.0)])
def test_few_directions_say_what_very_many_random_ones_say(std_deg):
    cabin = load_cabin("sedan_lhd")
    rng = np.random.default_rng(7)
    std = np.radians(std_deg)
    names = [*(zone.name for zone in cabin.zones), "elsewhere"]
    worst, road = [], []
    for _ in range(40):
        middle = np.radians((rng.uniform(-70, 70), rng.uniform(-60, 20)))
        yaw, pitch = (middle + std * rng.standard_normal((10000, 2))).T
        rays = np.stack(
            [np.cos(pitch) * np.cos(yaw), np.cos(pitch) * np.sin(yaw), np.sin(pitch)], axis=1
        )
        hits = zone_indices(cabin, (0.0, 0.0, 0.0), rays)
        density = _glance_densities(cabin, hits, yaw, pitch)
        mass = np.bincount(hits, weights=density, minlength=len(names))
        mass /= mass.sum()
        found = replace(gaze((float(middle[0]), float(middle[1]))), std=(std[0], std[1]))
        estimate = locate(found, cabin).probabilities
        difference = np.abs([estimate[name] for name in names] - mass)
        worst.append(difference.max())
        road.append(difference[[name in cabin.on_road_names for name in names]].sum())
    # 10,000 random directions are themselves right to about 0.01 where densities differ most.
    assert np.quantile(worst, 0.9) < 0.06
    assert np.quantile(road, 0.9) < 0.03
    assert max(worst) < 0.2


def _glance_densities(cabin, hits, yaw, pitch):
    """The prior as documented, written out once more."""
    plain = np.array([*(glance_density(zone) for zone in cabin.zones), ELSEWHERE_DENSITY])[hits]
    ahead = np.exp(-0.5 * ((np.degrees(yaw) / 15.0) ** 2 + (np.degrees(pitch) / 8.0) ** 2))
    road = np.array([*(zone.on_road for zone in cabin.zones), False])[hits]
    return np.where(road, 0.3 + 0.7 * ahead, plain)


def test_the_edge_of_the_windscreen_pulls_less_than_its_middle():
    """A gaze between the foot of the windscreen and the cluster is rather at the cluster."""
    cabin = load_cabin("sedan_lhd")
    foot = gaze((0.0, math.atan2(-0.2, 0.95)), std=0.06)
    with_habits = locate(foot, cabin).probabilities["windscreen"]
    without = locate(foot, cabin, habits=False).probabilities["windscreen"]
    assert with_habits < without
    assert locate(gaze((0.0, -0.09), std=0.06), cabin).on_road is TriState.YES


def test_the_zone_never_contradicts_the_road_decision():
    """With the road at 0.4 and two zones beside it at 0.3 each, the gaze is at one of these."""
    rng = np.random.default_rng(4)
    cabin = load_cabin("sedan_lhd")
    split = 0
    for yaw, pitch in rng.uniform((-1.2, -0.6), (0.9, 0.3), (300, 2)):
        estimate = locate(gaze((yaw, pitch), std=0.2), cabin)
        assert (estimate.name in cabin.on_road_names) is (estimate.on_road is TriState.YES)
        split += max(estimate.probabilities, key=estimate.probabilities.get) != estimate.name
    assert split > 5, "the case that the rule is for did not occur"


def test_less_sure_means_less_probable():
    masses = [
        locate(gaze(CLUSTER, std=s), CABIN).probabilities["cluster"] for s in (0.02, 0.1, 0.3)
    ]
    assert masses == sorted(masses, reverse=True)


def test_the_head_moves_the_ray():
    moved = replace(gaze(CLUSTER, std=0.01), origin=(0.0, 0.0, 0.25))
    assert locate(moved, CABIN).name == "windscreen"


@pytest.mark.parametrize(
    "broken",
    [
        None,
        replace(gaze(ROAD), yaw=math.nan),
        replace(gaze(ROAD), std=(math.nan, 0.1)),
        replace(gaze(ROAD), std=(math.inf, 0.1)),
        replace(gaze(ROAD), origin=(math.nan, 0.0, 0.0)),
    ],
)
def test_what_is_not_known_has_no_zone(broken):
    assert locate(broken, CABIN) is ZONE_UNKNOWN


def square(x: float, size: float) -> Quad:
    return Quad(((x, size, -size), (x, -size, -size), (x, -size, size), (x, size, size)))


def test_the_nearest_solid_zone_wins_and_glass_never_hides_one():
    camera = look_at((0.6, 0.0, 0.0), (0.0, 0.0, 0.0))
    glass = Zone("glass", ZoneKind.WINDSCREEN, True, square(0.5, 0.3))
    near = Zone("near", ZoneKind.OTHER, False, square(1.0, 0.1))
    far = Zone("far", ZoneKind.OTHER, False, square(2.0, 0.4))
    cabin = CabinGeometry("x", "left", camera, (far, glass, near))
    rays = np.array([[1.0, 0.0, 0.0], [1.0, 0.15, 0.0], [1.0, 0.45, 0.0], [1.0, 0.9, 0.0]])
    assert zone_indices(cabin, (0.0, 0.0, 0.0), rays).tolist() == [2, 0, 1, 3]


def test_rays_leave_a_box_from_inside_and_miss_it_behind():
    camera = look_at((0.6, 0.0, 0.0), (0.0, 0.0, 0.0))
    box = Zone("box", ZoneKind.OTHER, True, Box((-0.1, -0.1, -0.1), (0.1, 0.1, 0.1)))
    cabin = CabinGeometry("x", "left", camera, (box,))
    rays = np.array([[1.0, 0.0, 0.0]])
    assert zone_indices(cabin, (0.0, 0.0, 0.0), rays).tolist() == [0]
    assert zone_indices(cabin, (-1.0, 0.0, 0.0), rays).tolist() == [0]
    assert zone_indices(cabin, (1.0, 0.0, 0.0), rays).tolist() == [1]


@pytest.mark.parametrize("name", sorted(shipped_cabins()))
def test_every_shipped_zone_can_be_seen_at_its_centre(name):
    cabin = load_cabin(name)
    # The middle of these lies behind the passenger and behind the console; their rims are seen.
    hidden = {"window_passenger_side", "footwell_passenger_side"}
    for index, zone in enumerate(cabin.zones):
        if zone.name not in hidden:
            hit = zone_indices(cabin, (0.0, 0.0, 0.0), np.array([zone.centre]))[0]
            assert hit == index, f"{name}: looking at {zone.name} meets another zone"


@pytest.mark.parametrize("name", sorted(shipped_cabins()))
def test_straight_ahead_is_the_road(name):
    direction = (0.0, -0.03)
    assert locate(gaze(direction, std=0.03), load_cabin(name)).on_road is TriState.YES


def test_written_quantiles_are_those_of_the_normal_distribution():
    count = len(_QUANTILES)
    wanted = ndtri((np.arange(count) + 0.5) / count)
    np.testing.assert_allclose(_QUANTILES, wanted, rtol=0, atol=4e-15)
