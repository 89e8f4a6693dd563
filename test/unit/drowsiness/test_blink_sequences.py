"""Sequences of blinks: their statistics, the model over them, its training and its scores.

Finding blinks in the openness of the eyes has tests of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from affect_perception.core.drowsiness.blink_sequence_model import NEWEST, BlinkSequenceModel
from affect_perception.core.drowsiness.blink_statistics import STATISTICS, statistics_of
from affect_perception.core.errors import InputError
from affect_perception.evaluation.datasets.blink_sequences import (
    BlinkSequence,
    read_blink_sequences,
)
from affect_perception.evaluation.drowsiness.scores import score_sequences
from affect_perception.evaluation.metrics import area_under_roc
from affect_perception.training.drowsiness import (
    NETWORK_FILE,
    REPORT_FILE,
    Recipe,
    Regression,
    export_onnx,
    fit,
    train,
)

pytestmark = pytest.mark.unit


def people(count: int, *, seed: int = 0, blinks: int = 40) -> list[BlinkSequence]:
    """People whose blinks grow longer and smaller from state to state."""
    random = np.random.default_rng(seed)
    sequences = []
    for person in range(count):
        for state in range(3):
            scores = random.normal(size=(blinks, 4)) + state * np.array([0.0, -0.6, 1.2, -0.6])
            name = f"p{person}"
            sequences.append(BlinkSequence(f"{name}_{state}", name, str(person % 3), state, scores))
    return sequences


def write(folder: Path, sequences: list[BlinkSequence]) -> Path:
    labels, blinks = ["video,subject,fold,drowsiness,blinks"], ["video,blink"]
    blinks = ["video,blink,frequency_z,amplitude_z,duration_z,velocity_z"]
    for one in sequences:
        labels.append(f"{one.video},{one.subject},{one.fold},{5 * one.state},{len(one.blinks)}")
        for index, row in reversed(
            list(enumerate(one.blinks))
        ):  # the order of lines must not count
            blinks.append(f"{one.video},{index}," + ",".join(f"{value:.6f}" for value in row))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "labels.csv").write_text("\n".join(labels) + "\n")
    (folder / "blinks.csv").write_text("\n".join(blinks) + "\n")
    return folder


@given(
    hnp.arrays(
        np.float64,
        st.tuples(st.integers(5, 60), st.just(4)),
        elements=st.floats(-500.0, 500.0),
    )
)
def test_statistics_are_finite_and_within_their_range(blinks: npt.NDArray[np.float64]) -> None:
    found = statistics_of(blinks)
    assert found.shape == (STATISTICS,)
    assert np.isfinite(found).all()
    assert found.min() >= -4.0
    assert found.max() <= 10.0


def test_statistics_do_not_tell_how_many_blinks_there_were() -> None:
    blinks = np.random.default_rng(1).normal(size=(50, 4))
    twice = np.repeat(blinks, 2, axis=0)  # the same distribution, twice as long
    steps = slice(16, 20)  # the mean step from blink to blink halves: it is about the order
    runs = slice(STATISTICS - 33, None)  # so are the runs: ten blinks in a row are five by now
    once, double = statistics_of(blinks), statistics_of(twice)
    keep = np.ones(STATISTICS, bool)
    keep[steps] = keep[runs] = False
    np.testing.assert_allclose(once[keep], double[keep], atol=0.12)


def test_statistics_of_runs_tell_blinks_that_come_in_bouts() -> None:
    calm = np.random.default_rng(3).normal(size=(80, 4))
    bouts = calm[np.argsort(calm[:, 2], kind="stable")]  # the same blinks, the long ones together
    frequency_first = statistics_of(calm)[-33:-30], statistics_of(bouts)[-33:-30]
    assert frequency_first[1][1] > 2.0 * frequency_first[0][1]  # amplitude, duration, velocity
    moved = calm + np.array([50.0, 0.0, 0.0, 0.0])
    np.testing.assert_array_equal(statistics_of(moved)[-33:], statistics_of(calm)[-33:])


@pytest.mark.parametrize("blinks", [np.zeros((4, 4)), np.zeros((9, 3)), np.full((9, 4), np.nan)])
def test_statistics_refuse_what_they_cannot_be_taken_of(blinks: Any) -> None:
    with pytest.raises(InputError, match="blink"):
        statistics_of(blinks)


def test_a_fitted_model_knows_new_people_and_is_the_same_as_a_network(tmp_path: Path) -> None:
    model = fit(people(8), Recipe())
    fresh = people(6, seed=9)
    scores = score_sequences(fresh, [model.judge] * len(fresh))
    assert scores["auroc"] > 0.95
    assert scores["accuracy"] > 0.7
    export_onnx(model, tmp_path / "net.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "net.onnx"))

    class Net:
        name = "drowsiness_blinks"

        def run(self, *inputs: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float32], ...]:
            return tuple(session.run(None, {"statistics": inputs[0]}))

    judge = BlinkSequenceModel(Net()).probabilities
    for one in fresh:
        np.testing.assert_allclose(judge(one.blinks), model.judge(one.blinks), atol=1e-4)


def test_answers_that_contradict_each_other_still_give_probabilities() -> None:
    answers = Regression(np.zeros(1), np.ones(1), np.array([[1.0, 3.0]]), np.zeros(2))
    found = answers.probabilities(np.linspace(-4.0, 4.0, 9)[:, None])
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    assert (found >= 0.0).all()
    # Above 0 "beyond low vigilance" is surer than "beyond alert": nothing is left in between.
    np.testing.assert_allclose(found[5:, 1], 0.0)
    np.testing.assert_allclose(found[5:, 2], 1.0 - found[5:, 0])
    assert (found[:4, 1] > 0.0).all()


def noise_of_different_lengths(seed: int) -> list[BlinkSequence]:
    """Twelve people; the series of a state differ in nothing but their length."""
    random = np.random.default_rng(seed)
    return [
        BlinkSequence(
            f"p{p}_{state}", f"p{p}", "0", state, random.normal(size=(20 + 60 * state, 4))
        )
        for p in range(12)
        for state in range(3)
    ]


def test_the_fit_learns_nothing_from_the_length_of_a_series() -> None:
    model = fit(noise_of_different_lengths(5), Recipe())
    fresh = noise_of_different_lengths(6)
    found = np.array([model.judge(one.blinks) for one in fresh])
    states = np.array([one.state for one in fresh])
    assert (found.argmax(axis=1) == states).mean() < 0.5


def test_the_fit_leaves_out_series_that_stand_twice() -> None:
    plain = people(5)
    copy = plain[0]
    wrong = BlinkSequence("copy", copy.subject, copy.fold, 2, copy.blinks)
    without = fit(plain[1:], Recipe())
    with_both = fit([*plain, wrong], Recipe())
    np.testing.assert_allclose(with_both.weights, without.weights)


def test_only_the_newest_blinks_are_judged() -> None:
    model = fit(people(5), Recipe())
    blinks = np.random.default_rng(2).normal(size=(400, 4))
    assert model.judge(blinks) == model.judge(blinks[-NEWEST:])


def test_training_writes_network_and_report_and_repeats_itself(tmp_path: Path) -> None:
    data = write(tmp_path / "data", people(6, blinks=20))
    first = train(data, tmp_path / "a", Recipe(repeats=1), only_validate=False)
    second = train(data, tmp_path / "b", Recipe(repeats=1), only_validate=False)
    assert first == second
    a, b = (tmp_path / name / NETWORK_FILE for name in "ab")
    assert a.read_bytes() == b.read_bytes()
    assert first["people"] == 6
    assert first["random_folds"]["auroc"] > 0.9
    low, high = first["random_folds_interval"]["auroc"]
    assert 0.5 < low <= first["random_folds"]["auroc"] <= high == 1.0
    train(data, tmp_path / "c", Recipe(repeats=1), only_validate=True)
    assert (tmp_path / "c" / REPORT_FILE).is_file()
    assert not (tmp_path / "c" / NETWORK_FILE).exists()


def test_reading_keeps_the_order_of_the_blinks(tmp_path: Path) -> None:
    written = people(2)
    read = read_blink_sequences(write(tmp_path, written))
    assert [one.video for one in read] == [one.video for one in written]
    for one, other in zip(read, written, strict=True):
        np.testing.assert_allclose(one.blinks, other.blinks, atol=1e-5)


def test_reading_names_what_is_wrong(tmp_path: Path) -> None:
    folder = write(tmp_path, people(1))
    text = (folder / "labels.csv").read_text()
    (folder / "labels.csv").write_text(text.replace("p0_1,p0,0,5", "p0_1,p0,0,7"))
    with pytest.raises(InputError, match="line 3: drowsiness 7"):
        read_blink_sequences(folder)
    (folder / "labels.csv").write_text(text.replace("p0_1,", "p9_1,"))
    with pytest.raises(InputError, match="no blinks of video 'p9_1'"):
        read_blink_sequences(folder)


def test_a_sequence_too_short_to_judge_counts_as_wrong() -> None:
    right = people(2)
    short = [
        BlinkSequence(one.video, one.subject, one.fold, one.state, one.blinks[:3]) for one in right
    ]

    def judge(blinks: npt.NDArray[np.float64]) -> tuple[float, float, float]:
        raise AssertionError("must not be asked")

    scores = score_sequences(short, [judge] * len(short))
    assert scores["accuracy"] == 0.0
    assert scores["auroc"] == 0.5
    assert scores["too_few_blinks"] == 6


def test_area_under_roc_counts_pairs() -> None:
    assert area_under_roc([1, 2, 3, 4], [0, 0, 1, 1]) == 1.0
    assert area_under_roc([4, 3, 2, 1], [0, 0, 1, 1]) == 0.0
    assert area_under_roc([1, 1, 1, 2], [0, 1, 0, 1]) == 0.75
    assert np.isnan(area_under_roc([1.0], [True]))
