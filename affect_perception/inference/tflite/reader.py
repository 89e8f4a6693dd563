"""Reads a TFLite flatbuffer into plain data (`schema.TfliteGraph`)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tflite
from flatbuffers import flexbuffers

from affect_perception.inference.tflite.errors import TfliteReadError, UnsupportedOperatorError
from affect_perception.inference.tflite.schema import Array, Operator, Tensor, TfliteGraph
from affect_perception.inference.tflite.sparse import Level, Sparsity, densify

_IDENTIFIER = b"TFL3"
"""File identifier at byte 4 (TFLite schema, `file_identifier`)."""

_DTYPES: dict[int, np.dtype[Any]] = {
    tflite.TensorType.FLOAT32: np.dtype(np.float32),
    tflite.TensorType.FLOAT16: np.dtype(np.float16),
    tflite.TensorType.INT32: np.dtype(np.int32),
    tflite.TensorType.INT64: np.dtype(np.int64),
    tflite.TensorType.UINT8: np.dtype(np.uint8),
    tflite.TensorType.INT8: np.dtype(np.int8),
    tflite.TensorType.BOOL: np.dtype(np.bool_),
}

_BUILTIN_NAMES: dict[int, str] = {
    value: name
    for name, value in vars(tflite.BuiltinOperator).items()
    if isinstance(value, int) and not name.startswith("_")
}

# Options that the converter reads: kind -> (table class, {our name: accessor in the schema}).
_CONV = {
    "padding": "Padding",
    "stride_h": "StrideH",
    "stride_w": "StrideW",
    "dilation_h": "DilationHFactor",
    "dilation_w": "DilationWFactor",
    "activation": "FusedActivationFunction",
}
_POOL = {
    "padding": "Padding",
    "stride_h": "StrideH",
    "stride_w": "StrideW",
    "filter_h": "FilterHeight",
    "filter_w": "FilterWidth",
    "activation": "FusedActivationFunction",
}
_ACTIVATION = {"activation": "FusedActivationFunction"}
_OPTIONS: dict[str, tuple[type[Any], dict[str, str]]] = {
    "CONV_2D": (tflite.Conv2DOptions, _CONV),
    "DEPTHWISE_CONV_2D": (tflite.DepthwiseConv2DOptions, _CONV),
    "MAX_POOL_2D": (tflite.Pool2DOptions, _POOL),
    "ADD": (tflite.AddOptions, _ACTIVATION),
    "MUL": (tflite.MulOptions, _ACTIVATION),
    "CONCATENATION": (tflite.ConcatenationOptions, {"axis": "Axis", **_ACTIVATION}),
    "STRIDED_SLICE": (
        tflite.StridedSliceOptions,
        {
            "begin_mask": "BeginMask",
            "end_mask": "EndMask",
            "ellipsis_mask": "EllipsisMask",
            "new_axis_mask": "NewAxisMask",
            "shrink_axis_mask": "ShrinkAxisMask",
        },
    ),
    "RESIZE_BILINEAR": (
        tflite.ResizeBilinearOptions,
        {"align_corners": "AlignCorners", "half_pixel_centers": "HalfPixelCenters"},
    ),
    "DEPTH_TO_SPACE": (tflite.DepthToSpaceOptions, {"block_size": "BlockSize"}),
}


def read_tflite(content: bytes) -> TfliteGraph:
    """Read a model.

    Args:
        content: The bytes of a .tflite file with one subgraph.

    Returns:
        The graph; sparse constants are dense, all constants are copies.

    Raises:
        TfliteReadError: If the bytes are not a complete TFLite model.
        UnsupportedOperatorError: If a tensor type, or more than one subgraph, is met.
    """
    if content[4:8] != _IDENTIFIER:
        raise TfliteReadError(
            f"not a TFLite model: bytes 4 to 8 are {content[4:8]!r}, expected {_IDENTIFIER!r}"
        )
    try:
        return _read(content)
    except (struct.error, IndexError, ValueError, TypeError, AttributeError, KeyError) as error:
        # The flatbuffer accessors follow offsets without checks, so a cut or altered file shows
        # itself by any of these.
        raise TfliteReadError(
            f"broken TFLite model of {len(content)} bytes (truncated or altered?): {error}"
        ) from error


def _read(content: bytes) -> TfliteGraph:
    model = tflite.Model.GetRootAs(content, 0)
    if model.SubgraphsLength() != 1:
        raise UnsupportedOperatorError(
            f"model has {model.SubgraphsLength()} subgraphs, only one is supported"
        )
    graph = model.Subgraphs(0)
    tensors = {i: _tensor(model, graph.Tensors(i)) for i in range(graph.TensorsLength())}
    operators = tuple(
        _operator(model, graph.Operators(i), tensors) for i in range(graph.OperatorsLength())
    )
    return TfliteGraph(
        tensors=tensors,
        operators=operators,
        inputs=_integers(graph.InputsAsNumpy()),
        outputs=_integers(graph.OutputsAsNumpy()),
    )


def _integers(vector: Any) -> tuple[int, ...]:
    """A flatbuffer vector as a tuple; an absent vector is read as the integer 0."""
    return () if isinstance(vector, int) else tuple(int(value) for value in vector)


def _tensor(model: Any, tensor: Any) -> Tensor:
    name = (tensor.Name() or b"").decode(errors="replace")
    dtype = _DTYPES.get(tensor.Type())
    if dtype is None:
        raise UnsupportedOperatorError(f"tensor '{name}' has element type {tensor.Type()}")
    shape = _integers(tensor.ShapeAsNumpy())
    raw = model.Buffers(tensor.Buffer()).DataAsNumpy()
    if isinstance(raw, int) or raw.size == 0:
        return Tensor(name, shape, dtype)
    values = np.frombuffer(raw.tobytes(), dtype)
    sparsity = tensor.Sparsity()
    data = (
        values.reshape(shape) if sparsity is None else densify(values, shape, _sparsity(sparsity))
    )
    return Tensor(name, shape, dtype, data)


def _sparsity(table: Any) -> Sparsity:
    levels = []
    for i in range(table.DimMetadataLength()):
        entry = table.DimMetadata(i)
        if entry.Format() == tflite.DimensionType.DENSE:
            levels.append(Level(dense_size=entry.DenseSize()))
        else:
            levels.append(
                Level(
                    segments=_index_vector(entry.ArraySegmentsType(), entry.ArraySegments()),
                    indices=_index_vector(entry.ArrayIndicesType(), entry.ArrayIndices()),
                )
            )
    return Sparsity(
        _integers(table.TraversalOrderAsNumpy()), _integers(table.BlockMapAsNumpy()), levels
    )


def _index_vector(kind: int, table: Any) -> Array:
    classes: dict[int, Callable[[], Any]] = {
        tflite.SparseIndexVector.Int32Vector: tflite.Int32Vector,
        tflite.SparseIndexVector.Uint16Vector: tflite.Uint16Vector,
        tflite.SparseIndexVector.Uint8Vector: tflite.Uint8Vector,
    }
    vector = classes[kind]()
    vector.Init(table.Bytes, table.Pos)
    return np.asarray(_integers(vector.ValuesAsNumpy()), dtype=np.int64)


def _operator(model: Any, operator: Any, tensors: Mapping[int, Tensor]) -> Operator:
    code = model.OperatorCodes(operator.OpcodeIndex())
    # Codes above 127 live in the newer field, older files fill the deprecated one only.
    builtin = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
    outputs = _integers(operator.OutputsAsNumpy())
    inputs = _integers(operator.InputsAsNumpy())
    if any(index >= len(tensors) for index in (*inputs, *outputs)):
        raise TfliteReadError(f"operator reads or writes a tensor beyond the {len(tensors)} stored")
    if builtin == tflite.BuiltinOperator.CUSTOM:
        raw = bytes(operator.CustomOptions(i) for i in range(operator.CustomOptionsLength()))
        options = dict(flexbuffers.Loads(raw)) if raw else {}
        return Operator(code.CustomCode().decode(), inputs, outputs, options)
    kind = _BUILTIN_NAMES.get(builtin, f"BUILTIN_{builtin}")
    return Operator(kind, inputs, outputs, _options(kind, operator))


def _options(kind: str, operator: Any) -> dict[str, Any]:
    if kind not in _OPTIONS:
        return {}
    table_class, accessors = _OPTIONS[kind]
    table = table_class()
    source = operator.BuiltinOptions()
    if source is None:
        raise TfliteReadError(f"operator {kind} has no options")
    table.Init(source.Bytes, source.Pos)
    return {name: getattr(table, accessor)() for name, accessor in accessors.items()}
