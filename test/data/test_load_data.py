"""Load and stress on real wrist recordings: the shipped weights through the evaluation task.

On wesad_wrist and stress_predict the plain figures are of training people; what counts for them is
stored by the training and only checked for being there. Leaves: made bodies (unit, train tiers).
"""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from affect_perception.evaluation.registry import task_named
from affect_perception.evaluation.tools import Request, Tools

pytestmark = pytest.mark.data


def evaluated(root: Path, name: str, split: str | None = None):
    folder = root / "physio" / name
    if not folder.is_dir():
        pytest.skip(f"no {folder} in the data folder")
    return task_named("load").run(Request(folder, split, "test"), Tools())


def test_wesad_is_told_apart_and_the_stored_figures_are_of_people_apart(data_root: Path) -> None:
    found = evaluated(data_root, "wesad_wrist", "S2")
    assert found.subjects == 1
    assert found.metrics["balanced_accuracy"] > 0.9
    assert found.metrics["balanced_accuracy_person_left_out"] >= 0.97
    # Where the baseline is wrong it does worse and says that it knows less.
    metrics = found.metrics
    assert metrics["balanced_accuracy_stress_first_cross_validated"] > 0.8
    assert metrics["balanced_accuracy_stress_first"] < metrics["balanced_accuracy"]
    assert metrics["mean_std_stress_first"] > metrics["mean_std"]


def test_stress_predict_stands_at_what_is_stored(data_root: Path) -> None:
    found = evaluated(data_root, "stress_predict", "S02,S20")
    assert found.subjects == 2
    assert found.metrics["balanced_accuracy_person_left_out"] >= 0.75
    assert 0.6 < found.metrics["balanced_accuracy"] < 0.95
    assert found.metrics["unjudged"] < 0.01


def test_short_recordings_get_the_uncertainty_of_a_new_driver(data_root: Path) -> None:
    found = evaluated(data_root, "cogwear_stroop")
    assert found.metrics["mean_std"] > 0.4
    assert math.isfinite(found.metrics["balanced_accuracy_load_rest_first"])
