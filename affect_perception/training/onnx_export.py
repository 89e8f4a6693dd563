"""Writes a trained network as ONNX and checks that ONNX Runtime gives the same."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from affect_perception.core.errors import ModelError

# ONNX Runtime 1.16 reads operator sets up to 19.
OPERATOR_SET = 17
# Weights of fewer numbers than this are not worth rounding.
SMALL = 1000


def export_onnx(
    network: nn.Module,
    examples: Mapping[str, Tensor],
    outputs: Sequence[str],
    path: Path,
    *,
    tolerance: float = 2e-4,
    half: bool = False,
    free: Mapping[str, Mapping[int, str]] | None = None,
) -> float:
    """Writes a network.

    Args:
        network: Takes the examples in their order; gives one tensor or a tuple of them.
        examples: Inputs by name, of at least two rows: on these both are compared, so they must
            look like real input (random pictures, not zeros).
        outputs: Names of the outputs.
        path: The .onnx file.
        tolerance: Largest difference allowed.
        half: Store weights in 16 bits: half the file. They are widened when the file is loaded,
            so that it computes in 32 bits as before; the difference is the rounding.
        free: Dimensions of inputs and outputs that may vary, by name of the tensor and number of
            the dimension; by default the first of everything.

    Returns:
        The largest difference to torch.

    Raises:
        ModelError: If it is larger than `tolerance`.
    """
    network = network.eval().to(device="cpu", memory_format=torch.contiguous_format)
    names = (*examples, *outputs)
    with warnings.catch_warnings():
        # The older exporter writes one file in a fraction of the time; torch warns that it is old.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            tuple(examples.values()),
            str(path),
            dynamo=False,
            opset_version=OPERATOR_SET,
            input_names=list(examples),
            output_names=list(outputs),
            dynamic_axes=dict(free) if free is not None else {name: {0: "n"} for name in names},
        )
    if half:
        store_in_half(path)
    # One row alone shows whether the first dimension is really free; where other ones are, rows
    # may be no examples of their own.
    rows = min(len(tensor) for tensor in examples.values())
    counts = (rows, 1) if free is None else (None,)
    differences = [_difference(network, examples, path, count) for count in counts]
    difference = float(np.max(differences))  # NaN if one of them is
    if not difference <= tolerance:
        raise ModelError(f"{path}: differs from torch by {difference:.2g}, more than {tolerance:g}")
    return difference


def store_in_half(path: Path, keep: str | None = None) -> None:
    """Rounds the larger weights of an ONNX file to 16 bits, with an operator that widens them.

    Args:
        path: The file, which is changed.
        keep: Weights whose names begin like this stay in 32 bits.
    """
    model = onnx.load(path)
    graph = model.graph
    for tensor in list(graph.initializer):
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < SMALL:
            continue
        if keep is not None and tensor.name.startswith(keep):
            continue
        graph.initializer.remove(tensor)
        stored = f"{tensor.name}_half"
        graph.initializer.append(onnx.numpy_helper.from_array(values.astype(np.float16), stored))
        widen = onnx.helper.make_node("Cast", [stored], [tensor.name], to=onnx.TensorProto.FLOAT)
        graph.node.insert(0, widen)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


@torch.no_grad()
def _difference(
    network: nn.Module, examples: Mapping[str, Tensor], path: Path, count: int | None
) -> float:
    """The largest one on the first rows, or on the examples as they are."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    part = {name: tensor[:count] for name, tensor in examples.items()}
    found = session.run(None, {name: tensor.numpy() for name, tensor in part.items()})
    wanted = network(*part.values())
    pairs = zip(found, wanted if isinstance(wanted, tuple) else (wanted,), strict=True)
    return float(np.max([np.abs(np.asarray(a) - b.numpy()).max() for a, b in pairs]))
