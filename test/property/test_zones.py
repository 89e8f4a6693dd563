"""Zones and ADDW areas for any finite gaze: probabilities, road and area are always in order.

Leaves whether they are right to the unit tests.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affect_perception.core.enums import AddwArea, GazeSource, TriState
from affect_perception.core.types import GazeObservation
from affect_perception.core.vision.zones import locate, role_probabilities
from affect_perception.io.cabin_file import load_cabin, shipped_cabins

pytestmark = pytest.mark.property

CABINS = [load_cabin(name) for name in sorted(shipped_cabins())]
angle = st.floats(-math.pi, math.pi)
place = st.floats(-0.4, 0.4)


@given(
    cabin=st.sampled_from(CABINS),
    yaw=angle,
    pitch=st.floats(-math.pi / 2, math.pi / 2),
    std=st.tuples(st.floats(0.0, 10.0), st.floats(0.0, 10.0)),
    origin=st.tuples(place, place, place),
)
def test_any_finite_gaze_falls_somewhere_with_probabilities_that_sum_to_one(
    cabin, yaw, pitch, std, origin
):
    direction = (
        math.cos(pitch) * math.cos(yaw),
        math.cos(pitch) * math.sin(yaw),
        math.sin(pitch),
    )
    gaze = GazeObservation(GazeSource.EYES, origin, direction, yaw, pitch, std)
    zone = locate(gaze, cabin)
    values = list(zone.probabilities.values())
    named_road = zone.name in cabin.on_road_names
    assert named_road is (zone.on_road is TriState.YES)
    assert math.fsum(values) == pytest.approx(1.0)
    assert all(0.0 <= value <= 1.0 for value in values)
    assert zone.probability == zone.probabilities[zone.name]
    beside = [
        p for name, p in zone.probabilities.items() if (name in cabin.on_road_names) == named_road
    ]
    assert zone.probability == max(beside)
    road = math.fsum(zone.probabilities[name] for name in cabin.on_road_names)
    if abs(road - 0.5) > 1e-9:
        assert zone.on_road is (TriState.YES if road > 0.5 else TriState.NO)
    assert zone.addw_area is not AddwArea.UNKNOWN
    roles = role_probabilities(zone, cabin)
    assert math.fsum(roles.values()) == pytest.approx(1.0)


@given(yaw=angle, pitch=st.floats(-1.5, 1.5), std=st.floats(0.01, 0.3), side=place)
def test_right_hand_drive_gives_the_mirror_image(yaw, pitch, std, side):
    left = locate(_gaze(yaw, pitch, std, side), _LEFT)
    right = locate(_gaze(-yaw, pitch, std, -side), _RIGHT)
    np.testing.assert_allclose(
        list(left.probabilities.values()), list(right.probabilities.values()), atol=0.03
    )


_LEFT, _RIGHT = load_cabin("sedan_lhd"), load_cabin("sedan_rhd")


def _gaze(yaw: float, pitch: float, std: float, side: float) -> GazeObservation:
    direction = (math.cos(pitch) * math.cos(yaw), math.cos(pitch) * math.sin(yaw), math.sin(pitch))
    return GazeObservation(GazeSource.EYES, (0.0, side, 0.0), direction, yaw, pitch, (std, std))
