"""The gaze map: its cells, its mode, and the zones that it falls on.

Leaves: how good the maps of a network are (docs/driver_network.md).
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from affect_perception.core.errors import InputError
from affect_perception.core.vision.gaze_map import (
    CELL_DEG,
    CELLS,
    cell_middles,
    cells_of,
    locate_map,
    modes,
)
from affect_perception.io.cabin_file import load_cabin

pytestmark = pytest.mark.unit
EYES = (0.0, 0.0, 0.0)


def peak(yaw_deg, pitch_deg, sigma_deg=4.0):
    """A map with one round peak."""
    away = np.degrees(cell_middles()) - (yaw_deg, pitch_deg)
    density = np.exp(-0.5 * (away**2).sum(axis=1) / sigma_deg**2)
    return density / density.sum()


def same(angles):
    """A patch whose frame is that of the cabin."""
    return angles


def test_each_cell_holds_the_directions_about_its_middle():
    middles = cell_middles()
    assert middles.shape == (CELLS, 2)
    half = math.radians(CELL_DEG) * 0.49
    for shift in ((0.0, 0.0), (half, -half), (-half, half)):
        np.testing.assert_array_equal(cells_of(middles + shift), np.arange(CELLS))
    # What leaves the map falls into the cell at its edge.
    assert cells_of(np.array([[3.0, 1.5]])).tolist() == [CELLS - 1]


def test_the_mode_is_finer_than_the_cells():
    wanted = np.array([[3.7, -8.2], [-41.1, 20.4]])
    found = np.degrees(modes(np.stack([peak(*pair) for pair in wanted])))
    assert np.abs(found - wanted).max() < 0.4


def test_the_mode_follows_the_higher_of_two_peaks():
    both = 0.6 * peak(-30.0, 0.0) + 0.4 * peak(30.0, 0.0)
    assert np.degrees(modes(both[None]))[0] == pytest.approx((-30.0, 0.0), abs=0.2)


def test_maps_of_another_size_are_refused():
    with pytest.raises(InputError, match=str(CELLS)):
        modes(np.ones((1, CELLS + 1)))


def test_a_sharp_map_falls_on_the_zone_that_it_looks_at():
    cabin = load_cabin("sedan_lhd")
    for zone in cabin.zones:
        x, y, z = zone.centre
        yaw, pitch = math.atan2(y, x), math.atan2(z, math.hypot(x, y))
        if abs(yaw) > math.radians(55.0) or abs(pitch) > math.radians(33.0) or zone.is_glass:
            continue
        sharp = peak(math.degrees(yaw), math.degrees(pitch), 0.8)
        found = locate_map(sharp, same, EYES, cabin, habits=False)
        assert found.probabilities[zone.name] > 0.3, zone.name
        assert sum(found.probabilities.values()) == pytest.approx(1.0, abs=1e-6)


def test_a_map_with_two_peaks_gives_both_zones_their_share():
    cabin = load_cabin("sedan_lhd")
    mirror = next(zone for zone in cabin.zones if zone.name == "mirror_passenger_side")
    x, y, z = mirror.centre
    there = (math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y))))
    both = 0.7 * peak(0.0, -1.0, 2.0) + 0.3 * peak(*there, 1.0)
    found = locate_map(both, same, EYES, cabin, habits=False)
    assert found.probabilities["mirror_passenger_side"] == pytest.approx(0.3, abs=0.12)
    assert found.name in cabin.on_road_names


def test_the_map_is_turned_into_the_cabin():
    cabin = load_cabin("sedan_lhd")
    turned = locate_map(peak(20.0, 0.0), lambda a: a - (math.radians(20.0), 0.0), EYES, cabin)
    straight = locate_map(peak(0.0, 0.0), same, EYES, cabin)
    assert turned.name == straight.name
    assert turned.probability == pytest.approx(straight.probability, abs=0.02)
