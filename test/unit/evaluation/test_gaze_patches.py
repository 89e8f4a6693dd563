"""Sheets of eye patches, their label frames and scores, on generated folders. Leaves: real eyes."""

from __future__ import annotations

import json
import math

import cv2
import numpy as np
import pytest

from affect_perception.core.errors import InputError
from affect_perception.evaluation.datasets.ut_multiview import (
    is_ut_multiview,
    read_ut_multiview,
)
from affect_perception.evaluation.eyes.frames import (
    angles_of,
    gaze_scores,
    read_frames,
    rotation,
    vectors,
)
from affect_perception.evaluation.tasks.gaze_patches import ridge

pytestmark = pytest.mark.unit

SUBJECTS, CAMERAS, TARGETS = ("s10", "s11", "s12"), (0, 3), 32


def targets():
    """Yaw in the file's sign (positive to the subject's right), pitch, degrees."""
    return [(-18.0 + 12.0 * (i % 4), 12.0 - 3.0 * (i // 4)) for i in range(TARGETS)]


def tile(yaw_deg, pitch_deg, noise):
    """A bright eye with a dark disc; the subject's right is the picture's left."""
    x = 29.5 - 16.6 * math.sin(math.radians(yaw_deg))
    y = 17.5 - 12.0 * math.sin(math.radians(pitch_deg))
    image = np.full((36, 60), 200, np.uint8)
    cv2.circle(image, (round(x * 16), round(y * 16)), 8 * 16, 20, -1, cv2.LINE_AA, 4)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("ut")
    (root / "sheets").mkdir()
    lines = ["tile,row,col,x_mm,y_mm,yaw_deg,pitch_deg"]
    lines += [f"{i},0,0,0,0,{yaw},{pitch}" for i, (yaw, pitch) in enumerate(targets())]
    (root / "targets.csv").write_text("\n".join(lines) + "\n")
    rng = np.random.default_rng(0)
    for subject in SUBJECTS:
        for side in ("left", "right"):
            for camera in CAMERAS:
                tiles = [tile(*t, rng.normal(0, 3, (36, 60))) for t in targets()]
                rows = [np.hstack(tiles[i : i + 16]) for i in range(0, TARGETS, 16)]
                path = root / "sheets" / f"{subject}_{side}_cam{camera}.png"
                cv2.imwrite(str(path), np.vstack(rows))
    return root


def test_reads_tiles_labels_and_mirrors_right_eyes(folder):
    data = read_ut_multiview(folder)
    assert is_ut_multiview(folder)
    assert data.names == SUBJECTS
    assert data.patches.shape == (3 * 2 * 2 * TARGETS, 36, 60)
    left, right = np.nonzero(data.left)[0][0], np.nonzero(~data.left)[0][0]
    assert (data.targets[left], data.targets[right]) == (0, 0)
    # Target 0: the file says -18, so the subject looks to the own left.
    assert np.degrees(data.gaze[left]) == pytest.approx([18.0, 12.0])
    assert np.degrees(data.gaze[right]) == pytest.approx([-18.0, 12.0])
    for index in (left, right):
        x = np.nonzero(data.patches[index] < 60)[1].mean() - 29.5
        assert x * data.gaze[index, 0] > 0.0
    assert set(data.views.tolist()) == {0, 1, 6, 7}


def test_chooses_subjects_and_names_missing_ones(folder):
    assert read_ut_multiview(folder, ("s11",)).names == ("s11",)
    with pytest.raises(InputError, match="no sheets of s99; there are s10, s11, s12"):
        read_ut_multiview(folder, ("s99",))


def test_a_folder_without_sheets_is_refused(tmp_path, folder):
    (tmp_path / "sheets").mkdir()
    (tmp_path / "targets.csv").write_text((folder / "targets.csv").read_text())
    with pytest.raises(InputError, match="no <subject>"):
        read_ut_multiview(tmp_path)
    cv2.imwrite(str(tmp_path / "sheets" / "s1_left_cam0.png"), np.zeros((30, 60), np.uint8))
    with pytest.raises(InputError, match="too small for 32 tiles"):
        read_ut_multiview(tmp_path)


def test_a_constant_offset_counts_uncalibrated_only(folder):
    data = read_ut_multiview(folder)
    offset = np.radians([3.0, 0.0])
    found = gaze_scores(data.gaze + offset, data)
    assert found["mean_angular_error_deg"] == pytest.approx(0.0, abs=1e-6)
    assert found["mean_angular_error_uncalibrated_deg"] == pytest.approx(3.0, abs=0.1)
    assert found["corr_yaw"] == pytest.approx(1.0)
    halved = gaze_scores(data.gaze * 0.5, data)
    assert halved["mean_angular_error_deg"] > 4.0
    assert halved["corr_pitch"] == pytest.approx(1.0)


def test_worst_subject_and_unknown_gaze(folder):
    data = read_ut_multiview(folder)
    gaze = np.array(data.gaze)
    bad = data.subjects == 1
    gaze[bad] = gaze[bad] * [-1.0, 1.0]
    gaze[data.subjects == 2] = np.nan
    found = gaze_scores(gaze, data)
    assert found["known"] == pytest.approx(2 / 3)
    assert found["mean_angular_error_deg_worst_subject"] > 10.0


def test_frames_bring_patch_angles_back_to_the_labels(tmp_path, folder):
    data = read_ut_multiview(folder)
    turn, shift = [0.05, -0.3, 0.1], np.radians([1.0, -2.0])
    in_patch = angles_of(vectors(data.gaze + shift) @ rotation(turn).T)
    views = [
        {"camera": c, "eye": e, "turn_rad": turn, "offset_rad": shift.tolist()}
        for c, e in ((0, "left"), (0, "right"), (3, "left"))
    ]
    path = tmp_path / "frames.json"
    path.write_text(json.dumps({"subjects": ["s10"], "views": views}))
    placed = read_frames(path).to_labels(in_patch, data.views)
    known = data.views != 6
    assert np.allclose(placed[known], data.gaze[known], atol=1e-9)
    assert np.isnan(placed[~known]).all()


@pytest.mark.parametrize("text", ["", "[]", '{"views": [{"camera": 0}]}'])
def test_a_damaged_frames_file_is_named(tmp_path, text):
    path = tmp_path / "frames.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"frames\.json"):
        read_frames(path)


def test_ridge_learns_from_the_other_subjects(folder):
    data = read_ut_multiview(folder)
    found = gaze_scores(ridge(data), data)
    assert found["corr_yaw"] > 0.95
    assert found["mean_angular_error_deg"] < 5.0
