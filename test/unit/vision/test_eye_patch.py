"""The normalised eye patch: geometry, roll, mirroring, scale, bare crops. Leaves: real faces."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
from face_fakes import CAMERA, head_points, head_rotation, project

from affect_perception.core.types import RigidTransform
from affect_perception.core.vision.eye_patch import (
    CORNER_DISTANCE,
    LEFT_SIDE,
    PATCH_HEIGHT,
    PATCH_SCALE,
    PATCH_WIDTH,
    RIGHT_SIDE,
    angles_in_patch,
    cut_pair,
    eye_from_corners,
    normalised_eye,
    patch_of_crop,
)
from affect_perception.core.vision.geometry import unit_direction

pytestmark = pytest.mark.unit

PINHOLE = ((CAMERA.fx, CAMERA.fy), (CAMERA.cx, CAMERA.cy))
CENTRE = np.array([(PATCH_WIDTH - 1) / 2.0, (PATCH_HEIGHT - 1) / 2.0])


def picture_with_dot(place, radius=2, size=(640, 480)):
    """A grey picture with a bright dot at a pixel (x, y)."""
    image = np.full((size[1], size[0]), 60, np.uint8)
    image[::5] += 10
    centre = (round(float(place[0]) * 16), round(float(place[1]) * 16))
    cv2.circle(image, centre, radius * 16, 255, -1, cv2.LINE_AA, 4)
    return image


def pixel(point):
    x, y, z = point
    return np.array([CAMERA.fx * x / z + CAMERA.cx, CAMERA.fy * y / z + CAMERA.cy])


def bright_spot(patch):
    """Centre of the brightest pixels."""
    y, x = np.nonzero(patch > 250)
    return np.array([x.mean(), y.mean()])


def cut(point_of_dot, eye=(0.05, -0.02, 0.6), roll=0.0, side=LEFT_SIDE):
    rotation = head_rotation(0.1, -0.05, roll)
    image = picture_with_dot(pixel(point_of_dot))
    return normalised_eye(image, np.array(eye), rotation[:, 1], PINHOLE, side)


def test_the_middle_of_the_eye_is_the_middle_of_the_patch():
    seen = cut((0.05, -0.02, 0.6))
    assert np.abs(bright_spot(seen.patch) - CENTRE).max() < 0.7
    assert seen.inside == 1.0


@pytest.mark.parametrize(
    ("shift", "axis", "sign"),
    [
        ((0.006, 0, 0), 0, 1),
        ((-0.006, 0, 0), 0, -1),
        ((0, 0.004, 0), 1, 1),
        ((0, -0.004, 0), 1, -1),
    ],
)
def test_a_dot_beside_the_middle_moves_by_the_scale_of_the_patch(shift, axis, sign):
    eye = np.array([0.0, 0.0, 0.6])
    image = picture_with_dot(pixel(eye + shift))
    seen = normalised_eye(image, eye, head_rotation(0.0, 0.0)[:, 1], PINHOLE, LEFT_SIDE)
    moved = bright_spot(seen.patch) - CENTRE
    assert moved[axis] * sign == pytest.approx(abs(shift[axis]) * PATCH_SCALE, abs=1.0)
    assert abs(moved[1 - axis]) < 0.8


@pytest.mark.parametrize("roll", [-0.6, -0.2, 0.3, 0.7])
def test_roll_of_the_head_is_taken_out(roll):
    eye = np.array([0.02, 0.01, 0.55])
    rotation = head_rotation(0.0, 0.0, roll)
    outwards = eye + 0.008 * rotation[:, 1]
    image = picture_with_dot(pixel(outwards))
    seen = normalised_eye(image, eye, rotation[:, 1], PINHOLE, LEFT_SIDE)
    moved = bright_spot(seen.patch) - CENTRE
    assert moved[0] > 10.0
    assert abs(moved[1]) < 1.0


def test_distance_is_taken_out():
    patches = []
    for distance in (0.4, 0.9):
        eye = np.array([0.0, 0.0, distance])
        image = picture_with_dot(pixel(eye + [0.007, 0.0, 0.0]), radius=3)
        seen = normalised_eye(image, eye, head_rotation(0, 0)[:, 1], PINHOLE, LEFT_SIDE)
        patches.append(bright_spot(seen.patch))
        assert seen.scale == pytest.approx(CAMERA.fx / distance / PATCH_SCALE)
    assert np.abs(patches[0] - patches[1]).max() < 0.8


def test_a_right_eye_is_the_mirror_image_of_a_left_one():
    rotation = head_rotation(0.0, 0.0)
    outwards = {}
    for side in (LEFT_SIDE, RIGHT_SIDE):
        eye = np.array([side * 0.0315, 0.0, 0.6])
        image = picture_with_dot(pixel(eye + [side * 0.008, 0.0, 0.0]))
        outwards[side] = normalised_eye(image, eye, rotation[:, 1], PINHOLE, side)
    left, right = outwards[LEFT_SIDE], outwards[RIGHT_SIDE]
    assert np.abs(bright_spot(left.patch) - bright_spot(right.patch)).max() < 0.8
    assert bright_spot(right.patch)[0] > CENTRE[0] + 8.0
    assert (left.mirrored, right.mirrored) == (False, True)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("angles", [(0.0, 0.0), (0.3, -0.2), (-0.5, 0.25)])
def test_directions_come_back_from_the_patch(angles, mirrored):
    side = RIGHT_SIDE if mirrored else LEFT_SIDE
    seen = cut((0.1, -0.05, 0.7), side=side)
    direction = seen.direction(*angles)
    assert np.linalg.norm(direction) == pytest.approx(1.0)
    assert angles_in_patch(direction, seen.axes, mirrored=mirrored) == pytest.approx(angles)
    assert np.linalg.det(seen.axes) == pytest.approx(1.0)


def test_looking_into_the_camera_is_zero_and_left_is_the_persons_left():
    eye = np.array([0.08, 0.03, 0.6])
    seen = cut(eye, eye=eye)
    to_camera = -eye / np.linalg.norm(eye)
    assert angles_in_patch(to_camera, seen.axes, mirrored=False) == pytest.approx((0, 0))
    facing = head_rotation(0.0, 0.0)
    straight = normalised_eye(
        picture_with_dot((320, 240)), np.array([0.0, 0.0, 0.6]), facing[:, 1], PINHOLE, LEFT_SIDE
    )
    yaw, pitch = angles_in_patch(
        facing @ np.array(unit_direction(0.2, 0.1)), straight.axes, mirrored=False
    )
    assert (yaw, pitch) == pytest.approx((0.2, 0.1), abs=1e-6)
    mirrored, _ = angles_in_patch(
        facing @ np.array(unit_direction(0.2, 0.1)), straight.axes, mirrored=True
    )
    assert mirrored == pytest.approx(-0.2, abs=1e-6)


def test_both_eyes_of_a_mesh_and_points_in_the_patch():
    rotation, translation = head_rotation(0.15, 0.05, 0.2), np.array([0.03, 0.02, 0.6])
    points = project(head_points(), rotation, translation)
    image = picture_with_dot((5, 5))
    right, left = cut_pair(image, points, RigidTransform(rotation, translation), CAMERA)
    for eye, (inner, outer) in ((right, (133, 33)), (left, (362, 263))):
        places = eye.in_patch(points[[inner, outer], :2])
        assert np.abs(places.mean(axis=0) - CENTRE).max() < 0.5
        assert places[0, 0] < 15.0 < 45.0 < places[1, 0]
        assert abs(places[0, 1] - places[1, 1]) < 4.0


def test_the_lens_only_shifts_the_patch_and_the_shift_is_taken_out():
    bent = replace(CAMERA, distortion=(-0.3, 0.1, 0.0, 0.0, 0.0))
    rotation, translation = head_rotation(0.0, 0.0), np.array([0.2, 0.1, 0.6])
    points = project(head_points(), rotation, translation)
    image = picture_with_dot(points[[362, 263], :2].mean(axis=0))
    _, left = cut_pair(image, points, RigidTransform(rotation, translation), bent)
    assert np.abs(bright_spot(left.patch) - CENTRE).max() < 0.8


@pytest.mark.parametrize("roll", [0.0, 0.4])
def test_corners_alone_give_the_same_scale(roll):
    half = 30.0 * np.array([math.cos(roll), math.sin(roll)])
    a, b = np.array([200.0, 150.0]) - half, np.array([200.0, 150.0]) + half
    image = picture_with_dot(b, radius=2)
    seen = eye_from_corners(image, (a[0], a[1]), (b[0], b[1]), LEFT_SIDE)
    expected = CENTRE + [CORNER_DISTANCE / 2.0, 0.0]
    assert np.abs(bright_spot(seen.patch) - expected).max() < 0.8
    assert np.allclose(seen.in_patch(np.array([b])), expected, atol=1e-6)


def test_large_pictures_are_averaged_not_skipped():
    """A fine checkerboard must come out grey, not as a pattern."""
    image = (np.indices((480, 640)).sum(axis=0) % 2 * 255).astype(np.uint8)
    seen = normalised_eye(
        image, np.array([0.0, 0.0, 0.12]), head_rotation(0, 0)[:, 1], PINHOLE, LEFT_SIDE
    )
    assert seen.scale > 3.0
    assert seen.contrast < 40.0  # single pixels would give 127


def test_an_eye_outside_of_the_picture_shows_nothing():
    seen = normalised_eye(
        picture_with_dot((9, 9)), np.array([2.0, 0.0, 0.6]), head_rotation(0, 0)[:, 1], PINHOLE, 1
    )
    assert seen.inside == 0.0
    assert seen.contrast == 0.0


def test_colour_and_grey_pictures_give_the_same_patch():
    grey = picture_with_dot((320, 240))
    colour = np.repeat(grey[:, :, None], 3, axis=2)
    arguments = np.array([0.0, 0.0, 0.6]), head_rotation(0, 0)[:, 1], PINHOLE, LEFT_SIDE
    a, b = normalised_eye(grey, *arguments), normalised_eye(colour, *arguments)
    assert np.array_equal(a.patch, b.patch)


def test_a_bare_crop_is_equalised_and_centred():
    crop = picture_with_dot((63.5, 0.56 * 127), radius=4, size=(128, 128))
    patch = patch_of_crop(crop)
    assert patch.shape == (PATCH_HEIGHT, PATCH_WIDTH)
    assert patch.max() == 255
    assert patch.min() == 0
    assert np.abs(bright_spot(patch) - CENTRE).max() < 0.8
