"""Covers `bench models`: inputs, combinations, worker, page. How fast anything is, is left out."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from affect_perception.core.config import ProviderConfig
from affect_perception.evaluation.bench import models
from affect_perception.evaluation.bench.model_worker import made_inputs, measure, measure_trial
from affect_perception.evaluation.bench.models import ModelBench, ModelFigures
from affect_perception.evaluation.bench.trial_int8 import TRIAL
from affect_perception.inference.backends import Backend
from affect_perception.inference.loader import EXPRESSION, EYES
from affect_perception.inference.manifest import load_manifest
from affect_perception.inference.session import check_inputs

pytestmark = pytest.mark.unit

HERE = Backend("cpu", "", "ONNX Runtime 1.31.1")
MISSING = Backend("cuda", "provider 'cuda' is not part of this build")


@pytest.mark.parametrize("name", list(load_manifest().models))
def test_made_inputs_fit_the_manifest_and_repeat(name):
    entry = load_manifest().model(name)
    arrays = made_inputs(entry.inputs, 3)
    check_inputs(entry, arrays)
    for spec, array, again in zip(entry.inputs, arrays, made_inputs(entry.inputs, 3), strict=True):
        assert spec.value_range[0] <= array.min()
        assert array.max() <= spec.value_range[1]
        np.testing.assert_array_equal(array, again)


def test_precisions_per_backend():
    manifest = load_manifest()
    wanted = {
        ("cpu", EYES): ["fp32"],
        ("cpu", EXPRESSION): ["fp32", "int8"],
        ("cuda", EXPRESSION): ["fp32", "fp16"],
        ("tensorrt", EXPRESSION): ["fp32", "fp16"],
        ("tensorrt_native", EXPRESSION): ["fp32", "fp16", "int8"],
    }
    for (backend, name), precisions in wanted.items():
        assert models.precisions(manifest.model(name), backend) == precisions


def test_worker_measures_the_eight_bit_network():
    found = measure(EXPRESSION, ProviderConfig(precision="int8"), "0.01")
    assert found["precision"] == "int8"
    assert found["runs"] >= 100
    assert 0.0 < found["median_ms"] <= found["p99_ms"]
    assert 0.0 < found["difference"] < 0.5
    assert found["ratio"] > 0.0


def test_every_model_is_run_in_eight_bits_or_says_why_not():
    for entry in load_manifest().models.values():
        assert (entry.eight_bit is None) != (entry.eight_bit_declined == ""), entry.name
        assert models.trials(entry, "cpu") == ([] if entry.eight_bit else [TRIAL])
        assert models.trials(entry, "cuda") == []


def test_worker_tries_a_model_without_an_eight_bit_file():
    found = measure_trial(EYES, "0.01")
    assert found["precision"] == "int8"
    assert found["ratio"] > 0.0
    assert found["difference"] > 0.0
    assert math.isnan(found["memory_mib"])


def test_worker_of_the_reference_differs_by_nothing():
    found = measure(EYES, ProviderConfig(precision="fp32"), "0.01")
    assert (found["ratio"], found["difference"]) == (1.0, 0.0)


def test_page_and_json_name_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(models, "find_backends", lambda: (HERE, MISSING))
    answers = {
        "fp32": {"precision": "fp32", "median_ms": 2.0, "p99_ms": 3.0, "runs": 100}
        | {"memory_mib": 10.0, "ratio": 1.0, "difference": 0.0, "processor_ms": 2.0},
        "int8": {"error": "no memory"},
    }
    monkeypatch.setattr(
        models, "_ask", lambda name, backend, precision, seconds: answers[precision]
    )
    bench = models.bench_models(0.1, [EXPRESSION], lambda line: None)
    assert [f.precision for f in bench.figures] == ["fp32", "int8"]
    assert math.isnan(bench.figures[1].median_ms)
    models.write(bench, "the command", tmp_path / "page.md", tmp_path / "table.json")
    page = (tmp_path / "page.md").read_text()
    assert "| expression_network | cpu | fp32 | 2.000 | 3.000 | 2.000 | 1.00 | 10 |" in page
    assert "no memory" in page
    assert "| cuda | not here: provider 'cuda'" in page
    table = json.loads((tmp_path / "table.json").read_text())
    assert table["models"][1]["median_ms"] is None


def test_losses_come_from_the_manifest():
    figures = ModelFigures(EXPRESSION, "cpu", "int8", lost="two faces of 863")
    page = models.page(ModelBench("a machine", "idle", (HERE,), [figures]), "command")
    assert "expression_network, int8 on cpu: two faces of 863." in page
