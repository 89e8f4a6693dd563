"""Reading wrist recordings, their courses and scores, on made files.

Leaves: the fit and the export (train tier), real recordings (data tier).
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from load_bodies import beats, pulse_wave, skin, wrist_file

from affect_perception.core.config import PhysioPipelineConfig
from affect_perception.core.errors import InputError
from affect_perception.core.load.driver_normal import VIEWS
from affect_perception.core.load.tokens import LEARNED
from affect_perception.core.network import PhysioNetworks
from affect_perception.core.physio.pipeline import PhysioPipeline
from affect_perception.evaluation.datasets.wrist_records import UNKNOWN, read_wrist_records
from affect_perception.evaluation.load.courses import (
    KINDS,
    RECORDED,
    STRESS_FIRST,
    courses,
    rest_first,
)
from affect_perception.evaluation.load.scores import Judged, calibration_error, scores
from affect_perception.evaluation.load.timeline import CHUNK_S, timeline, tokens_of
from affect_perception.evaluation.logistic import balanced_weights
from affect_perception.io.signals import ordered_chunks

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wrist")
    wrist_file(folder, "S1", 1)
    wrist_file(folder, "S2", 2)
    return folder


@pytest.fixture(scope="module")
def line(made):
    """The windows of the first recording, which no test changes."""
    return timeline(read_wrist_records(made, "S1")[0][0])


def test_a_recording_becomes_windows_inside_its_phases(made, line):
    records, unlabelled = read_wrist_records(made)
    assert [record.subject for record in records] == ["S1", "S2"]
    assert unlabelled == []
    # Windows of 60 s that lie 5 s inside conditions of 300 s: ends at 70 ... 290 of each.
    assert np.bincount(line.phase[line.phase >= 0]).tolist() == [23, 23, 23]
    assert np.isfinite(line.learned[line.phase >= 0]).all()
    heart = [np.median(line.learned[line.phase == i, 0]) for i in range(3)]
    assert heart[1] - heart[0] == pytest.approx(18.0, abs=2.0)


def test_live_makes_the_tokens_that_evaluation_and_training_make(made, monkeypatch):
    record = read_wrist_records(made, "S1")[0][0]
    pipeline = PhysioPipeline(PhysioPipelineConfig(), PhysioNetworks())
    live = []
    monkeypatch.setattr(pipeline._load._monitor, "step", live.append)
    rng = np.random.default_rng(5)
    # The sensor comes off for two minutes: what is left out must be the same, too.
    wave = record.pulse[0]
    samples = wave.samples.copy()
    off = slice(round(100 * wave.rate), round(220 * wave.rate))
    samples[off] = 60.0 * rng.standard_normal(off.stop - off.start)
    signals = (replace(wave, samples=samples), *record.skin)
    for chunk in ordered_chunks(signals, CHUNK_S):
        pipeline.step(chunk)
    tokens = tokens_of(signals)
    assert list(map(repr, live)) == list(map(repr, tokens))
    known = [not math.isnan(token.heart_rate_bpm) for token in tokens]
    assert 0.3 < np.mean(known) < 0.95


def test_only_the_named_recordings_are_read(made):
    assert [record.subject for record in read_wrist_records(made, "S2")[0]] == ["S2"]
    with pytest.raises(InputError, match="no recording"):
        read_wrist_records(made, "S9")


def test_courses_hold_the_same_windows_in_other_orders(line):
    found = courses([line], KINDS, seed=3)
    assert [course.kind for course in found] == list(KINDS)
    for course in found:
        assert course.views.shape == (69, len(VIEWS) * len(LEARNED))
        assert sorted(course.phases) == sorted(found[0].phases)
    first = next(course for course in found if course.kind == STRESS_FIRST)
    assert first.stress[:23].all()
    assert first.known_s[0].max() == 10.0
    assert rest_first(line).stress.tolist() == [0] * 46 + [1] * 23


def test_a_course_as_recorded_does_not_depend_on_what_comes_later(line):
    late = np.flatnonzero(line.phase == 2)
    changed = line.learned.copy()
    changed[late] += 5.0
    other = type(line)(line.record, line.stamps_ns, changed, line.extras, line.phase)
    a, b = (courses([one], (RECORDED,), 0)[0] for one in (line, other))
    np.testing.assert_array_equal(a.views[:46], b.views[:46])


def test_stress_predict_labels_become_phases(tmp_path):
    seconds = 400
    labels = np.r_[np.zeros(150), np.ones(100), np.zeros(150)].astype(np.int8)
    wave = pulse_wave(beats(seconds, 70, 0.03), seconds)
    np.savez(
        tmp_path / "S07.npz",
        fs_bvp=64.0, bvp_raw=np.round(wave * 10).astype(np.int16), bvp_scale=0.1,
        fs_eda=4.0, eda_uS=skin(seconds, 1.0, 3), fs_temp=4.0, temp_C=np.full(1600, 33.0),
        label_time_s=np.arange(seconds), label_stress=labels,
        block_name=np.array(["hyperventilation"]), block_start_s=[149.0], block_end_s=[251.0],
    )  # fmt: skip
    (record,), _ = read_wrist_records(tmp_path)
    assert [phase.name for phase in record.phases] == ["rest", "hyperventilation", "rest"]
    assert [phase.stress for phase in record.phases] == [0, 1, 0]
    assert record.phases[1].load == UNKNOWN


def test_files_of_other_kinds_are_refused_by_name(tmp_path):
    with pytest.raises(InputError, match="no recording"):
        read_wrist_records(tmp_path)
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    with pytest.raises(InputError, match=r"other\.npz"):
        read_wrist_records(tmp_path)
    (tmp_path / "other.npz").unlink()
    np.savez(tmp_path / "part.npz", cond_name=np.array(["Base"]))
    with pytest.raises(InputError, match=r"part\.npz: has no"):
        read_wrist_records(tmp_path)


def test_scores_of_known_answers():
    states = np.array([0.0, 0.0, 0.0, 1.0])
    names = np.array(["rest", "rest", "rest", "task"])
    found = scores([Judged("a", np.array([0.1, 0.2, 0.6, 0.9]), states, names)])
    assert found["balanced_accuracy"] == pytest.approx((2 / 3 + 1) / 2)
    assert found["auroc"] == 1.0
    assert found["unjudged"] == 0.0
    silent = scores([Judged("a", np.full(4, np.nan), states, names)])
    assert silent["balanced_accuracy"] == 0.0
    assert silent["unjudged"] == 1.0


def test_calibrated_probabilities_have_no_calibration_error_and_the_right_deviation():
    rng = np.random.default_rng(4)
    said = rng.uniform(size=12_000)
    states = (rng.uniform(size=said.size) < said).astype(np.float64)
    even = np.full(said.size, 1.0 / said.size)
    assert calibration_error(said, states, even) < 0.02
    assert calibration_error(np.clip(said * 1.5, 0, 1), states, even) > 0.1
    found = scores([Judged("a", said, states, np.full(said.size, "x"))])
    assert found["std_over_error"] == pytest.approx(1.0, abs=0.02)
    assert balanced_weights(states).sum() == pytest.approx(1.0)
