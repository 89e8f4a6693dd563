"""Anchors, decoding and merging of detections. Leaves the real networks to test_real_networks."""

from __future__ import annotations

import numpy as np
import pytest
from face_fakes import square_networks, squares

from affect_perception.core.vision.face_detector import (
    FULL_RANGE_GRIDS,
    LEFT_EYE,
    RIGHT_EYE,
    SHORT_RANGE_GRIDS,
    FaceDetector,
    anchor_centres,
    merge_overlapping,
    overlap,
)
from affect_perception.core.vision.picture import Rectangle, whole_picture

pytestmark = pytest.mark.unit


class FixedNetwork:
    """Returns the same rows and logits for every picture."""

    name = "fixed"

    def __init__(self, rows, logits):
        self.outputs = (np.asarray(rows, np.float32), np.asarray(logits, np.float32))

    def run(self, *inputs):
        return self.outputs


def test_anchors_follow_the_published_grids():
    short = anchor_centres(SHORT_RANGE_GRIDS)
    assert short.shape == (896, 2)
    assert short[0] == pytest.approx([1 / 32, 1 / 32])
    assert short[1] == pytest.approx([1 / 32, 1 / 32])
    assert short[2] == pytest.approx([3 / 32, 1 / 32])
    assert short[512] == pytest.approx([1 / 16, 1 / 16])
    assert short[517] == pytest.approx([1 / 16, 1 / 16])
    assert short[518] == pytest.approx([3 / 16, 1 / 16])
    full = anchor_centres(FULL_RANGE_GRIDS)
    assert full.shape == (2304, 2)
    assert full[48] == pytest.approx([0.5 / 48, 1.5 / 48])


def test_a_row_is_relative_to_its_anchor_and_comes_back_in_picture_px():
    rows, logits = np.zeros((896, 16)), np.full(896, -50.0)
    anchor = anchor_centres(SHORT_RANGE_GRIDS)[300] * 128
    rows[300] = [2, -3, 20, 24, -4, -2, 4, -2, *([0] * 8)]
    logits[300] = 250.0
    detector = FaceDetector.short_range(FixedNetwork(rows, logits), 0.5)
    image = np.zeros((256, 256, 3), np.uint8)
    (face,) = detector.detect(image, whole_picture(image))
    expected = [*(2 * (anchor + [2 - 10, -3 - 12])), 40, 48]
    assert face.box == pytest.approx(expected)
    assert face.keypoints[RIGHT_EYE] == pytest.approx(2 * (anchor + [-4, -2]))
    assert face.keypoints[LEFT_EYE] == pytest.approx(2 * (anchor + [4, -2]))
    assert face.score == pytest.approx(1.0)


def test_the_threshold_is_a_probability():
    rows, logits = np.zeros((896, 16)), np.full(896, -50.0)
    rows[:, 2:4] = 10
    logits[10] = np.log(0.6 / 0.4)
    image = np.zeros((64, 64, 3), np.uint8)
    network = FixedNetwork(rows, logits)
    assert FaceDetector.short_range(network, 0.61).detect(image, whole_picture(image)) == []
    (face,) = FaceDetector.short_range(network, 0.59).detect(image, whole_picture(image))
    assert face.score == pytest.approx(0.6)


def test_overlapping_rows_become_their_weighted_mean():
    rows = np.array([[0, 0, 10, 10, 5.0], [2, 0, 12, 10, 9.0], [50, 50, 60, 60, 1.0]])
    merged = merge_overlapping(rows, np.array([0.5, 1.0, 0.8]))
    assert len(merged) == 2
    (first, score), (second, other) = merged
    assert first == pytest.approx((0.5 * rows[0] + 1.0 * rows[1]) / 1.5)
    assert score == 1.0
    assert second == pytest.approx(rows[2])
    assert other == 0.8


def test_boxes_without_area_do_not_hang_the_merging():
    rows = np.zeros((3, 5))
    assert len(merge_overlapping(rows, np.array([0.9, 0.8, 0.7]))) == 3
    assert overlap(np.zeros(4), np.zeros((1, 4))) == pytest.approx([0.0])


@pytest.mark.parametrize("grey", [False, True])
@pytest.mark.parametrize("size", [(640, 480), (480, 640), (1280, 720)])
def test_three_faces_are_found_where_they_are(size, grey):
    faces = [(0.2, 0.3), (0.5, 0.6), (0.85, 0.4)]
    places = [(x * size[0], y * size[1], 90.0) for x, y in faces]
    image = squares(*places, size=size, grey=grey)
    detector = FaceDetector.full_range(square_networks().detector_full_range, 0.6)
    found = sorted(detector.detect(image, whole_picture(image)), key=lambda f: f.box[0])
    assert len(found) == 3
    for face, (x, y, side) in zip(found, places, strict=True):
        assert face.centre == pytest.approx((x, y), abs=8.0)
        assert face.box[2] == pytest.approx(side, rel=0.15)


def test_a_region_hides_what_lies_outside():
    image = squares((100, 240, 120), (500, 240, 120))
    detector = FaceDetector.short_range(square_networks().detector_short_range, 0.5)
    (face,) = detector.detect(image, Rectangle(300, 0, 640, 480))
    assert face.centre == pytest.approx((500, 240), abs=8.0)
