"""Pipeline: which events give which outputs, and how broken stamps reach the parts.

The perception is a fake here. Leaves pictures to the tests of the vision and alerts to those of
the attention monitor.
"""

from __future__ import annotations

import numpy as np
import pytest
from observations import CABIN, PHONE, observe
from profiles import profile

from affect_perception.core.config import PipelineConfig
from affect_perception.core.enums import AlertLevel, Availability, Reason
from affect_perception.core.network import FaceNetworks
from affect_perception.core.types import (
    AttentionState,
    CameraFrame,
    FaceObservation,
    NoFrame,
    VehicleState,
)

pipeline = pytest.importorskip("affect_perception.core.pipeline")

pytestmark = pytest.mark.unit


class FakePerception:
    """Looks at the phone in every picture, and remembers what it was given."""

    def __init__(self, config, cabin, networks) -> None:
        self.resets = 0
        self.stamps: list[int] = []

        self.speeds: list[float] = []
        self.states: list[AttentionState] = []

    def reset(self) -> None:
        self.resets += 1

    def observe_vehicle(self, vehicle: VehicleState) -> None:
        self.speeds.append(vehicle.speed)

    def observe_attention(self, state: AttentionState) -> None:
        self.states.append(state)

    def step(self, frame: CameraFrame) -> FaceObservation:
        self.stamps.append(frame.stamp_ns)
        return observe(frame.stamp_ns / 1e9, PHONE)


class FakeNetwork:
    name = "fake"

    def run(self, *inputs):
        raise AssertionError("the fake perception runs no network")


NETWORKS = FaceNetworks(FakeNetwork(), FakeNetwork(), FakeNetwork())
IMAGE = np.zeros((8, 8, 3), dtype=np.uint8)


def frame(seconds: float) -> CameraFrame:
    return CameraFrame(round(seconds * 1e9), IMAGE)


@pytest.fixture
def made():
    return pipeline.Pipeline(
        PipelineConfig(), CABIN, NETWORKS, profile(), perception=FakePerception
    )


def test_a_picture_gives_face_and_state_with_its_stamp(made):
    face, state = made.step(frame(1.0))
    assert isinstance(face, FaceObservation)
    assert isinstance(state, AttentionState)
    assert face.stamp_ns == state.stamp_ns == 1_000_000_000
    assert state.face is face


def test_a_speed_gives_nothing_but_counts(made):
    for index in range(120):
        assert made.step(VehicleState(round(index / 30 * 1e9), 0.0)) == ()
        state = made.step(frame(index / 30))[-1]
    assert state.off_road_duration > 3.5
    assert state.alert_level is AlertLevel.NONE


def test_the_perception_is_told_of_speed_and_state(made):
    made.step(VehicleState(0, 12.5))
    _, state = made.step(frame(1.0))
    assert made._perception.speeds == [12.5]
    assert made._perception.states == [state]


def test_no_frame_gives_a_state(made):
    made.step(frame(1.0))
    (state,) = made.step(NoFrame(2_000_000_000))
    assert state.degradation_reasons == (Reason.NO_FRAME,)


def test_a_backward_stamp_never_reaches_the_perception(made):
    made.step(frame(1.0))
    (state,) = made.step(frame(0.9))
    assert Reason.STAMP_BACKWARDS in state.degradation_reasons
    assert state.stamp_ns == 1_000_000_000
    made.step(frame(1.1))
    assert made._perception.stamps == [1_000_000_000, 1_100_000_000]


@pytest.mark.parametrize("jump", [3600.0, -3600.0])
def test_a_jump_starts_the_perception_afresh_and_both_outputs_say_so(made, jump):
    made.step(frame(7200.0))
    assert made._perception.resets == 0
    face, state = made.step(frame(7200.0 + jump))
    assert made._perception.resets == 1
    assert face.reasons == state.degradation_reasons == (Reason.STAMP_JUMP,)
    assert face.availability is Availability.DEGRADED
    face, state = made.step(frame(7200.1 + jump))
    assert face.reasons == state.degradation_reasons == ()
    assert made._perception.resets == 1


def test_the_same_events_give_the_same_outputs():
    def outputs():
        run = pipeline.Pipeline(
            PipelineConfig(), CABIN, NETWORKS, profile(), perception=FakePerception
        )
        events = [frame(0.1 * i + 0.013 * (i % 3)) for i in range(60)]
        return [state for event in events for state in run.step(event)]

    # repr, because NaN differs from itself.
    assert repr(outputs()) == repr(outputs())
