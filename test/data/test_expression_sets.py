"""Reads the real FER2013: counts as published, and the copies that its README names.

Leaves what the network makes of it to the scorecard.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from affect_perception.evaluation.datasets.expression_set import PUBLIC_TEST, TRAINING
from affect_perception.evaluation.datasets.expressions import read_expressions
from affect_perception.evaluation.datasets.fer2013 import repeated

pytestmark = pytest.mark.data


def test_fer2013_is_read_whole(data_root: Path) -> None:
    folder = data_root / "vision" / "fer2013"
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    data = read_expressions(folder)
    training, public = data.of_split(TRAINING), data.of_split(PUBLIC_TEST)
    counts = [3995, 436, 4097, 7215, 4830, 3171, 4965]
    assert np.bincount(training.emotion).tolist() == counts
    assert np.bincount(public.emotion).tolist() == [467, 56, 496, 895, 653, 415, 607]
    # The first pixels of fer2013.csv.
    assert data.pictures[0, 0, :3].tolist() == [70, 80, 82]
    assert public.duplicate.sum() == 280
    assert np.array_equal(repeated(data), data.duplicate)
    assert (public.votes.sum(axis=1) > 0).all()
    agree = np.array([4, 5, 6, 1, 3, 2, 0])[data.emotion] == data.majority()
    assert 0.55 < agree.mean() < 0.7
