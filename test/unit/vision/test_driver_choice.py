"""Which of several faces is the driver's; faces are given as detections, nothing is drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from affect_perception.core.config import FaceTrackingConfig
from affect_perception.core.vision.driver_choice import DriverChoice, FacePlace
from affect_perception.core.vision.face_detector import FaceDetection
from affect_perception.core.vision.picture import Rectangle

pytestmark = pytest.mark.unit

REGION = Rectangle(80, 0, 560, 480)
S = 1_000_000_000


def face(x: float, width: float = 120.0, y: float = 240.0) -> FaceDetection:
    return FaceDetection((x - width / 2, y - width / 2, width, width), np.zeros((6, 2)), 0.9)


def drive(choice: DriverChoice, driver: FaceDetection, seconds: float, *others) -> int:
    """Tracks a driver for some time with others beside; returns the last stamp."""
    stamp = 0
    for stamp in range(0, int(seconds * S) + 1, S // 10):
        choice.note_driver(FacePlace.of(driver), stamp)
        choice.note_others(FacePlace.of(driver), [driver, *others], REGION, stamp)
    return stamp


def test_the_larger_of_two_equally_placed_faces_drives():
    choice = DriverChoice(FaceTrackingConfig())
    near, far = face(250, 150), face(390, 90)
    assert choice.choose([far, near], REGION, 0) is near


def test_a_face_in_the_middle_beats_a_slightly_larger_one_at_the_edge():
    choice = DriverChoice(FaceTrackingConfig())
    middle, edge = face(320, 110), face(540, 130)
    assert choice.choose([edge, middle], REGION, 0) is middle


def test_a_face_beyond_max_offset_is_nobodys_business():
    choice = DriverChoice(replace(FaceTrackingConfig(), max_offset=0.5))
    assert choice.choose([face(500)], REGION, 0) is None
    assert choice.choose([], REGION, 0) is None


def test_a_passenger_does_not_become_the_driver_when_the_driver_leaves():
    choice = DriverChoice(replace(FaceTrackingConfig(), seat_memory=0.0))
    driver, passenger = face(250), face(480, 100)
    last = drive(choice, driver, 5.0, passenger)
    for stamp in range(last, last + 120 * S, S // 10):
        assert choice.choose([passenger], REGION, stamp) is None
    assert choice.choose([passenger, driver], REGION, last + 121 * S) is driver


def test_a_newcomer_in_the_other_seat_is_not_taken_while_the_seat_is_remembered():
    config = FaceTrackingConfig()
    choice = DriverChoice(config)
    last = drive(choice, face(150, 80), 5.0)
    newcomer = face(400, 80)
    assert choice.seat_known
    assert choice.choose([newcomer], REGION, last + 10 * S) is None
    later = last + int((config.seat_memory + 1) * S)
    assert choice.choose([newcomer], REGION, later) is newcomer


def test_a_bystander_out_of_sight_is_forgotten():
    config = replace(FaceTrackingConfig(), seat_memory=0.0)
    choice = DriverChoice(config)
    passenger = face(480, 100)
    last = drive(choice, face(250), 5.0, passenger)
    later = last + int((config.bystander_memory + 0.1) * S)
    assert choice.choose([passenger], REGION, later) is passenger


def test_a_much_better_face_takes_over_only_after_a_while():
    config = FaceTrackingConfig()
    choice = DriverChoice(config)
    small, large = face(450, 80), face(300, 160)
    taken = []
    for stamp in range(0, 4 * S, S // 2):
        choice.note_driver(FacePlace.of(small), stamp)
        taken.append(choice.note_others(FacePlace.of(small), [small, large], REGION, stamp))
    first = next(i for i, other in enumerate(taken) if other is not None)
    assert taken[first] is large
    assert first * 0.5 >= config.switch_time


def test_a_passing_better_face_does_not_take_over():
    choice = DriverChoice(FaceTrackingConfig())
    small, large = face(450, 80), face(300, 160)
    for step in range(20):
        others = [small, large] if step % 2 else [small]
        stamp = step * S
        assert choice.note_others(FacePlace.of(small), others, REGION, stamp) is None


def test_reset_forgets_everybody():
    choice = DriverChoice(FaceTrackingConfig())
    last = drive(choice, face(150, 80), 5.0, face(400, 80))
    choice.reset()
    assert not choice.seat_known
    assert choice.choose([face(400, 80)], REGION, last) is not None
