"""Audio-visual judgements on any pattern of unknown features: finite, adding up, causal.

Leaves: how often they are right (data tier).
"""

from __future__ import annotations

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affect_perception.evaluation.audiovisual.features import FACE, FEATURES, VOICE, scaled
from affect_perception.evaluation.audiovisual.incongruence import surprise
from affect_perception.evaluation.audiovisual.judge import (
    HYBRID,
    AudiovisualEmotion,
    judge_all,
)
from affect_perception.evaluation.audiovisual.past import SpeakerPast
from affect_perception.evaluation.speaker_orders import random_orders
from affect_perception.inference.loader import load_network

pytestmark = pytest.mark.property

network = functools.cache(load_network)


def clips(seed, count, gone):
    """Clips with a share of unknown features, sometimes a whole modality."""
    rng = np.random.default_rng(seed)
    rows = scaled(rng.gamma(1.0, 10.0 ** rng.uniform(-2, 3), (count, FEATURES)))
    rows[rng.random(rows.shape) < gone] = np.nan
    for row in rows:
        choice = rng.integers(0, 4)
        if choice < 2:
            row[(VOICE, FACE)[choice]] = np.nan
        if not np.isfinite(row).any():
            row[0] = 1.0
    return rows


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000), st.integers(1, 12), st.floats(0.0, 0.95))
def test_any_clips_give_distributions(seed, count, gone):
    person = AudiovisualEmotion(network("audiovisual_emotion"))
    for row in clips(seed, count, gone):
        fused = person.judge(row)[HYBRID]
        assert np.isfinite(fused).all()
        assert fused.min() >= 0.0
        assert fused.sum() == pytest.approx(1.0, abs=1e-4)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000), st.integers(2, 8), st.floats(0.0, 0.5))
def test_later_clips_do_not_change_earlier_judgements(seed, count, gone):
    rows, others = clips(seed, count, gone), clips(seed + 1, count, gone)
    order = random_orders(["a"] * count, seed)["a"]
    early, late = order[: count // 2], order[count // 2 :]
    changed = rows.copy()
    changed[late] = others[late]
    found = [
        judge_all(network("audiovisual_emotion"), one, ["a"] * count, learn=True, seed=seed)
        for one in (rows, changed)
    ]
    assert np.array_equal(found[0][early], found[1][early], equal_nan=True)
    assert not np.array_equal(found[0][late], found[1][late], equal_nan=True)


@given(st.integers(0, 10_000), st.integers(1, 30))
def test_the_running_statistics_do_not_depend_on_the_order_of_the_past(seed, count):
    rng = np.random.default_rng(seed)
    rows = rng.normal(1e3, 1.0, (count, 4))
    rows[rng.random(rows.shape) < 0.3] = np.nan
    found = []
    for order in (range(count), rng.permutation(count)):
        past = SpeakerPast(4)
        for index in order:
            past.take(rows[index])
        found.append(past.arrays())
    for one, other in zip(*found, strict=True):
        assert one == pytest.approx(other, rel=1e-5, abs=1e-6)
    assert (found[0][1] >= 0.0).all()


@given(st.integers(0, 10_000))
def test_surprise_is_symmetric_and_bounded(seed):
    rng = np.random.default_rng(seed)
    one, other = rng.dirichlet(np.full(8, 0.2), 2)
    assert surprise(one, other) == pytest.approx(surprise(other, one))
    assert -np.log(8.0) - 1e-9 <= surprise(one, other) < 30.0
    assert surprise(one, np.full(8, 1.0 / 8.0)) == pytest.approx(0.0, abs=1e-9)
