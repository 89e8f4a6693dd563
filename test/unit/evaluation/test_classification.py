"""Covers scores of classifiers and their calibration by cases whose answer is known beforehand."""

from __future__ import annotations

import numpy as np
import pytest

from affect_perception.core.errors import InputError
from affect_perception.evaluation.classification import (
    classification_scores,
    confusion,
    expected_calibration_error,
    fit_offsets,
    fit_temperature,
    softmax,
)
from affect_perception.evaluation.report.confusion_picture import write_confusion

pytestmark = pytest.mark.unit


def test_scores_of_a_small_case() -> None:
    truth = [0, 0, 0, 0, 1, 1]
    said = [0, 0, 0, 1, 1, 0]
    scores = classification_scores(np.eye(3)[said], truth, ("a", "b", "c"))
    assert scores["accuracy"] == pytest.approx(4 / 6)
    assert scores["uar"] == pytest.approx((0.75 + 0.5) / 2)  # c does not occur
    assert scores["macro_f1"] == pytest.approx((0.75 + 0.5) / 2)
    assert scores["precision_b"] == pytest.approx(0.5)
    assert np.isnan(scores["recall_c"])
    assert np.isnan(scores["precision_c"])
    assert scores["ece"] == pytest.approx(2 / 6)  # always sure, a third wrong
    assert confusion(said, truth, 3).tolist() == [[3, 1, 0], [1, 1, 0], [0, 0, 0]]


def test_a_class_never_said_counts_as_missed() -> None:
    scores = classification_scores(np.eye(2)[[0, 0, 0]], [0, 1, 1], ("a", "b"))
    assert scores["recall_b"] == 0.0
    assert np.isnan(scores["precision_b"])
    assert scores["macro_f1"] == pytest.approx(0.5 / 2)


def test_calibration_error_of_known_gaps() -> None:
    p = np.array([[0.7, 0.3]] * 10 + [[0.95, 0.05]] * 10)
    truth = np.array([0] * 7 + [1] * 3 + [0] * 5 + [1] * 5)
    assert expected_calibration_error(p, truth) == pytest.approx(0.5 * 0.0 + 0.5 * 0.45)
    assert np.isnan(expected_calibration_error(np.zeros((0, 2)), []))
    assert expected_calibration_error([[1.0, 0.0]], [0]) == 0.0


@pytest.mark.parametrize("warmth", [0.5, 1.0, 3.0])
def test_the_temperature_that_was_put_in_is_found(warmth: float) -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(0.0, 2.0, (20000, 5))
    p = softmax(logits)
    truth = (p.cumsum(axis=1) > rng.random((20000, 1))).argmax(axis=1)
    assert fit_temperature(logits * warmth, truth) == pytest.approx(warmth, rel=0.05)
    assert fit_temperature(logits * warmth, p) == pytest.approx(warmth, rel=0.01)
    before = expected_calibration_error(softmax(logits * warmth), truth)
    after = expected_calibration_error(softmax(logits), truth)
    assert after < 0.02
    if warmth != 1.0:
        assert before > 3 * after


def test_offsets_mend_a_network_that_leans_to_a_class() -> None:
    rng = np.random.default_rng(5)
    logits = rng.normal(0.0, 1.5, (4000, 4))
    p = softmax(logits)
    truth = np.array([rng.choice(4, p=row) for row in p])
    leaning = 2.0 * (logits + np.array([1.5, 0.0, -0.5, -1.0]))
    warmth, offsets = fit_offsets(leaning, truth, penalty=0.0)
    assert warmth == pytest.approx(2.0, rel=0.08)
    assert offsets == pytest.approx([-1.5, 0.0, 0.5, 1.0], abs=0.15)
    mended = softmax(leaning / warmth + offsets)
    alone = softmax(leaning / fit_temperature(leaning, truth))
    assert expected_calibration_error(mended, truth) < 0.02
    assert (mended.argmax(1) == truth).mean() > (alone.argmax(1) == truth).mean() + 0.03
    _, held_back = fit_offsets(leaning, truth, penalty=1.0)
    assert np.abs(held_back).max() < np.abs(offsets).max()


def test_nonsense_is_refused() -> None:
    with pytest.raises(InputError, match="probabilities for"):
        classification_scores(np.eye(2), [0], ("a", "b"))
    with pytest.raises(InputError, match="class numbers"):
        classification_scores(np.eye(2), [0, 2], ("a", "b"))
    with pytest.raises(InputError, match="fit offsets"):
        fit_offsets(np.zeros((2, 2)), [0])
    with pytest.raises(InputError, match="fit a temperature"):
        fit_temperature(np.zeros((0, 2)), [])


def test_the_picture_is_written(tmp_path) -> None:  # type: ignore[no-untyped-def]
    write_confusion([[3, 1], [0, 2]], ("a", "b"), tmp_path / "c.png", "title")
    assert (tmp_path / "c.png").read_bytes()[:4] == b"\x89PNG"
