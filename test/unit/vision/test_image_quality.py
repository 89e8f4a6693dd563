"""Exposure, contrast, sharpness and the covered camera, on generated pictures."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from affect_perception.core.config import ImageQualityConfig
from affect_perception.core.enums import Reason
from affect_perception.core.vision.image_quality import ImageQualityMeter
from affect_perception.core.vision.picture import whole_picture

pytestmark = pytest.mark.unit

RNG = np.random.default_rng(1)
SCENE = cv2.GaussianBlur(RNG.integers(0, 256, (480, 640, 3), np.uint8), (0, 0), 2.0)
SCENE = cv2.normalize(SCENE, None, 20, 220, cv2.NORM_MINMAX)
CROP = cv2.resize(SCENE, (192, 192))


def judge(image, crop=None):
    return ImageQualityMeter(ImageQualityConfig()).assess(image, whole_picture(image), crop)


def test_a_good_picture_has_no_fault():
    quality = judge(SCENE, CROP)
    assert quality.reasons == ()
    assert quality.brightness == pytest.approx(SCENE.mean() / 255, abs=0.03)
    assert quality.contrast == pytest.approx(SCENE[..., 1].std() / 255, abs=0.02)
    assert quality.saturated == 0.0


@pytest.mark.parametrize("crop", [None, CROP], ids=["no face", "face"])
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda p: (p * 0.1).astype(np.uint8), Reason.UNDEREXPOSED),
        (lambda p: np.clip(p * 6.0, 0, 255).astype(np.uint8), Reason.OVEREXPOSED),
        (lambda p: (120 + p * 0.3).astype(np.uint8), Reason.LOW_CONTRAST),
    ],
)
def test_bad_exposure_is_named(change, reason, crop):
    quality = judge(change(SCENE), None if crop is None else change(crop))
    assert reason in quality.reasons


def test_blur_is_named_only_with_a_face():
    ramp = np.linspace(20, 220, 192).astype(np.uint8)
    flat = np.ascontiguousarray(np.broadcast_to(ramp[:, None, None], (192, 192, 3)))
    assert judge(SCENE, flat).reasons == (Reason.BLURRED,)
    assert judge(SCENE, flat).sharpness < judge(SCENE, CROP).sharpness
    assert Reason.BLURRED not in judge(cv2.GaussianBlur(SCENE, (0, 0), 9.0)).reasons


@pytest.mark.parametrize(
    ("level", "also"),
    [(0, Reason.UNDEREXPOSED), (255, Reason.OVEREXPOSED), (90, None)],
)
def test_an_even_surface_is_a_covered_camera(level, also):
    image = np.full((480, 640), level, np.uint8)
    expected = {Reason.CAMERA_COVERED} | ({also} if also else set())
    assert set(judge(image).reasons) == expected


@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (64, 64), (720, 1280, 3)])
def test_any_size_is_judged(shape):
    quality = judge(RNG.integers(0, 256, shape, np.uint8))
    assert 0.0 <= quality.brightness <= 1.0
    assert np.isfinite([quality.contrast, quality.saturated, quality.sharpness]).all()


def test_the_result_holds_for_an_interval_and_changes_with_the_face():
    meter = ImageQualityMeter(ImageQualityConfig())
    region = whole_picture(SCENE)
    first = meter.step(SCENE, region, None, 0.0)
    dark = (SCENE * 0.05).astype(np.uint8)
    assert meter.step(dark, region, None, 0.05) is first
    assert Reason.UNDEREXPOSED in meter.step(dark, region, None, 0.05).reasons
    assert meter.step(SCENE, region, CROP, 0.001).reasons == ()
