"""What is usual for a person, and judging clips by the shipped network, a modality missing or not.

Leaves: how often it is right on people (data tier, stored cross-validation); learning (train tier).
"""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from av_tables import made_values

from affect_perception.core.errors import InputError
from affect_perception.evaluation.audiovisual.features import (
    FACE,
    FACE_COLUMNS,
    FEATURES,
    VOICE,
    VOICE_COLUMNS,
    scaled,
    unknown,
)
from affect_perception.evaluation.audiovisual.judge import (
    HYBRID,
    WAYS,
    AudiovisualEmotion,
    judge_all,
)
from affect_perception.evaluation.audiovisual.past import SpeakerPast
from affect_perception.evaluation.speaker_orders import random_orders
from affect_perception.inference.loader import load_network
from affect_perception.share import share_path

pytestmark = pytest.mark.unit

NAME = "audiovisual_emotion"


@pytest.fixture(scope="module")
def network():
    return load_network(NAME)


@pytest.fixture(scope="module")
def clips():
    # Like the table the network was trained on in scale: means of the training people, some noise.
    values, _, speakers = made_values(speakers=2, repetitions=1)
    return scaled(values), speakers


def test_the_running_mean_and_variance_are_those_of_the_clips_so_far():
    rows = np.random.default_rng(1).normal(1000.0, 0.5, (7, 3))
    past = SpeakerPast(3)
    for row in rows:
        past.take(row)
    mean, variance, counts = past.arrays()
    assert mean[0] == pytest.approx(rows.mean(axis=0), rel=1e-6)
    assert variance[0] == pytest.approx(rows.var(axis=0), rel=1e-4)
    assert counts.tolist() == [[7.0, 7.0, 7.0]]


def test_an_unknown_feature_leaves_its_own_mean_alone():
    past = SpeakerPast(2)
    past.take(np.array([2.0, 4.0]))
    past.take(np.array([np.nan, 6.0]))
    mean, variance, counts = past.arrays()
    assert mean.tolist() == [[2.0, 5.0]]
    assert variance.tolist() == [[0.0, 1.0]]
    assert counts.tolist() == [[1.0, 2.0]]


def test_before_the_first_clip_nothing_is_usual_yet():
    mean, variance, counts = SpeakerPast(2).arrays()
    assert not mean.any()
    assert not variance.any()
    assert not counts.any()


def test_orders_hold_every_clip_of_a_speaker_once_and_differ_by_seed():
    speakers = ["b", "a"] * 10
    first, second = random_orders(speakers, 1), random_orders(speakers, 2)
    assert sorted(first["a"]) == list(range(1, 20, 2))
    assert first != second
    assert first == random_orders(speakers, 1)


def test_scales_put_what_is_skewed_on_logarithms_and_keep_unknown_unknown():
    values = np.full(FEATURES, 0.5)
    values[0] = np.nan
    found = scaled(values)
    columns = (*VOICE_COLUMNS, *FACE_COLUMNS)
    assert np.isnan(found[0])
    assert found[columns.index("jitter")] == pytest.approx(np.log(0.5))
    assert found[columns.index("AU12_mean")] == pytest.approx(0.0)
    assert found[columns.index("AU12_std")] == pytest.approx(np.sqrt(0.5))
    assert found[columns.index("mfcc1_mean")] == 0.5
    certain = scaled(np.where(np.arange(FEATURES) >= 0, 1.0, 0.0))
    assert np.isfinite(certain).all()


def test_it_is_small():
    model = onnx.load(str(share_path(f"models/{NAME}.onnx")))
    assert sum(int(np.prod(one.dims)) for one in model.graph.initializer) < 10_000


def test_every_way_gives_a_distribution(network, clips):
    features, speakers = clips
    found = judge_all(network, features, speakers, learn=True)
    assert found.shape == (len(features), len(WAYS), 8)
    assert found.sum(axis=2) == pytest.approx(1.0, abs=1e-5)


def test_without_a_modality_every_fusion_is_the_other_one(network, clips):
    features = clips[0][3].copy()
    whole = AudiovisualEmotion(network, learn=False).judge(features)
    for gone, left, name in ((VOICE, FACE, "voice"), (FACE, VOICE, "face")):
        part = features.copy()
        part[gone] = np.nan
        found = AudiovisualEmotion(network, learn=False).judge(part)
        other = "face" if name == "voice" else "voice"
        assert np.isnan(found[WAYS.index(name)]).all()
        for way in (other, "late", "early", "hybrid"):
            assert found[WAYS.index(way)] == pytest.approx(whole[WAYS.index(other)], abs=1e-6)
        assert np.isfinite(part[left]).all()


def test_the_past_of_a_modality_survives_its_absence(network, clips):
    rows = clips[0][:6]
    face = WAYS.index("face")
    person, other = (AudiovisualEmotion(network) for _ in range(2))
    for row in rows[:5]:
        person.judge(row)
        deaf = row.copy()
        deaf[VOICE] = np.nan
        other.judge(deaf)
    assert other.judge(rows[5])[face] == pytest.approx(person.judge(rows[5])[face], abs=1e-6)


def test_nothing_known_and_wrong_sizes_are_errors(network):
    with pytest.raises(InputError, match="without any feature"):
        AudiovisualEmotion(network).judge(unknown())
    with pytest.raises(InputError, match="expected 123 features"):
        AudiovisualEmotion(network).judge(np.zeros(5))


def test_by_itself_a_clip_has_no_past_and_relative_it_has(network, clips):
    rows = clips[0][:4]
    alone, relative = (AudiovisualEmotion(network, learn=learn) for learn in (False, True))
    first = alone.judge(rows[0])[HYBRID]
    start = relative.judge(rows[0])[HYBRID]
    for row in rows[1:]:
        alone.judge(row)
        relative.judge(row)
    assert alone.judge(rows[0])[HYBRID] == pytest.approx(first, abs=0.0)
    assert np.abs(relative.judge(rows[0])[HYBRID] - start).max() > 1e-3
