"""Covers the pulse within the face path: off by default, told reasons, fresh starts.

The face is a drawn square whose colour beats. Leaves to others: estimates (test_pulse_estimator).
"""

from __future__ import annotations

import dataclasses
import math

import cv2
import numpy as np
import pytest
from face_fakes import CAMERA, NS, STILL, square_networks, squares
from observations import CABIN

from affect_perception.core.config import PipelineConfig, PulseConfig
from affect_perception.core.enums import Availability, PulseReason
from affect_perception.core.types import CameraFrame, PulseObservation
from affect_perception.core.vision.face_perception import FacePerception

pytestmark = pytest.mark.unit

STEP = NS // 20
FACE = squares((320, 240, 130))
SMALL = PulseConfig(enabled=True, min_window=4.0)


def path(config: PulseConfig = SMALL) -> FacePerception:
    return FacePerception(
        dataclasses.replace(PipelineConfig(), pulse=config, image_quality=STILL),
        CABIN,
        square_networks(),
    )


LIT = cv2.merge([(FACE if FACE.ndim == 2 else FACE[..., 1])] * 3) > 90
NOISE = np.random.default_rng(1).normal(0.0, 1.0, (4, *LIT.shape)).astype(np.float32)


def skin(time: float, bpm: float = 84.0) -> np.ndarray:
    """The face in the colour of skin, darker by up to 0.6 % of green with each beat."""
    beat = 0.006 * math.sin(2.0 * math.pi * bpm / 60.0 * time)
    colour = np.array([190.0, 150.0, 125.0]) * (1.0 - beat * np.array([0.43, 1.0, 0.69]))
    noise = NOISE[round(time * 1000) // 7 % 4]
    return np.where(LIT, colour.astype(np.float32) + noise, np.float32(30.0)).astype(np.uint8)


def see(perception: FacePerception, first: int, images: list[np.ndarray]) -> list[PulseObservation]:
    return [
        perception.step(CameraFrame((first + k) * STEP, image, "camera", CAMERA)).pulse
        for k, image in enumerate(images)
    ]


def beating(first: int, count: int) -> list[np.ndarray]:
    return [skin((first + k) * STEP / NS) for k in range(count)]


def test_nobody_looks_unless_it_is_turned_on() -> None:
    assert PulseConfig().enabled is False
    assert see(path(PulseConfig()), 0, beating(0, 3))[-1] == PulseObservation()


def test_the_rate_of_a_beating_face_is_read_and_a_new_driver_starts_afresh() -> None:
    perception = path()
    told = see(perception, 0, beating(0, 115))
    assert told[-1].heart_rate == pytest.approx(84.0, abs=3.0)
    assert told[10].reasons == (PulseReason.WARMING_UP,)
    perception.reset()
    after = see(perception, 200, beating(200, 2))[-1]
    assert math.isnan(after.heart_rate)
    assert after.reasons == (PulseReason.WARMING_UP,)


def test_missing_pictures_drop_what_was_seen() -> None:
    perception = path()
    see(perception, 0, beating(0, 30))
    after = see(perception, 39, beating(39, 2))[-1]
    assert PulseReason.FRAME_GAP in after.reasons
    assert after.window < 0.2


def test_without_a_face_there_is_no_skin() -> None:
    seen = see(path(), 0, [np.zeros_like(LIT, np.uint8)] * 3)[-1]
    assert seen.availability is Availability.UNAVAILABLE
    assert seen.reasons == (PulseReason.NO_SKIN,)


def test_a_lost_face_is_bridged_for_a_moment_only() -> None:
    perception = path()
    see(perception, 0, beating(0, 30))
    colour = np.zeros_like(LIT, np.uint8)
    assert see(perception, 30, [colour] * 2)[-1].reasons == (PulseReason.WARMING_UP,)
    assert see(perception, 32, [colour] * 12)[-1].reasons == (PulseReason.NO_SKIN,)


def test_grey_pictures_have_no_pulse() -> None:
    grey = FACE if FACE.ndim == 2 else np.ascontiguousarray(FACE[..., 1])
    perception = path()
    assert see(perception, 0, [grey] * 2)[-1].reasons == (PulseReason.NO_COLOUR,)
    equal = np.repeat(grey[..., None], 3, axis=2)
    assert see(perception, 2, [equal] * 60)[-1].reasons == (PulseReason.NO_COLOUR,)
