"""ADDW areas: the planes of 55 and 30 degrees, the margin of the glass, and whole gazes.

Leaves what a policy makes of area 3 to the tests of the profiles.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from observations import CABIN, gaze

from affect_perception.core.enums import AddwArea
from affect_perception.core.types import ZONE_UNKNOWN
from affect_perception.core.vision.addw_areas import areas_of
from affect_perception.core.vision.zones import locate
from affect_perception.io.cabin_file import load_cabin, shipped_cabins

pytestmark = pytest.mark.unit


def direction(yaw_deg: float, pitch_deg: float) -> tuple[float, float, float]:
    yaw, pitch = math.radians(yaw_deg), math.radians(pitch_deg)
    return math.cos(pitch) * math.cos(yaw), math.cos(pitch) * math.sin(yaw), math.sin(pitch)


def area(yaw_deg: float, pitch_deg: float, cabin=CABIN) -> AddwArea:
    return AddwArea(int(areas_of(cabin, np.array([direction(yaw_deg, pitch_deg)]))[0]))


@pytest.mark.parametrize(
    ("yaw", "pitch", "expected"),
    [
        (0, 0, AddwArea.AREA_2),
        (0, -29, AddwArea.AREA_2),  # the dashboard: no area of the text, no timer
        (0, -31, AddwArea.AREA_3),
        (0, -80, AddwArea.AREA_3),
        (54, -40, AddwArea.AREA_3),
        (56, -40, AddwArea.AREA_1),
        (-56, -40, AddwArea.AREA_1),
        (-54, -40, AddwArea.AREA_3),
        (120, -60, AddwArea.AREA_1),
        (180, 0, AddwArea.AREA_1),
        (0, 70, AddwArea.AREA_1),  # roof
    ],
)
def test_planes_as_in_the_text(yaw, pitch, expected):
    assert area(yaw, pitch) is expected


def test_thirty_degrees_down_is_a_plane_across_the_car_and_no_cone():
    # At a yaw of 45 degrees the plane lies atan(tan 30 cos 45) = 22.2 degrees down.
    assert area(45, -20.5) is AddwArea.AREA_2
    assert area(45, -23.5) is AddwArea.AREA_3


def test_ten_degrees_around_glass_belong_to_it():
    # The upper edge of the small cabin's windscreen: atan(0.3 / 0.9) = 18.4 degrees up.
    assert area(0, 18.4 + 8.5) is AddwArea.AREA_2
    assert area(0, 18.4 + 11.5) is AddwArea.AREA_1


@pytest.mark.parametrize("name", ["sedan_lhd", "sedan_rhd"])
@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("windscreen", AddwArea.AREA_2),
        ("windscreen_passenger_side", AddwArea.AREA_2),
        ("mirror_interior", AddwArea.AREA_2),
        ("mirror_driver_side", AddwArea.AREA_2),
        ("mirror_passenger_side", AddwArea.AREA_1),
        ("cluster", AddwArea.AREA_2),
        # What consumer groups object to: a high screen starts no timer of the regulation.
        ("infotainment", AddwArea.AREA_2),
        ("wheel_centre_phone", AddwArea.AREA_3),
        ("lap_phone", AddwArea.AREA_3),
        ("dock_phone", AddwArea.AREA_3),
        ("window_driver_side", AddwArea.AREA_1),
        ("passenger", AddwArea.AREA_1),
    ],
)
def test_zones_of_the_sedan_lie_where_the_text_puts_them(name, zone, expected):
    cabin = load_cabin(name)
    centre = np.array([cabin.zone(zone).centre])
    assert AddwArea(int(areas_of(cabin, centre)[0])) is expected


@pytest.mark.parametrize(
    ("target", "eyes_up", "expected"),
    [
        # The foot of the cluster lies 25 degrees down; from eyes 15 cm too high it is 34 degrees.
        ((0.7, 0.0, -0.33), 0.15, AddwArea.AREA_2),
        # The front of the lap lies 39 degrees down; from eyes 20 cm too low it is 22 degrees.
        ((0.5, 0.0, -0.401), -0.2, AddwArea.AREA_3),
    ],
)
def test_areas_are_seen_from_the_reference_point_and_not_from_the_eyes(target, eyes_up, expected):
    pitch = math.atan2(target[2] - eyes_up, target[0])
    look = gaze((0.0, pitch), std=0.005)
    assert locate(replace(look, origin=(0.0, 0.0, eyes_up)), CABIN).addw_area is expected


def test_an_unknown_gaze_has_no_area_and_a_known_one_always_has():
    assert ZONE_UNKNOWN.addw_area is AddwArea.UNKNOWN
    assert locate(None, CABIN).addw_area is AddwArea.UNKNOWN
    rng = np.random.default_rng(2)
    for name in shipped_cabins():
        found = areas_of(load_cabin(name), rng.normal(size=(2000, 3)))
        assert set(found.tolist()) == {1, 2, 3}


@pytest.mark.parametrize(
    ("pitch_deg", "expected"), [(-20, AddwArea.AREA_2), (-45, AddwArea.AREA_3)]
)
def test_a_gaze_counts_for_the_area_that_holds_most_of_it(pitch_deg, expected):
    estimate = locate(gaze((0.0, math.radians(pitch_deg)), std=0.1), load_cabin("sedan_lhd"))
    assert estimate.addw_area is expected
