"""Operators that move, cut, extend or resample data without computing on channels."""

from __future__ import annotations

import numpy as np

from affect_perception.inference.tflite.branches import SELECT_CHANNELS
from affect_perception.inference.tflite.lowering import Layout, Lowering, lowers
from affect_perception.inference.tflite.ops.blocks import into_blocks
from affect_perception.inference.tflite.schema import Operator


@lowers("PAD")
def pad(ctx: Lowering, operator: Operator) -> None:
    """PAD with zeros."""
    source, target = operator.inputs[0], operator.outputs[0]
    amounts = ctx.require_constant(operator, 1).astype(np.int64)
    if amounts.shape[0] != 4:
        _pad_native(ctx, operator, amounts)
        return
    first = amounts[[0, 3, 1, 2]]
    value = ctx.get(source, Layout.CHANNELS_FIRST)
    result = ctx.onnx.add("Pad", [value, ctx.onnx.constant(first.T.reshape(-1))], mode="constant")
    ctx.put(target, Layout.CHANNELS_FIRST, result)


def _pad_native(ctx: Lowering, operator: Operator, amounts: np.ndarray) -> None:
    value = ctx.get(operator.inputs[0], Layout.NATIVE)
    bounds = ctx.onnx.constant(amounts.T.reshape(-1))
    result = ctx.onnx.add("Pad", [value, bounds], mode="constant")
    ctx.put(operator.outputs[0], Layout.NATIVE, result)


@lowers("RESHAPE")
def reshape(ctx: Lowering, operator: Operator) -> None:
    """RESHAPE; element order is that of TFLite's layout."""
    source, target = operator.inputs[0], operator.outputs[0]
    shape = ctx.shape(source)
    layout = Layout.NATIVE
    if len(shape) == 4 and shape[1] == shape[2] == 1 and ctx.has(source, Layout.CHANNELS_FIRST):
        layout = Layout.CHANNELS_FIRST  # same element order in both, so no detour
    sizes = ctx.onnx.integers(*ctx.shape(target))
    ctx.put(target, Layout.NATIVE, ctx.onnx.add("Reshape", [ctx.get(source, layout), sizes]))


@lowers("CONCATENATION")
def concatenation(ctx: Lowering, operator: Operator) -> None:
    """CONCATENATION; along channels it stays in the layout of the convolutions."""
    target = operator.outputs[0]
    rank = len(ctx.shape(target))
    axis = operator.options["axis"] % rank
    layout = ctx.preferred(operator.inputs)
    if layout is Layout.CHANNELS_FIRST and rank == 4:
        axis = (0, 2, 3, 1)[axis]
    values = [ctx.get(index, layout) for index in operator.inputs]
    result = ctx.onnx.add("Concat", values, axis=axis)
    ctx.put(target, layout, ctx.activation(operator, result))


@lowers("STRIDED_SLICE")
def strided_slice(ctx: Lowering, operator: Operator) -> None:
    """STRIDED_SLICE without new, dropped or elided axes."""
    options = operator.options
    for mask in ("ellipsis_mask", "new_axis_mask", "shrink_axis_mask"):
        if options[mask]:
            raise ctx.unsupported(operator, f"{mask} {options[mask]}")
    source, target = operator.inputs[0], operator.outputs[0]
    shape = ctx.shape(source)
    begin, end, step = (ctx.require_constant(operator, k).astype(np.int64) for k in (1, 2, 3))
    bits = 1 << np.arange(len(shape))
    begin = np.where(options["begin_mask"] & bits, 0, begin)
    end = np.where(options["end_mask"] & bits, shape, end)
    if (step < 1).any():
        raise ctx.unsupported(operator, f"steps {step.tolist()}")
    value = ctx.get(source, Layout.NATIVE)
    if shape != ctx.shape(target):
        axes = ctx.onnx.integers(*range(len(shape)))
        bounds = [ctx.onnx.constant(begin), ctx.onnx.constant(end)]
        value = ctx.onnx.add("Slice", [value, *bounds, axes, ctx.onnx.constant(step)])
    ctx.put(target, Layout.NATIVE, value)


@lowers("RESIZE_BILINEAR")
def resize_bilinear(ctx: Lowering, operator: Operator) -> None:
    """RESIZE_BILINEAR in TFLite's three coordinate conventions."""
    source, target = operator.inputs[0], operator.outputs[0]
    mode = "asymmetric"
    if operator.options["align_corners"]:
        mode = "align_corners"
    elif operator.options["half_pixel_centers"]:
        mode = "half_pixel"
    batch, _, _, channels = ctx.shape(source)
    sizes = ctx.onnx.integers(batch, channels, *ctx.shape(target)[1:3])
    result = ctx.onnx.add(
        "Resize",
        [ctx.get(source, Layout.CHANNELS_FIRST), "", "", sizes],
        mode="linear",
        coordinate_transformation_mode=mode,
    )
    ctx.put(target, Layout.CHANNELS_FIRST, result)


@lowers("DEPTH_TO_SPACE")
def depth_to_space(ctx: Lowering, operator: Operator) -> None:
    """DEPTH_TO_SPACE; TFLite's element order is ONNX's mode DCR."""
    result = ctx.onnx.add(
        "DepthToSpace",
        [ctx.get(operator.inputs[0], Layout.CHANNELS_FIRST)],
        blocksize=operator.options["block_size"],
        mode="DCR",
    )
    ctx.put(operator.outputs[0], Layout.CHANNELS_FIRST, result)


@lowers(SELECT_CHANNELS)
def select_channels(ctx: Lowering, operator: Operator) -> None:
    """The internal operator of `branches`: some channels of a tensor, in the given order."""
    indices = list(operator.options["indices"])
    value = ctx.get(operator.inputs[0], Layout.CHANNELS_FIRST)
    if indices == list(range(indices[0], indices[0] + len(indices))):
        bounds = [ctx.onnx.integers(k) for k in (indices[0], indices[-1] + 1, 1)]
        result = ctx.onnx.add("Slice", [value, *bounds])
    else:
        gathered = ctx.onnx.add("Gather", [value, ctx.onnx.integers(*indices)], axis=1)
        result = into_blocks(ctx, gathered, len(indices))
    ctx.put(operator.outputs[0], Layout.CHANNELS_FIRST, result)
