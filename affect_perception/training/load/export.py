"""The model of load and stress as a network file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper
from scipy.special import expit

from affect_perception.core.errors import ModelError
from affect_perception.core.load.model import INPUTS, OUTPUTS, SUBSETS
from affect_perception.evaluation.load.weights import LoadWeights

NAME = "load_stress"
OPERATOR_SET = 17
TOLERANCE = 1e-5


def export(weights: LoadWeights, path: Path) -> float:
    """Writes the network and compares it with the arrays.

    Returns:
        The largest difference of a probability.

    Raises:
        ModelError: If it is too large.
    """
    nodes = [
        helper.make_node("Gather", ["slopes", "subset"], ["own_slopes"], axis=0),
        helper.make_node("Gather", ["offsets", "subset"], ["own_offsets"], axis=0),
        helper.make_node("Gather", ["scales", "subset"], ["own_scales"], axis=0),
        helper.make_node("Gather", ["young", "subset"], ["own_young"], axis=0),
        helper.make_node("Squeeze", ["own_slopes", "first"], ["matrix"]),
        helper.make_node("MatMul", ["views", "matrix"], ["products"]),
        helper.make_node("Add", ["products", "own_offsets"], ["logits"]),
        helper.make_node("Mul", ["own_young", "youth"], ["change"]),
        helper.make_node("Add", ["own_scales", "change"], ["logarithm"]),
        helper.make_node("Exp", ["logarithm"], ["sure"]),
        helper.make_node("Mul", ["logits", "sure"], ["scaled"]),
        helper.make_node("Sigmoid", ["scaled"], ["probabilities"]),
    ]
    constants = {
        "slopes": weights.slopes.astype(np.float32),
        "offsets": weights.offsets.astype(np.float32),
        "scales": weights.scales[:, :, 0].astype(np.float32),
        "young": weights.scales[:, :, 1].astype(np.float32),
    }
    stored = [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()]
    stored.append(onnx.numpy_helper.from_array(np.zeros(1, np.int64), "first"))
    graph = helper.make_graph(
        nodes,
        NAME,
        [
            helper.make_tensor_value_info("views", TensorProto.FLOAT, [1, INPUTS]),
            helper.make_tensor_value_info("youth", TensorProto.FLOAT, [1, 1]),
            helper.make_tensor_value_info("subset", TensorProto.INT64, [1]),
        ],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, len(OUTPUTS)])],
        stored,
    )
    opset = [helper.make_opsetid("", OPERATOR_SET)]
    network = helper.make_model(graph, opset_imports=opset, ir_version=8)
    onnx.checker.check_model(network)
    path.write_bytes(network.SerializeToString())
    worst = _difference(weights, path)
    if not worst <= TOLERANCE:
        raise ModelError(f"{path}: differs from the weights by {worst:.2g}")
    return worst


def _difference(weights: LoadWeights, path: Path) -> float:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(0)
    worst = 0.0
    for subset in range(len(SUBSETS)):
        views = rng.normal(size=(1, INPUTS)).astype(np.float32)
        youth = np.full((1, 1), rng.random(), np.float32)
        given = {"views": views, "youth": youth, "subset": np.array([subset], np.int64)}
        (found,) = session.run(None, given)
        sure = np.exp(weights.scales[subset, :, 0] + weights.scales[subset, :, 1] * youth)
        wanted = expit((views @ weights.slopes[subset] + weights.offsets[subset]) * sure)
        worst = max(worst, float(np.abs(found - wanted).max()))
    return worst
