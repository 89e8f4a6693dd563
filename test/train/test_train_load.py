"""Training of load and stress on made bodies: learns, writes network and pages, calibrates.

Leaves: how good the shipped weights are (docs/load.md, data tier).
"""

from __future__ import annotations

import functools
import json

import numpy as np
import pytest
import yaml
from load_bodies import wrist_file

from affect_perception.core.errors import ConfigError, InputError
from affect_perception.evaluation.load.courses import RECORDED, Course
from affect_perception.evaluation.load.weights import Logits, fit_scales
from affect_perception.evaluation.logistic import Rows, balanced_weights, fit
from affect_perception.inference.manifest import load_manifest
from affect_perception.training.load import run
from affect_perception.training.load.recipe import LoadRecipe
from affect_perception.training.load.run import Order, read_sets, train
from affect_perception.training.recipe import load_recipe

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    for number, name in enumerate(("wesad_wrist", "stress_predict")):
        folder = root / "physio" / name
        folder.mkdir(parents=True)
        for person in range(3):
            order = ((0, 1, 0), (0, 0, 1), (0, 1, 0))[person]
            form = "wesad" if number == 0 else "stress_predict"
            wrist_file(folder, f"S{person}", 10 * number + person, order, form)
    return root


@pytest.fixture(scope="module", autouse=True)
def read_once():
    """Finding beats in the made recordings takes longer than learning from them."""
    once = functools.cache(lambda folder: read_sets(folder, lambda line: None))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "read_sets", lambda folder, say: once(folder))
        yield


def test_the_training_tells_made_stress_from_rest_and_writes_what_is_shipped(data, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- generated: train load -->\nold\n<!-- end -->\nb\n", encoding="utf-8")
    order = Order(data, tmp_path / "out", LoadRecipe(folds=3), page=page)
    lines: list[str] = []
    report = train(order, lines.append)
    figures = report["both"]["stress"]["wesad"]["all"]
    assert figures["recorded"]["balanced_accuracy"] > 0.9
    assert set(figures) == {"recorded", "shuffled", "stress_first"}
    out = tmp_path / "out"
    entry = yaml.safe_load((out / "load_stress.yaml").read_text())["load_stress"]
    assert entry["size_bytes"] == (out / "load_stress.onnx").stat().st_size
    shipped = load_manifest().model("load_stress")
    assert [one["shape"] for one in entry["inputs"]] == [list(i.shape) for i in shipped.inputs]
    assert json.loads((out / "load_stress_cross_validation.json").read_text())["people"]
    assert (out / "reliability_stress.png").stat().st_size > 1000
    text = page.read_text()
    assert "old" not in text
    assert "### stress on wesad" in text
    assert text.endswith("<!-- end -->\nb\n")


def test_the_fit_finds_the_line_it_was_made_by():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(20_000, 3))
    slope = np.array([1.5, -0.7, 0.0])
    chance = 1.0 / (1.0 + np.exp(-(features @ slope + 0.4)))
    states = (rng.uniform(size=len(chance)) < chance).astype(np.float64)
    found = fit(Rows(features, states, np.ones(len(states))), penalty=1e-3)
    np.testing.assert_allclose(found.slope, slope, atol=0.08)
    assert found.offset == pytest.approx(0.4, abs=0.06)
    with pytest.raises(InputError, match="both states"):
        fit(Rows(features, np.ones(len(states)), np.ones(len(states))), penalty=1.0)
    assert balanced_weights(np.ones(4)).sum() == 0.5


def test_logits_that_are_too_sure_are_scaled_down_most_where_the_baseline_is_young():
    rng = np.random.default_rng(1)
    count = 8000
    youth = np.repeat([1.0, 0.0], count // 2)
    states = rng.integers(0, 2, count)
    # Old: right sign with noise that makes a scale of 1 right; young: no information at all.
    logits = np.where(youth == 1.0, rng.normal(0.0, 3.0, count), 4.0 * (states - 0.5))
    logits += rng.normal(0.0, 2.0, count) * (youth == 0.0)
    course = Course(
        "x", "p", RECORDED, np.zeros((count, 24)), np.zeros((count, 8)),
        np.full(count, "a"), states, states,
    )  # fmt: skip
    found = Logits(course, logits, youth, np.zeros(count, np.int64))
    scale, young = fit_scales([found], "stress")[0]
    assert np.exp(scale) == pytest.approx(1.0, abs=0.15)
    assert np.exp(scale + young) < 0.1


def test_recordings_in_the_folder_of_another_set_are_refused(tmp_path):
    for name in ("wesad_wrist", "stress_predict"):
        (tmp_path / "physio" / name).mkdir(parents=True)
    wrist_file(tmp_path / "physio" / "wesad_wrist", "S1", 1, form="stress_predict")
    with pytest.raises(InputError, match="holds recordings of stress_predict"):
        read_sets(tmp_path, lambda line: None)


def test_missing_data_and_wrong_recipes_are_named(tmp_path):
    with pytest.raises(InputError, match="wesad_wrist"):
        read_sets(tmp_path, lambda line: None)
    with pytest.raises(ConfigError, match="folds"):
        LoadRecipe(folds=1)
    assert load_recipe(LoadRecipe, "load") == LoadRecipe()


def test_networks_can_be_compared_on_the_same_folds(data, tmp_path, monkeypatch):
    pytest.importorskip("torch", reason="the training extra is not installed")
    from affect_perception.training.load import compare
    from affect_perception.training.load.run import compare_networks

    monkeypatch.setattr(compare, "STEPS", 150)  # made bodies are easy

    order = Order(data, tmp_path, LoadRecipe(folds=3))
    report = compare_networks(order, ["perceptron"], lambda line: None)
    assert report["perceptron"]["wesad"]["recorded"]["balanced_accuracy"] > 0.8
    with pytest.raises(InputError, match="oracle"):
        compare_networks(order, ["oracle"], lambda line: None)
