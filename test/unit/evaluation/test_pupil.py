"""Covers the pupil finder on drawn eyes: place, lamps mirrored in it, eyes without a pupil.

Leaves real infrared eyes to `evaluate eyes` on inp_ir_eyes.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from affect_perception.evaluation.eyes.pupil import SMALLEST_IRIS, find_pupil

pytestmark = pytest.mark.unit

IRIS = 24.0


def drawn_eye(x, y, *, iris=IRIS, pupil_share=0.3, noise=0.0, seed=1):
    """A grey iris with a dark pupil at (x, y) on a bright ground, drawn at 8 times the size."""
    side = round(1.6 * iris)
    big = np.full((8 * side, 8 * side), 170, np.uint8)
    place = (round(8 * (x + 0.5) - 0.5), round(8 * (y + 0.5) - 0.5))
    cv2.circle(big, place, round(4 * iris), 95, -1)
    cv2.circle(big, place, round(4 * iris * pupil_share), 25, -1)
    grey = cv2.resize(big, (side, side), interpolation=cv2.INTER_AREA).astype(np.float64)
    grey += np.random.default_rng(seed).normal(0.0, noise, grey.shape)
    return np.clip(grey, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("place", [(18.0, 19.0), (15.3, 21.8), (22.6, 17.1)])
@pytest.mark.parametrize("iris", [12.0, 24.0, 48.0])
def test_the_centre_is_found_below_a_pixel(place, iris):
    x, y = (value * iris / IRIS for value in place)
    pupil = find_pupil(drawn_eye(x, y, iris=iris, noise=3.0), iris)
    assert math.dist((pupil.x, pupil.y), (x, y)) < 0.03 * iris
    assert pupil.contrast > 20


def test_a_lamp_mirrored_in_the_pupil_does_not_draw_it_aside():
    eye = drawn_eye(19.0, 19.0)
    cv2.circle(eye, (21, 21), 1, 255, -1)
    pupil = find_pupil(eye, IRIS)
    assert math.dist((pupil.x, pupil.y), (19.0, 19.0)) < 1.0


def test_nothing_is_found_where_nothing_is_dark_or_too_little_is_seen():
    assert find_pupil(np.full((40, 40), 120, np.uint8), IRIS) is None
    assert find_pupil(drawn_eye(8.0, 8.0, iris=9.0), SMALLEST_IRIS - 0.1) is None
    assert find_pupil(np.full((4, 40), 120, np.uint8), IRIS) is None


def test_the_same_picture_gives_the_same_pupil_and_stays_as_it_was():
    eye = drawn_eye(18.4, 19.7, noise=5.0)
    before = eye.copy()
    assert find_pupil(eye, IRIS) == find_pupil(eye, IRIS)
    assert np.array_equal(eye, before)
