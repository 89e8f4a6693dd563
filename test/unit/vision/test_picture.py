"""Driver region, letterbox and rotated crops. Leaves what networks make of them to others."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest

from affect_perception.core.config import CameraConfig
from affect_perception.core.vision.picture import (
    Letterbox,
    Rectangle,
    RotatedSquare,
    SquareCropper,
    driver_region,
)

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("size", "x", "share", "expected"),
    [
        ((640, 480), 0.5, 1.0, (80, 0, 560, 480)),
        ((1280, 720), 0.0, 1.0, (0, 0, 720, 720)),
        ((1280, 720), 1.0, 0.5, (920, 180, 1280, 540)),
        ((720, 1280), 0.5, 1.0, (0, 0, 720, 1280)),
        ((1, 1), 0.5, 0.2, (0, 0, 1, 1)),
    ],
)
def test_driver_region_lies_in_the_picture(size, x, share, expected):
    config = replace(CameraConfig(), driver_region_x=x, driver_region_size=share)
    image = np.zeros((size[1], size[0]), np.uint8)
    region = driver_region(image, config)
    assert (region.x0, region.y0, region.x1, region.y1) == expected


@pytest.mark.parametrize("shape", [(300, 100), (100, 300), (200, 200)])
def test_letterbox_maps_back_to_the_picture(shape):
    image = np.zeros((*shape, 3), np.uint8)
    y, x = shape[0] // 2, shape[1] // 4
    image[y - 5 : y + 5, x - 5 : x + 5] = 255
    box = Letterbox(128)
    filled = box.fill(image, Rectangle(0, 0, shape[1], shape[0]))
    rows, columns = np.nonzero(filled[0, :, :, 0] > 127)
    found = box.to_picture(np.array([columns.mean() + 0.5, rows.mean() + 0.5]))
    assert found == pytest.approx([x, y], abs=2.0)


def test_letterbox_clears_its_margin_when_the_shape_changes():
    box = Letterbox(64)
    box.fill(np.full((50, 100), 255, np.uint8), Rectangle(0, 0, 100, 50))
    filled = box.fill(np.full((100, 50), 255, np.uint8), Rectangle(0, 0, 50, 100))
    assert filled[0, :, :10].max() == 0
    assert filled[0, :, 30].min() == 255


def test_grey_fills_all_channels():
    image = np.random.default_rng(0).integers(0, 256, (80, 80), np.uint8)
    letterbox = Letterbox(32).fill(image, Rectangle(0, 0, 80, 80))
    crop = SquareCropper(32).cut(image, RotatedSquare(40, 40, 50, 0.3))
    for filled in (letterbox, crop):
        assert np.array_equal(filled[..., 0], filled[..., 1])
        assert np.array_equal(filled[..., 0], filled[..., 2])
        assert filled.max() > 0


def test_crop_turns_with_the_square_and_is_black_outside():
    image = np.zeros((100, 100, 3), np.uint8)
    image[48:53, 70:75] = 255
    cropper = SquareCropper(96)
    # Turned by a quarter, what was right of the centre comes to the top.
    crop = cropper.cut(image, RotatedSquare(50, 50, 96, math.pi / 2))
    rows, columns = np.nonzero(crop[0, :, :, 0] > 127)
    assert columns.mean() == pytest.approx(48, abs=1.5)
    assert rows.mean() == pytest.approx(48 - 22, abs=1.5)
    white = np.full((20, 20, 3), 255, np.uint8)
    assert cropper.cut(white, RotatedSquare(0, 0, 40, 0.0))[0, 0, 0].max() == 0


@pytest.mark.parametrize(("level", "expected"), [(0, 0), (5, 40), (30, 75), (75, 75), (200, 200)])
def test_dark_detector_inputs_are_brightened_without_their_margin(level, expected):
    image = np.full((48, 96), level, np.uint8)
    filled = Letterbox(32).fill(image, Rectangle(0, 0, 96, 48))
    assert filled[0, 12:20].mean() == pytest.approx(expected, abs=1)
    assert filled[0, :6].max() == 0


def test_crop_pixels_map_to_the_picture():
    square = RotatedSquare(30.0, 40.0, 50.0, 0.4)
    centre = square.to_picture(192) @ [96.0, 96.0, 1.0]
    assert centre == pytest.approx([30.0, 40.0])
    right = square.to_picture(192) @ [192.0, 96.0, 1.0] - centre
    assert right == pytest.approx([25.0 * math.cos(0.4), 25.0 * math.sin(0.4)])


@pytest.mark.parametrize(("x", "y"), [(320.0, 240.0), (10.0, 470.0), (630.0, -20.0)])
def test_a_colour_crop_is_that_of_a_plain_warp(x, y):
    picture = np.random.default_rng(3).integers(0, 255, (480, 640, 3), dtype=np.uint8)
    square = RotatedSquare(x, y, 230.0, 0.3)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    plain = cv2.warpAffine(picture, square.to_picture(192), (192, 192), flags=flags)
    crop = SquareCropper(192).cut(picture, square)[0]
    assert np.abs(crop.astype(int) - plain).max() <= 1


def test_a_crop_beside_the_picture_is_black():
    cropper = SquareCropper(192)
    picture = np.full((480, 640, 3), 200, np.uint8)
    assert cropper.cut(picture, RotatedSquare(320.0, 240.0, 200.0, 0.0)).min() == 200
    assert cropper.cut(picture, RotatedSquare(-900.0, 240.0, 200.0, 0.0)).max() == 0
