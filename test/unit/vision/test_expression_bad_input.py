"""Covers the real networks on faces not to be judged: tiny, turned, blurred, covered, drawn.

The portrait is the public-domain astronaut's; turned heads are rendered. Skipped without models.
Leaves to others: whether the judgement is right (docs/scorecard.md), wrong encodings (ros_free).
"""

from __future__ import annotations

import dataclasses
import math

import cv2
import numpy as np
import pytest
from observations import CABIN

from affect_perception.core.config import PipelineConfig
from affect_perception.core.enums import Availability
from affect_perception.core.enums import ExpressionReason as Why
from affect_perception.core.types import CameraFrame, ExpressionObservation
from affect_perception.core.vision.face_perception import FacePerception
from affect_perception.evaluation.synthetic.mouth_covers import cover_mouth

pytestmark = pytest.mark.unit

SCENARIO = """
name: profile
duration_s: 1.5
camera: {width_px: 640, height_px: 480, rate_hz: 10.0}
timeline:
  - at_s: 0.3
    head: {yaw_deg: YAW, over_s: 0.6}
"""
FACE_HEIGHT = 125.0  # of the astronaut, px, measured on the picture
EYES = ((180, 85), (272, 118))


@pytest.fixture(scope="module")
def networks(face_models):
    from affect_perception.inference import load_face_networks

    return load_face_networks()


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    data = pytest.importorskip("skimage.data")
    return np.ascontiguousarray(data.astronaut())


@pytest.fixture(scope="module")
def driver_portrait(networks):
    from affect_perception.evaluation.synthetic.portrait import load_portrait

    return load_portrait(networks)


def judged(networks, image: np.ndarray) -> ExpressionObservation:
    found = FacePerception(PipelineConfig(), CABIN, networks).step(CameraFrame(0, image)).expression
    known = np.isfinite(found.probabilities)
    assert known.all() == (found.availability is Availability.AVAILABLE)
    assert known.all() or not known.any()
    if known.all():
        assert sum(found.probabilities) == pytest.approx(1.0, abs=1e-6)
        assert 0.0 <= found.entropy <= 1.0
        assert -1.0 <= found.valence <= 1.0
    else:
        assert found.reasons
        assert math.isnan(found.valence)
        assert math.isnan(found.age_s)
    return found


def covered(image: np.ndarray, area: tuple[tuple[int, int], tuple[int, int]]) -> np.ndarray:
    return np.asarray(cv2.rectangle(image.copy(), *area, (120, 90, 70), -1), np.uint8)


def test_the_portrait_smiles(networks, portrait) -> None:
    for image in (portrait, np.ascontiguousarray(portrait.mean(axis=2).astype(np.uint8))):
        found = judged(networks, image)
        assert int(np.argmax(found.probabilities)) == 1
        assert found.valence > 0.3
        assert found.reasons == ()


@pytest.mark.parametrize("height", [10, 30])
def test_a_tiny_face_is_not_judged(networks, portrait, height) -> None:
    """In a picture of its own size, and within a large one."""
    side = round(512 * height / FACE_HEIGHT)
    small = cv2.resize(portrait, (side, side), interpolation=cv2.INTER_AREA)
    large = np.full((480, 640, 3), 128, np.uint8)
    large[100 : 100 + side, 250 : 250 + side] = small
    for image in (small, large):
        found = judged(networks, image)
        assert found.availability is Availability.UNAVAILABLE
        assert set(found.reasons) & {Why.SMALL, Why.NO_FACE}


def test_a_picture_of_ten_pixels_is_not_judged(networks) -> None:
    rng = np.random.default_rng(0)
    for image in (rng.integers(0, 256, (10, 10, 3)), rng.integers(0, 256, (10, 10))):
        assert judged(networks, image.astype(np.uint8)).reasons == (Why.NO_FACE,)


def test_a_blurred_face_is_not_judged(networks, portrait) -> None:
    found = judged(networks, cv2.GaussianBlur(portrait, (0, 0), 10.0))
    assert set(found.reasons) & {Why.BLURRED, Why.FLAT, Why.NO_FACE}


def test_a_face_in_the_dark_is_not_judged(networks, portrait) -> None:
    found = judged(networks, (portrait // 12).astype(np.uint8))
    assert set(found.reasons) & {Why.DARK, Why.NO_FACE}


def test_covered_eyes_are_not_judged(networks, portrait) -> None:
    found = judged(networks, covered(portrait, EYES))
    assert set(found.reasons) & {Why.OCCLUDED, Why.NO_FACE, Why.POSE_UNCERTAIN}


def test_a_covered_mouth_is_not_judged(networks, portrait) -> None:
    """A mask over the laughing mouth; the landmarks are those of the uncovered face."""
    seen = FacePerception(PipelineConfig(), CABIN, networks).step(CameraFrame(0, portrait))
    for seed in range(5):
        masked = cover_mouth("mask", portrait, seen.landmarks, seed)
        assert Why.OCCLUDED in judged(networks, masked).reasons


def test_a_face_at_the_edge_is_not_judged(networks, portrait) -> None:
    cut = np.ascontiguousarray(portrait[:, 215:])
    found = judged(networks, cut)
    assert set(found.reasons) & {Why.AT_EDGE, Why.NO_FACE, Why.TURNED_AWAY, Why.OCCLUDED}


@pytest.mark.parametrize("yaw_deg", [60.0, -75.0])
def test_a_profile_is_not_judged(networks, driver_portrait, yaw_deg) -> None:
    from affect_perception.sim.scenario import Scenario
    from affect_perception.sim.synthetic_driver import SyntheticDriver

    text = SCENARIO.replace("YAW", f"{yaw_deg:g}")
    driver = SyntheticDriver(Scenario.parse(text), driver_portrait)
    path = FacePerception(PipelineConfig(), CABIN, networks)
    seen = [path.step(frame) for frame, _ in driver.frames()]
    assert seen[0].expression.availability is Availability.AVAILABLE
    last = seen[-1].expression
    assert last.availability is not Availability.AVAILABLE
    assert set(last.reasons) & {Why.TURNED_AWAY, Why.NO_FACE, Why.POSE_UNCERTAIN}


def test_a_drawn_face_is_judged_like_one(networks) -> None:
    """The mesh takes a drawing for a face: a limit, told in the docs."""
    face = np.full((480, 640, 3), (235, 225, 205), np.uint8)
    cv2.ellipse(face, (320, 240), (110, 145), 0, 0, 360, (240, 200, 160), -1)
    cv2.ellipse(face, (320, 240), (110, 145), 0, 0, 360, (60, 40, 30), 3)
    for x in (275, 365):
        cv2.ellipse(face, (x, 210), (24, 14), 0, 0, 360, (255, 255, 255), -1)
        cv2.circle(face, (x, 210), 9, (60, 40, 20), -1)
        cv2.line(face, (x - 26, 182), (x + 26, 178), (60, 40, 30), 5)
    cv2.line(face, (320, 215), (310, 265), (150, 110, 90), 4)
    cv2.ellipse(face, (320, 300), (48, 26), 0, 10, 170, (150, 40, 40), 6)
    assert judged(networks, face).availability is Availability.AVAILABLE


def test_without_the_network_the_rest_is_seen(networks, portrait) -> None:
    less = dataclasses.replace(networks, expression=None)
    seen = FacePerception(PipelineConfig(), CABIN, less).step(CameraFrame(0, portrait))
    assert seen.expression.reasons == (Why.NO_NETWORK,)
    assert seen.head is not None
