"""Covers a camera that gives the same picture again and again: what face and attention say of it.

Leaves to others: when data count as the same (test_repeats), the nodes (affect-perception drills).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from face_fakes import CAMERA, NS, square_networks, squares
from observations import CABIN

from affect_perception.core.config import PipelineConfig
from affect_perception.core.enums import (
    AlertReason,
    Availability,
    EyesState,
    Reason,
    TriState,
)
from affect_perception.core.pipeline import Pipeline
from affect_perception.core.types import AttentionState, CameraFrame, FaceObservation, VehicleState
from affect_perception.io.profile_file import load_profile

pytestmark = pytest.mark.unit

DRIVER = squares((320, 240, 130))
NOISE = np.random.default_rng(1).integers(0, 3, (8, *DRIVER.shape), np.uint8)


class Drive:
    """A camera at 10 Hz before a drawn face, in the whole pipeline."""

    def __init__(self) -> None:
        config = PipelineConfig()
        profile = load_profile(config.attention.profile)
        self.pipeline = Pipeline(config, CABIN, square_networks(), profile)
        self.index = 0

    def step(self, image: npt.NDArray[np.uint8]) -> tuple[FaceObservation, AttentionState]:
        self.index += 1
        stamp = self.index * NS // 10
        self.pipeline.step(VehicleState(stamp, 20.0))
        face, state = self.pipeline.step(CameraFrame(stamp, image, "camera", CAMERA))
        assert isinstance(face, FaceObservation)
        assert isinstance(state, AttentionState)
        return face, state

    def living(self, count: int) -> list[tuple[FaceObservation, AttentionState]]:
        return [self.step(DRIVER + NOISE[k % len(NOISE)]) for k in range(count)]

    def frozen(
        self, count: int, image: npt.NDArray[np.uint8] = DRIVER
    ) -> list[tuple[FaceObservation, AttentionState]]:
        return [self.step(image) for _ in range(count)]


def test_a_living_camera_is_not_frozen_nor_one_that_repeats_itself_for_a_moment() -> None:
    drive = Drive()
    seen = [*drive.living(30), *drive.frozen(10), *drive.living(10)]
    assert all(Reason.FROZEN_PICTURE not in state.degradation_reasons for _, state in seen)
    assert seen[-1][1].eyes_state is EyesState.OPEN


def test_a_frozen_one_tells_nothing_after_a_second_and_is_well_with_the_next_picture() -> None:
    drive = Drive()
    before = drive.living(30)[-1]
    seen = drive.frozen(60)
    told = [Reason.FROZEN_PICTURE in state.degradation_reasons for _, state in seen]
    assert told.index(True) == 10
    assert all(told[10:])
    for face, state in seen[10:]:
        assert face.reasons == state.degradation_reasons == (Reason.FROZEN_PICTURE,)
        assert face.availability is state.availability is Availability.UNAVAILABLE
        assert face.landmarks is face.head is face.gaze is None
        assert not face.left_eye.usable
        assert all(map(math.isnan, face.expression.probabilities))
        assert math.isnan(face.image_quality.brightness)
        assert face.calibration.driver_number == before[0].calibration.driver_number
    late = seen[-1][1]
    assert late.eyes_state is EyesState.UNKNOWN
    assert late.eyes_on_road is TriState.UNKNOWN
    assert math.isnan(late.off_road_duration)
    assert late.perclos_window == pytest.approx(seen[10][1].perclos_window, abs=0.3)
    face, state = drive.living(1)[0]
    assert state.availability >= Availability.DEGRADED
    assert state.eyes_state is EyesState.OPEN
    assert face.calibration.driver_number == before[0].calibration.driver_number


def test_it_ends_in_the_alert_that_monitoring_is_limited_and_not_in_an_empty_seat() -> None:
    drive = Drive()
    drive.living(30)
    reasons = {reason for _, state in drive.frozen(150) for reason in state.alert_reasons}
    assert reasons == {AlertReason.DEGRADED}


@pytest.mark.parametrize("level", [0, 100])
def test_a_picture_of_one_value_is_covered_and_not_frozen(level: int) -> None:
    drive = Drive()
    drive.living(10)
    last = drive.frozen(40, np.full_like(DRIVER, level))[-1][1].degradation_reasons
    assert Reason.CAMERA_COVERED in last
    assert Reason.FROZEN_PICTURE not in last


def test_a_new_clock_begins_anew() -> None:
    drive = Drive()
    drive.frozen(11)
    drive.index += 36_000
    found = [Reason.FROZEN_PICTURE in state.degradation_reasons for _, state in drive.frozen(12)]
    assert found.index(True) == 10
