"""Rendered eyes and small faces as training patches, from a public portrait; with face models.

Leaves: whether they help (docs/training.md has with and without).
"""

from __future__ import annotations

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="the training extra is not installed")
pytest.importorskip("skimage", reason="the portrait comes with scikit-image")

from affect_perception.core.errors import InputError
from affect_perception.core.vision.ibug68 import to_ibug68
from affect_perception.evaluation.datasets.landmarks68 import LandmarkSample
from affect_perception.evaluation.synthetic.portrait import (
    default_picture,
    find_portrait,
)
from affect_perception.evaluation.tools import Tools
from affect_perception.training.eyes.face_patches import IRIS_PX
from affect_perception.training.eyes.patch_set import IRIS, LOWER, UPPER
from affect_perception.training.eyes.rendered import (
    OPEN_GAP,
    RenderConfig,
    rendered_patches,
)
from affect_perception.training.eyes.small_faces import open_small_faces

pytestmark = [pytest.mark.train, pytest.mark.usefixtures("face_models")]

FEW = RenderConfig(faces=1, pictures=12, max_turned_deg=40.0)


@pytest.fixture(scope="module")
def tools(face_models):
    """The networks, opened once."""
    return Tools()


@pytest.fixture(scope="module")
def sample(tmp_path_factory, tools):
    """The portrait with its mesh as the points that people mark."""
    picture = default_picture()
    path = tmp_path_factory.mktemp("faces") / "face_1.png"
    cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    mesh = find_portrait(picture, tools.networks).landmarks
    return LandmarkSample(path, "helen", to_ibug68(mesh))


@pytest.fixture(scope="module")
def rendered(sample, tools):
    lines = []
    found = rendered_patches([sample], tools, FEW, 3, lines.append)
    assert lines == [f"rendered: {len(found)} patches of 1 portraits"]
    return found


def test_rendered_lids_are_open_or_of_unknown_state_by_their_gap(rendered):
    gap = (rendered.points[:, LOWER, 1] - rendered.points[:, UPPER, 1]) / IRIS_PX
    assert 20 <= len(rendered) <= 24
    assert rendered.rendered.all()
    assert (rendered.usable == 1.0).all()
    assert (rendered.closed[gap > OPEN_GAP] == 0.0).all()
    assert np.isnan(rendered.closed[gap <= OPEN_GAP]).all()
    assert 4 <= (gap < 0.06).sum() <= 16
    assert 4 <= (rendered.closed == 0.0).sum() <= 18
    assert np.isnan(rendered.gaze).all()
    known = np.isfinite(rendered.points[:, IRIS, 0])
    assert (known == (gap >= OPEN_GAP)).all()


def test_a_wide_open_rendered_eye_is_dark_at_its_iris(rendered):
    gap = (rendered.points[:, LOWER, 1] - rendered.points[:, UPPER, 1]) / IRIS_PX
    dark = []
    for patch, points in zip(rendered.patches[gap > 0.6], rendered.points[gap > 0.6], strict=True):
        x, y = np.round(points[IRIS]).astype(int).tolist()
        dark.append(patch[y - 2 : y + 3, x - 2 : x + 3].mean())
    assert len(dark) >= 3
    assert np.median(dark) < 70.0


def test_the_same_seed_renders_the_same_eyes_and_another_one_others(sample, rendered, tools):
    again = rendered_patches([sample], tools, FEW, 3, lambda _: None)
    other = rendered_patches([sample], tools, FEW, 4, lambda _: None)
    assert np.array_equal(again.patches, rendered.patches)
    assert np.array_equal(again.points, rendered.points, equal_nan=True)
    assert len(other) != len(rendered) or not np.array_equal(other.patches, rendered.patches)


def test_faces_with_shut_or_turned_eyes_are_no_portraits(sample, tools):
    shut = sample.points.copy()
    for upper, lower in ((37, 41), (38, 40), (43, 47), (44, 46)):
        shut[upper] = shut[lower]
    sample = LandmarkSample(sample.path, "helen", shut)
    assert rendered_patches([sample], tools, FEW, 3, lambda _: None) is None


def small_set(folder, tiles, emotion, usage):
    sheet = np.zeros((48, 4800), np.uint8)
    for number, tile in enumerate(tiles):
        sheet[:, 48 * number : 48 * (number + 1)] = tile
    cv2.imwrite(str(folder / "images.png"), sheet)
    np.savez(
        folder / "labels.npz", emotion=emotion, usage=usage, pixel_source=np.zeros(len(tiles), int)
    )


def small_face():
    grey = cv2.cvtColor(default_picture()[20:220, 130:330], cv2.COLOR_RGB2GRAY)
    return cv2.resize(grey, (48, 48), interpolation=cv2.INTER_AREA)


def test_small_faces_give_open_eyes_of_the_training_part_alone(tmp_path, tools):
    tile = small_face()
    small_set(tmp_path, [tile, tile, tile, 0 * tile], [6, 4, 6, 6], [0, 0, 1, 0])
    found = open_small_faces(tmp_path, tools, 10, 1)
    assert len(found) == 2
    assert (found.closed == 0.0).all()
    assert np.isnan(found.points[:, [UPPER, LOWER]]).all()
    assert np.isfinite(found.points[:, IRIS]).all()


def test_small_faces_that_do_not_fit_their_labels_are_refused(tmp_path, tools):
    small_set(tmp_path, [small_face()], [6], [0])
    np.savez(tmp_path / "labels.npz", emotion=[6] * 101, usage=[0] * 101, pixel_source=[0] * 101)
    with pytest.raises(InputError, match="no tile"):
        open_small_faces(tmp_path, tools, 10, 1)
    (tmp_path / "images.png").unlink()
    with pytest.raises(InputError, match="cannot be read"):
        open_small_faces(tmp_path, tools, 10, 1)
