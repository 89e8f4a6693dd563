"""Covers where the skin's colour is looked up, and what is left out: hair, edges, turned cheeks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from affect_perception.core.vision.pulse_skin import PLACES, SkinSampler

pytestmark = pytest.mark.unit

SKIN = (190, 150, 125)
SIDE = 480


def facing() -> np.ndarray:
    """The mesh of a real portrait, twice as large, in the middle of the picture."""
    mesh = np.load(Path(__file__).parents[2] / "golden" / "sim" / "portrait_mesh.npy")
    return (2.0 * (mesh - mesh.mean(axis=0)) + 0.5 * SIDE).astype(np.float32)


def picture(colour: tuple[int, int, int] = SKIN) -> np.ndarray:
    return np.full((SIDE, SIDE, 3), colour, np.uint8)


def test_even_skin_gives_its_colour_in_all_regions() -> None:
    means = SkinSampler().sample(picture(), facing())
    assert means == pytest.approx(np.tile(SKIN, (3, 1)), abs=1e-3)


def test_places_are_forehead_above_the_eyes_and_cheeks_below_them_on_their_side() -> None:
    points = facing()
    x, y = SkinSampler().places(points)
    forehead, right, left = (slice(k * PLACES, (k + 1) * PLACES) for k in range(3))
    eyes = points[[33, 133, 362, 263], 1]
    assert (y[forehead] < eyes.min()).all()
    assert (y[PLACES:] > eyes.min()).all()
    nose = points[1, 0]
    assert (x[right] < nose).all()
    assert (x[left] > nose).all()
    assert (y[right] < points[[61, 291], 1].max()).all()  # above the corners of the mouth


def test_colours_go_with_the_skin_however_the_picture_lies_in_memory() -> None:
    image = picture()
    image[:, SIDE // 2 :] = (100, 80, 70)
    padded = np.zeros((SIDE, SIDE + 8, 3), np.uint8)[:, 4:-4]
    padded[:] = image
    a, b = SkinSampler().sample(image, facing()), SkinSampler().sample(padded, facing())
    assert a == pytest.approx(b)
    assert not padded.flags.c_contiguous


def test_hair_over_the_forehead_is_left_out() -> None:
    points, image = facing(), picture()
    y = SkinSampler().places(points)[1, :PLACES]
    image[: int(np.median(y))] = (90, 60, 30)
    assert SkinSampler().sample(image, points)[0] == pytest.approx(SKIN, abs=1e-3)


def test_a_region_of_hair_alone_is_no_region() -> None:
    points, image = facing(), picture()
    image[: int(points[[33, 263], 1].min())] = (90, 60, 30)
    means = SkinSampler().sample(image, points)
    assert np.isnan(means[0]).all()
    assert means[1:] == pytest.approx(np.tile(SKIN, (2, 1)), abs=1e-3)


def test_outside_of_the_picture_is_unknown() -> None:
    points = facing()
    shift = points[:, 0].min() + 0.6 * np.ptp(points[:, 0])
    points[:, 0] -= shift
    means = SkinSampler().sample(picture(), points)
    assert np.isnan(means[1]).all()
    assert np.isfinite(means[2]).all()
    points[:, 0] -= 10_000.0
    assert np.isnan(SkinSampler().sample(picture(), points)).all()


def test_landmarks_that_are_no_numbers_give_nothing() -> None:
    points = facing()
    points[:] = np.nan
    assert np.isnan(SkinSampler().sample(picture(), points)).all()


def test_a_cheek_seen_from_behind_and_a_tiny_face_are_unknown() -> None:
    points = facing()
    mirrored = points.copy()
    mirrored[:, 0] = SIDE - mirrored[:, 0]
    assert np.isnan(SkinSampler().sample(picture(), mirrored)).all()
    assert np.isnan(SkinSampler().sample(picture(), 300.0 + 0.05 * points)).all()


def test_refreshing_leaves_out_a_hand_without_a_step_in_the_colour() -> None:
    sampler, points, image = SkinSampler(), facing(), picture()
    x, y = sampler.places(points)[:, PLACES : 2 * PLACES].astype(int)
    sampler.sample(image, points)
    image[y[: PLACES // 2], x[: PLACES // 2]] = (120, 40, 40)
    before = sampler.sample(image, points)
    sampler.refresh()
    assert sampler.sample(image, points) == pytest.approx(before, rel=1e-5)
    image[y[: PLACES // 2], x[: PLACES // 2]] = (10, 200, 200)
    assert sampler.sample(image, points)[1] == pytest.approx(before[1], rel=0.02)


def test_a_black_channel_is_no_colour() -> None:
    assert np.isnan(SkinSampler().sample(picture((120, 90, 0)), facing())).all()
    assert np.isnan(SkinSampler().sample(picture((0, 0, 0)), facing())).all()


def test_another_face_starts_afresh() -> None:
    sampler, points = SkinSampler(), facing()
    sampler.sample(picture(), points)
    sampler.reset()
    dark = (90, 60, 45)
    assert sampler.sample(picture(dark), points) == pytest.approx(np.tile(dark, (3, 1)), abs=1e-3)
