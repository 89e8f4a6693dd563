"""The whole pipeline on arbitrary pictures with networks that return arbitrary numbers.

Real vision and attention, fake networks: whatever a network says about whatever picture, there is
a legal state. Leaves the quality of the real networks to the tests with face models.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from observations import CABIN
from profiles import profile

from affect_perception.core.attention.alert_machine import TRANSITIONS
from affect_perception.core.config import PipelineConfig
from affect_perception.core.enums import Availability, Reason
from affect_perception.core.network import FaceNetworks
from affect_perception.core.pipeline import Pipeline
from affect_perception.core.types import AttentionState, CameraFrame, CameraIntrinsics

pytestmark = pytest.mark.property

# Detector outputs: boxes and scores; mesh outputs: see docs/models.md.
_MESH = ((468, 3), (80, 2), (71, 2), (71, 2), (5, 2), (5, 2), (1,))


class Babbler:
    """A network that returns seeded noise of the right shapes."""

    def __init__(self, name: str, shapes, seed: int, scale: float, flag: float) -> None:
        self.name = name
        self._shapes = shapes
        self._random = np.random.default_rng(seed)
        self._scale = scale
        self._flag = flag

    def run(self, *inputs):
        noise = [self._random.normal(96.0, self._scale, shape) for shape in self._shapes]
        if len(noise) == 2:
            noise[1] = self._random.normal(self._flag, 3.0, self._shapes[1])
        else:
            noise[-1][:] = self._flag
        return tuple(np.asarray(array, dtype=np.float32) for array in noise)


def networks(seed: int, scale: float, flag: float) -> FaceNetworks:
    return FaceNetworks(
        Babbler("face_detector_short_range", ((896, 16), (896,)), seed, scale, flag),
        Babbler("face_detector_full_range", ((2304, 16), (2304,)), seed + 1, scale, flag),
        Babbler("face_mesh_attention", _MESH, seed + 2, scale, flag),
    )


def picture(random: np.random.Generator, width: int, height: int, grey: bool, level: int):
    shape = (height, width) if grey else (height, width, 3)
    noise = random.integers(0, 40, shape)
    return np.clip(noise + level, 0, 255).astype(np.uint8)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    scale=st.sampled_from([1.0, 30.0, 60.0, 1e4]),
    flag=st.sampled_from([-50.0, 0.0, 2.0, 50.0]),
    size=st.sampled_from([(64, 48), (320, 240), (33, 97), (1, 1)]),
    grey=st.booleans(),
    level=st.sampled_from([0, 100, 255]),
    steps=st.lists(st.sampled_from([0.033, 0.1, 0.5, 0.0, -0.1, 7200.0]), max_size=12),
    calibrated=st.booleans(),
)
def test_any_picture_and_any_network_output_gives_a_legal_state(
    seed, scale, flag, size, grey, level, steps, calibrated
):
    random = np.random.default_rng(seed)
    pipeline = Pipeline(PipelineConfig(), CABIN, networks(seed, scale, flag), profile())
    camera = CameraIntrinsics.from_fov(*size, math.radians(60)) if calibrated else None
    now, before = 10.0, None
    for step in [0.0, *steps]:
        now += step
        image = picture(random, *size, grey, level)
        outputs = pipeline.step(CameraFrame(round(now * 1e9), image, intrinsics=camera))
        state = outputs[-1]
        assert isinstance(state, AttentionState)
        if state.availability is not Availability.AVAILABLE:
            assert state.degradation_reasons
        if before is not None and Reason.STAMP_JUMP not in state.degradation_reasons:
            assert state.alert_level in TRANSITIONS[before.alert_level]
        for name, value in vars(state).items():
            assert not (isinstance(value, float) and math.isinf(value)), name
        before = state
