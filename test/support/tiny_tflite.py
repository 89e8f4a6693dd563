"""Builds small TFLite files and graphs, and runs graphs through the converter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import flatbuffers
import numpy as np
import onnxruntime
import tflite
from flatbuffers import flexbuffers

from affect_perception.inference.tflite import ops
from affect_perception.inference.tflite.lowering import Layout, Lowering
from affect_perception.inference.tflite.onnx_graph import Port
from affect_perception.inference.tflite.schema import Operator, Tensor, TfliteGraph

assert ops  # importing it fills the table of operators

CONV = {
    "padding": 0,
    "stride_h": 1,
    "stride_w": 1,
    "dilation_h": 1,
    "dilation_w": 1,
    "activation": 0,
}
POOL = {"padding": 0, "stride_h": 2, "stride_w": 2, "filter_h": 2, "filter_w": 2, "activation": 0}


class GraphBuilder:
    """A graph put together by hand; every method returns a tensor index."""

    def __init__(self) -> None:
        self.tensors: dict[int, Tensor] = {}
        self.operators: list[Operator] = []
        self.inputs: list[int] = []

    def _add(self, tensor: Tensor) -> int:
        index = len(self.tensors)
        self.tensors[index] = tensor
        return index

    def input(self, *shape: int, name: str = "input") -> int:
        index = self._add(Tensor(name, shape, np.dtype(np.float32)))
        self.inputs.append(index)
        return index

    def constant(self, values: Any, dtype: Any = np.float32) -> int:
        array = np.asarray(values, dtype=dtype)
        return self._add(Tensor("constant", array.shape, array.dtype, array))

    def op(
        self, kind: str, inputs: Sequence[int], shape: Sequence[int], name: str = "", **options: Any
    ) -> int:
        dtype = np.dtype(np.float32)
        target = self._add(Tensor(name or kind.lower(), tuple(shape), dtype))
        self.operators.append(Operator(kind, tuple(inputs), (target,), options))
        return target

    def graph(self, *outputs: int) -> TfliteGraph:
        return TfliteGraph(self.tensors, tuple(self.operators), tuple(self.inputs), outputs)


def run_graph(graph: TfliteGraph, *inputs: np.ndarray) -> list[np.ndarray]:
    """Lower a graph as it is, and run it with ONNX Runtime on channels-last floats."""
    lowering = Lowering(graph)
    onnx = lowering.onnx
    feed = {}
    for number, (index, array) in enumerate(zip(graph.inputs, inputs, strict=True)):
        name = f"in{number}"
        onnx.inputs.append(Port(name, np.dtype(np.float32), graph.tensors[index].shape))
        lowering.put(index, Layout.NATIVE, name)
        feed[name] = np.asarray(array, dtype=np.float32)
    lowering.run()
    for number, index in enumerate(graph.outputs):
        port = Port(f"out{number}", np.dtype(np.float32), graph.tensors[index].shape)
        onnx.add_output(port, lowering.get(index, Layout.NATIVE))
    content = onnx.to_model("test").SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return list(session.run(None, feed))


def write_tflite(
    tensors: Sequence[Mapping[str, Any]],
    operators: Sequence[Mapping[str, Any]],
    inputs: Sequence[int],
    outputs: Sequence[int],
) -> bytes:
    """Write a .tflite file.

    Args:
        tensors: Each with `name`, `shape`, and optionally `type` and `data` (an array).
        operators: Each with `inputs`, `outputs`, and `code` (builtin number) or `custom` (name),
            and optionally `options` (table name and fields) or `custom_options` (a mapping).
        inputs: Indices of the graph's inputs.
        outputs: Indices of the graph's outputs.
    """
    builder = flatbuffers.Builder(1024)
    codes = [_code(builder, op) for op in operators]
    buffers = [_buffer(builder, None)] + [_buffer(builder, t.get("data")) for t in tensors]
    tables = [_tensor(builder, t, number + 1) for number, t in enumerate(tensors)]
    entries = [_operator(builder, op, number) for number, op in enumerate(operators)]
    tensor_vector = _offsets(builder, tables)
    operator_vector = _offsets(builder, entries)
    input_vector = builder.CreateNumpyVector(np.asarray(inputs, np.int32))
    output_vector = builder.CreateNumpyVector(np.asarray(outputs, np.int32))
    tflite.SubGraphStart(builder)
    tflite.SubGraphAddTensors(builder, tensor_vector)
    tflite.SubGraphAddOperators(builder, operator_vector)
    tflite.SubGraphAddInputs(builder, input_vector)
    tflite.SubGraphAddOutputs(builder, output_vector)
    subgraphs = _offsets(builder, [tflite.SubGraphEnd(builder)])
    code_vector, buffer_vector = _offsets(builder, codes), _offsets(builder, buffers)
    tflite.ModelStart(builder)
    tflite.ModelAddVersion(builder, 3)
    tflite.ModelAddOperatorCodes(builder, code_vector)
    tflite.ModelAddSubgraphs(builder, subgraphs)
    tflite.ModelAddBuffers(builder, buffer_vector)
    builder.Finish(tflite.ModelEnd(builder), b"TFL3")
    return bytes(builder.Output())


def _offsets(builder: Any, offsets: Sequence[int]) -> int:
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return builder.EndVector()


def _code(builder: Any, operator: Mapping[str, Any]) -> int:
    custom = operator.get("custom")
    name = builder.CreateString(custom) if custom else None
    number = tflite.BuiltinOperator.CUSTOM if custom else operator["code"]
    tflite.OperatorCodeStart(builder)
    if name is not None:
        tflite.OperatorCodeAddCustomCode(builder, name)
    tflite.OperatorCodeAddDeprecatedBuiltinCode(builder, min(number, 127))
    tflite.OperatorCodeAddBuiltinCode(builder, number)
    return tflite.OperatorCodeEnd(builder)


def _buffer(builder: Any, data: np.ndarray | None) -> int:
    raw = np.frombuffer(data.tobytes(), np.uint8) if data is not None else None
    vector = builder.CreateNumpyVector(raw) if raw is not None else None
    tflite.BufferStart(builder)
    if vector is not None:
        tflite.BufferAddData(builder, vector)
    return tflite.BufferEnd(builder)


def _tensor(builder: Any, tensor: Mapping[str, Any], buffer: int) -> int:
    name = builder.CreateString(tensor["name"])
    shape = builder.CreateNumpyVector(np.asarray(tensor["shape"], np.int32))
    tflite.TensorStart(builder)
    tflite.TensorAddShape(builder, shape)
    tflite.TensorAddType(builder, tensor.get("type", tflite.TensorType.FLOAT32))
    tflite.TensorAddBuffer(builder, buffer)
    tflite.TensorAddName(builder, name)
    return tflite.TensorEnd(builder)


def _operator(builder: Any, operator: Mapping[str, Any], code: int) -> int:
    inputs = builder.CreateNumpyVector(np.asarray(operator["inputs"], np.int32))
    outputs = builder.CreateNumpyVector(np.asarray(operator["outputs"], np.int32))
    options = custom = None
    if "options" in operator:
        table, fields = operator["options"]
        getattr(tflite, f"{table}Start")(builder)
        for field, value in fields.items():
            getattr(tflite, f"{table}Add{field}")(builder, value)
        options = getattr(tflite, f"{table}End")(builder)
    if "custom_options" in operator:
        raw = bytes(flexbuffers.Dumps(operator["custom_options"]))
        custom = builder.CreateNumpyVector(np.frombuffer(raw, np.uint8))
    tflite.OperatorStart(builder)
    tflite.OperatorAddOpcodeIndex(builder, code)
    tflite.OperatorAddInputs(builder, inputs)
    tflite.OperatorAddOutputs(builder, outputs)
    if options is not None:
        kind = getattr(tflite.BuiltinOptions, operator["options"][0])
        tflite.OperatorAddBuiltinOptionsType(builder, kind)
        tflite.OperatorAddBuiltinOptions(builder, options)
    if custom is not None:
        tflite.OperatorAddCustomOptions(builder, custom)
    return tflite.OperatorEnd(builder)


def tiny_picture_network() -> bytes:
    """A network of one convolution: picture (1, 4, 4, 3) -> "result" (1, 2, 2, 2)."""
    kernel = np.arange(2 * 3 * 3 * 3, dtype=np.float16).reshape(2, 3, 3, 3) / 64
    conv = ("Conv2DOptions", {"Padding": 0, "StrideH": 2, "StrideW": 2})
    return write_tflite(
        tensors=[
            {"name": "picture", "shape": (1, 4, 4, 3)},
            {
                "name": "half",
                "shape": kernel.shape,
                "type": tflite.TensorType.FLOAT16,
                "data": kernel,
            },
            {"name": "kernel", "shape": kernel.shape},
            {"name": "bias", "shape": (2,), "data": np.array([0.5, -1], np.float32)},
            {"name": "result", "shape": (1, 2, 2, 2)},
        ],
        operators=[
            {"code": tflite.BuiltinOperator.DEQUANTIZE, "inputs": [1], "outputs": [2]},
            {
                "code": tflite.BuiltinOperator.CONV_2D,
                "inputs": [0, 2, 3],
                "outputs": [4],
                "options": conv,
            },
        ],
        inputs=[0],
        outputs=[4],
    )


def tiny_picture_result(picture: np.ndarray, low: float, high: float) -> np.ndarray:
    """What `tiny_picture_network` gives for bytes (1, 4, 4, 3) that stand for low to high."""
    kernel = np.arange(2 * 3 * 3 * 3).reshape(2, 3, 3, 3) / 64
    values = picture.astype(np.float64) / 255 * (high - low) + low
    padded = np.pad(values, ((0, 0), (0, 1), (0, 1), (0, 0)))
    result = np.empty((1, 2, 2, 2))
    for row in range(2):
        for column in range(2):
            patch = padded[0, 2 * row : 2 * row + 3, 2 * column : 2 * column + 3]
            result[0, row, column] = (kernel * patch).sum(axis=(1, 2, 3)) + (0.5, -1)
    return result
