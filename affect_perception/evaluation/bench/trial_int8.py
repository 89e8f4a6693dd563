"""A model once more in 8 bits, for trial: how fast it would be on a processor.

Which kind of layers gain is a matter of the network and the processor, not of the examples that the
ranges come from, so made inputs will do. What a network loses in 8 bits they cannot tell: that is
measured apart, for those that gain (docs/adr/0008-eight-bit-networks.md).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import onnx
import onnxruntime

from affect_perception.core.config import ProviderConfig
from affect_perception.inference.cache import model_path
from affect_perception.inference.manifest import INT8, Manifest, ModelEntry
from affect_perception.inference.onnx_session import OnnxSession
from affect_perception.training.onnx_int8 import OPERATORS, store_quantised

TRIAL = "int8 (trial)"
# Of networks without convolutions there is nothing else that 8 bits could make faster.
_MATRICES = ("MatMul", "Gemm", "Relu", "Add")
_LOG_ERRORS_ONLY = 3


def trial_session(
    manifest: Manifest, entry: ModelEntry, inputs: list[tuple[Any, ...]]
) -> OnnxSession:
    """The model in 8 bits on the processor; the first convolution stays in 32.

    Args:
        manifest: The manifest that has the entry.
        entry: A model without an 8-bit file.
        inputs: What the ranges of the activations come from.
    """
    with tempfile.TemporaryDirectory(prefix="affect-bench-") as folder:
        plain, made = Path(folder) / "plain.onnx", Path(folder) / "made.onnx"
        _store_plain(model_path(manifest, entry), plain)
        nodes = onnx.load(plain).graph.node
        convolutions = [node.name for node in nodes if node.op_type == "Conv"]
        store_quantised(
            plain,
            made,
            _named(entry, inputs),
            leave=convolutions[:1],
            operators=OPERATORS if convolutions else _MATRICES,
        )
        content = made.read_bytes()
    eight = replace(entry, precision=INT8)
    return OnnxSession(eight, content, ProviderConfig(precision=INT8))


def _store_plain(source: Path, target: Path) -> None:
    """Writes a network without what stands between weights and layers (casts, identities)."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(target)
    options.log_severity_level = _LOG_ERRORS_ONLY
    onnxruntime.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])


def _named(entry: ModelEntry, inputs: list[tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    names = [spec.name for spec in entry.inputs]
    for arrays in inputs:
        yield dict(zip(names, arrays, strict=True))
