"""When another driver has sat down: by absence, place and speed.

Covers `driver_change.py` and `vehicle_speed.py`; what is forgotten then is in
test_driver_baseline.py.
"""

from __future__ import annotations

import math

import pytest

from affect_perception.core.config import BaselineConfig
from affect_perception.core.driver_baseline.driver_change import DriverChange
from affect_perception.core.types import VehicleState
from affect_perception.core.vehicle_speed import VehicleSpeed

pytestmark = pytest.mark.unit

CONFIG = BaselineConfig()


def seated(track_id: int = 1) -> DriverChange:
    change = DriverChange(CONFIG)
    assert change.present(track_id, moving=False)
    return change


def leave(change: DriverChange, seconds: float, moving: bool = False, blind: bool = False) -> None:
    for _ in range(round(seconds * 10)):
        change.absent(0.1, moving=moving, blind=blind)


def test_the_first_face_is_driver_one():
    change = DriverChange(CONFIG)
    assert change.number == 0
    leave(change, 60.0)
    assert change.number == 0
    assert change.present(1, moving=True)
    assert change.number == 1
    assert not change.present(1, moving=False)
    assert change.number == 1


@pytest.mark.parametrize(("seconds", "changed"), [(4.8, False), (5.2, True)])
def test_the_seat_must_be_empty_long_enough(seconds, changed):
    change = seated()
    leave(change, seconds)
    assert change.present(1, moving=False) is changed
    assert change.number == 1 + changed


@pytest.mark.parametrize(("seconds", "changed"), [(1.5, False), (2.5, True)])
def test_a_face_at_another_place_needs_less_time(seconds, changed):
    change = seated(1)
    leave(change, seconds)
    assert change.present(2, moving=False) is changed


def test_nobody_changes_seats_in_a_moving_vehicle():
    change = seated(1)
    leave(change, 60.0, moving=True)
    assert not change.present(2, moving=True)
    assert not change.present(3, moving=True)
    assert change.number == 1


def test_an_absence_before_driving_off_does_not_count_afterwards():
    change = seated()
    leave(change, 30.0)
    leave(change, 0.1, moving=True)
    leave(change, 1.0)
    assert not change.present(1, moving=False)


def test_a_picture_in_which_nothing_can_be_seen_says_nothing_about_the_seat():
    change = seated(1)
    leave(change, 60.0, blind=True)
    assert not change.present(2, moving=False)


def test_a_track_that_goes_straight_to_another_face_is_another_driver():
    assert seated(1).present(2, moving=False)


def test_a_gap_in_the_pictures_is_no_empty_seat():
    change = seated(1)
    change.absent(3600.0, moving=False, blind=False)
    assert not change.present(1, moving=False)


def test_after_a_reset_the_next_face_is_new_and_numbers_rise():
    change = seated()
    change.reset()
    assert change.present(1, moving=True)
    assert change.number == 2


def test_a_speed_is_known_for_a_while_and_counts_backwards_too():
    speed = VehicleSpeed(2.0)
    assert math.isnan(speed.at(0))
    speed.observe(VehicleState(1_000_000_000, -3.0))
    assert speed.at(2_900_000_000) == 3.0
    assert math.isnan(speed.at(3_100_000_000))
