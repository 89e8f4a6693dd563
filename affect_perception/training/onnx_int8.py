"""Lets an ONNX network compute in 8 bits: a third of the time on processors with VNNI.

Static quantisation as ONNX Runtime does it ("Quantize ONNX models" of its documentation): weights
per channel, activations with ranges from examples, in the form with QuantizeLinear and
DequantizeLinear, which any runtime can run. Weights use 7 of their 8 bits: on x86 processors
without VNNI, sums of two products of 8 and 8 bits overflow 16 bits and would be cut off.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)

from affect_perception.core.errors import ModelError
from affect_perception.io.atomic_file import write_atomically

Array = npt.NDArray[Any]

# The operators of our residual networks that are worth it; small matrices and softmax are not.
OPERATORS = ("Conv", "Relu", "Add", "AveragePool")
# Examples that go through the network at once.
_BATCH = 16


@dataclass(frozen=True)
class Difference:
    """Between the outputs in 32 and in 8 bits, on the examples."""

    largest: float
    mean: float


class _Examples(CalibrationDataReader):
    def __init__(self, batches: Iterator[dict[str, Array]]) -> None:
        self._batches = batches

    def get_next(self) -> dict[str, Array] | None:
        return next(self._batches, None)


def quantise(
    source: Path,
    target: Path,
    examples: Mapping[str, Array],
    *,
    tolerance: float,
    leave: Sequence[str] = (),
    operators: Sequence[str] = OPERATORS,
) -> Difference:
    """Writes a network of 32 bits once more, in 8 bits.

    Args:
        source: The .onnx file; its weights are plain (not `onnx_export.store_in_half`).
        target: The file to write; may be `source`.
        examples: Inputs by name, a few hundred rows of real input: the ranges of all activations
            are theirs.
        tolerance: Largest mean difference of any output.
        leave: Names of nodes that stay in 32 bits.
        operators: Kinds of nodes that are quantised.

    Raises:
        ModelError: If the outputs differ more; nothing is written then.
    """
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / target.name
        store_quantised(source, made, _batches(examples), leave=leave, operators=operators)
        difference = differences(source, made, examples)
        content = made.read_bytes()
    if not difference.mean <= tolerance:
        raise ModelError(
            f"{source}: in 8 bits outputs differ by {difference.mean:.2g} on average, more than "
            f"{tolerance:g}"
        )
    write_atomically(target, content)
    return difference


def eight_bit_file(path: Path) -> Path:
    """Where the same network in 8 bits lies."""
    return path.with_name(f"{path.stem}_int8{path.suffix}")


def differences(one: Path, other: Path, examples: Mapping[str, Array]) -> Difference:
    """Between the outputs of two networks on the same input; the worst output counts."""
    pairs = zip(outputs_of(one, examples), outputs_of(other, examples), strict=True)
    gaps = [np.abs(a - b) for a, b in pairs]
    return Difference(max(float(gap.max()) for gap in gaps), max(float(gap.mean()) for gap in gaps))


def store_quantised(
    source: Path,
    target: Path,
    batches: Iterator[dict[str, Array]],
    *,
    leave: Sequence[str] = (),
    operators: Sequence[str] = OPERATORS,
) -> None:
    """As `quantise`, of inputs as the network takes them, and without looking at what is lost."""
    # It advises a preparation that merges operators; ours are merged by the exporter already.
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        quantize_static(
            str(source),
            str(target),
            _Examples(batches),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(operators),
            nodes_to_exclude=list(leave),
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )
    finally:
        root.setLevel(level)


def _batches(inputs: Mapping[str, Array]) -> Iterator[dict[str, Array]]:
    rows = min(len(values) for values in inputs.values())
    for start in range(0, rows, _BATCH):
        yield {name: values[start : min(start + _BATCH, rows)] for name, values in inputs.items()}


def outputs_of(path: Path, examples: Mapping[str, Array]) -> list[Array]:
    """What a network gives for rows of input, on the processor."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    parts = [session.run(None, batch) for batch in _batches(examples)]
    return [np.concatenate(column) for column in zip(*parts, strict=True)]
