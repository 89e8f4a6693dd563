"""Copies of pixels on the processor: no more than docs/architecture.md says.

Covers decoding and what is cut from a picture of 1280x720, with a face that fills 42 % of its
height. Leaves what networks allocate inside, and rclpy, which is not ours.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest

from affect_perception.core.vision.expression_face import face_of_picture
from affect_perception.core.vision.eye_patch import LEFT_SIDE, eye_from_corners
from affect_perception.core.vision.face_mesh import MESH_SIZE
from affect_perception.core.vision.image_quality import sample
from affect_perception.core.vision.picture import (
    Letterbox,
    RotatedSquare,
    SquareCropper,
    dark_gain,
    whole_picture,
)
from affect_perception.io import image_codec

pytestmark = pytest.mark.unit

WIDTH, HEIGHT = 1280, 720
PICTURE = WIDTH * HEIGHT * 3
SIDE = 460
"""Of the square around such a face, px: one and a half times its height."""


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    noise = np.random.default_rng(1).integers(0, 256, (72, 128, 3), dtype=np.uint8)
    return np.ascontiguousarray(cv2.resize(noise, (WIDTH, HEIGHT)))


def most(function: Callable[[], Any]) -> int:
    """Bytes that are in use beside what was, at the most, once caches are filled."""
    function()
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_picture_in_the_cores_order_is_not_copied(picture):
    data = np.frombuffer(picture.tobytes(), np.uint8)
    image = image_codec.decode_raw(data, WIDTH, HEIGHT, "rgb8", 3 * WIDTH)
    assert np.shares_memory(image, data)


def test_a_jpeg_is_one_picture_and_its_payload(picture):
    data = cv2.imencode(".jpg", picture)[1].tobytes()
    # Older versions of OpenCV decode into BGR only, which is turned round into a second one.
    pictures = 1 if image_codec._JPEG_AS_RGB is not None else 2
    found = most(lambda: image_codec.decode_compressed(data))
    assert found < pictures * PICTURE + 2 * len(data) + 10_000


def test_of_the_face_only_what_the_crop_covers_is_copied(picture):
    cropper = SquareCropper(MESH_SIZE)
    square = RotatedSquare(WIDTH / 2, HEIGHT / 2, SIDE, 0.0)
    assert most(lambda: cropper.cut(picture, square)) < 4 * (SIDE + 4) ** 2 + 10_000


@pytest.mark.parametrize(
    ("part", "bytes_at_most"),
    [
        (lambda image: Letterbox(128).fill(image, whole_picture(image)), 3 * 128 * 128 * 3),
        (lambda image: dark_gain(image[:MESH_SIZE, :MESH_SIZE]), 10_000),
        (lambda image: sample(image, whole_picture(image)), 20_000),
        (lambda image: eye_from_corners(image, (600.0, 300.0), (660.0, 300.0), LEFT_SIDE), 30_000),
    ],
    ids=["detector", "brightness", "quality", "eye"],
)
def test_small_parts_stay_small(picture, part, bytes_at_most):
    assert most(lambda: part(picture)) < bytes_at_most


def test_expression_makes_only_the_face_grey(picture):
    points = np.zeros((478, 2))
    points[[33, 133], 0], points[[362, 263], 0], points[[61, 291], 0] = 590.0, 690.0, 640.0
    points[[33, 133, 362, 263], 1], points[[61, 291], 1] = 300.0, 410.0
    assert most(lambda: face_of_picture(picture, points)) < 0.1 * PICTURE
