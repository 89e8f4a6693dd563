"""Covers writing a network in 8 bits: same answers, smaller file, 7-bit weights, refusal.

Leaves the speed to `affect-perception bench` and the trained networks to test/train.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from affect_perception.core.errors import ModelError
from affect_perception.training.onnx_int8 import differences, outputs_of, quantise

pytestmark = pytest.mark.unit

RNG = np.random.default_rng(3)
FACES = {"face": RNG.normal(0.0, 1.0, (40, 3, 12, 12)).astype(np.float32)}


def network(path: Path) -> Path:
    """Two convolutions, a mean over places, five probabilities."""
    weights = {
        "w1": RNG.normal(0.0, 0.2, (16, 3, 3, 3)),
        "w2": RNG.normal(0.0, 0.1, (5, 16, 3, 3)),
        "b1": RNG.normal(0.0, 0.1, 16),
        "b2": RNG.normal(0.0, 0.1, 5),
    }
    nodes = [
        helper.make_node("Conv", ["face", "w1", "b1"], ["x1"], name="first", pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["x1"], ["x2"], name="relu"),
        helper.make_node("Conv", ["x2", "w2", "b2"], ["x3"], name="second", pads=[1, 1, 1, 1]),
        helper.make_node("ReduceMean", ["x3"], ["x4"], axes=[2, 3], keepdims=0),
        helper.make_node("Softmax", ["x4"], ["said"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("face", TensorProto.FLOAT, ["n", 3, 12, 12])],
        [helper.make_tensor_value_info("said", TensorProto.FLOAT, ["n", 5])],
        [numpy_helper.from_array(v.astype(np.float32), n) for n, v in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path


def test_it_says_nearly_the_same_in_8_bits(tmp_path: Path) -> None:
    plain, small = network(tmp_path / "a.onnx"), tmp_path / "b.onnx"
    found = quantise(plain, small, FACES, tolerance=0.01)
    assert 0.0 < found.mean < found.largest < 0.05
    assert found == differences(plain, small, FACES)
    [before], [after] = outputs_of(plain, FACES), outputs_of(small, FACES)
    assert before.shape == (40, 5)
    assert np.mean(before.argmax(axis=1) == after.argmax(axis=1)) > 0.8


def test_weights_keep_within_7_bits(tmp_path: Path) -> None:
    """Sums of products of 8 and 8 bits would overflow on processors without VNNI."""
    small = tmp_path / "b.onnx"
    quantise(network(tmp_path / "a.onnx"), small, FACES, tolerance=0.01)
    stored = [numpy_helper.to_array(t) for t in onnx.load(small).graph.initializer]
    weights = [w for w in stored if w.dtype == np.int8 and w.ndim == 4]
    assert len(weights) == 2
    assert max(int(np.abs(w.astype(int)).max()) for w in weights) <= 64


def test_named_nodes_stay_as_they_are(tmp_path: Path) -> None:
    small = tmp_path / "b.onnx"
    quantise(network(tmp_path / "a.onnx"), small, FACES, tolerance=0.01, leave=["first"])
    stored = [numpy_helper.to_array(t) for t in onnx.load(small).graph.initializer]
    assert [w.dtype for w in stored if w.ndim == 4 and len(w) == 16] == [np.float32]


def test_a_network_that_loses_too_much_is_not_written(tmp_path: Path) -> None:
    plain, small = network(tmp_path / "a.onnx"), tmp_path / "b.onnx"
    with pytest.raises(ModelError, match="in 8 bits outputs differ by"):
        quantise(plain, small, FACES, tolerance=1e-6)
    assert not small.exists()
    content = plain.read_bytes()
    quantise(plain, plain, FACES, tolerance=0.01)
    assert plain.read_bytes() != content
