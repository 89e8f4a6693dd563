"""Covers the shipped eye network on real eyes: crops it was not trained on, gaze in the patches.

Gaze on the training subjects is no measure of how good it is (docs/training.md has the
cross-validation); here it shows that weights, patches and label frames still belong together.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from affect_perception.core.vision.eye_network import CLOSED, EyeNetwork
from affect_perception.core.vision.eye_patch import patch_of_crop
from affect_perception.evaluation.datasets.eye_crops import read_eye_states
from affect_perception.evaluation.registry import TASKS
from affect_perception.evaluation.tools import Request, Tools, read_picture
from affect_perception.inference import load_network

pytestmark = [pytest.mark.data, pytest.mark.usefixtures("face_models")]


def folder(root: Path, name: str) -> Path:
    if not (root / name).is_dir():
        pytest.skip(f"no {name} in the data folder")
    return root / name


def test_states_of_crops_kept_out_of_training(data_root: Path) -> None:
    samples = read_eye_states(folder(data_root, "vision/eyes_open_closed"))
    unseen = [s for s in samples if s.unseen]
    network = EyeNetwork(load_network("eye_network"))
    patches = np.stack([patch_of_crop(read_picture(s.path)) for s in unseen])
    _, _, state = network.outputs(patches)
    right = (state[:, CLOSED] > 0.0) == np.array([s.closed for s in unseen])
    assert len(unseen) > 200
    assert right.mean() >= 0.98


def test_gaze_on_eye_patches(data_root: Path) -> None:
    data = folder(data_root, "vision/ut_multiview_eyes")
    result = TASKS["gaze"].run(Request(data, None, "test"), Tools())
    assert result.n == 17_920
    assert result.metrics["mean_angular_error_deg"] < 3.0
    assert result.metrics["mean_angular_error_uncalibrated_deg"] < 4.0
    ridge = result.baselines["ridge_on_pixels_leave_subject_out"]
    assert ridge["mean_angular_error_deg"] > 4.0
    assert any("training data" in note for note in result.notes)
    assert result.metrics["mean_angular_error_deg_cross_validated"] <= 3.5
