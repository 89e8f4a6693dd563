"""Convolution, depthwise convolution and pooling."""

from __future__ import annotations

import math

import numpy as np

from affect_perception.inference.tflite.lowering import Layout, Lowering, lowers
from affect_perception.inference.tflite.schema import Array, Operator

_SAME = 0
"""Value of `Padding.SAME` in the TFLite schema; 1 is VALID."""

Pads = tuple[tuple[int, int], tuple[int, int]]


def same_padding(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Padding before and after one axis by TFLite's SAME rule: the odd pixel goes behind.

    Source: TFLite `kernels/padding.h`, ComputePaddingHeightWidth.
    """
    extent = (kernel - 1) * dilation + 1
    total = max((math.ceil(size / stride) - 1) * stride + extent - size, 0)
    return total // 2, total - total // 2


def _padding(ctx: Lowering, operator: Operator, kernel: tuple[int, int]) -> Pads:
    """Padding of both axes: merged into the operator by a pass, SAME, or none."""
    options = operator.options
    if "pads" in options:
        pads: Pads = options["pads"]
        return pads
    if options["padding"] != _SAME:
        return (0, 0), (0, 0)
    _, height, width, _ = ctx.shape(operator.inputs[0])
    return (
        same_padding(height, kernel[0], options["stride_h"], options.get("dilation_h", 1)),
        same_padding(width, kernel[1], options["stride_w"], options.get("dilation_w", 1)),
    )


def _bias(ctx: Lowering, operator: Operator) -> list[str]:
    if len(operator.inputs) < 3 or operator.inputs[2] < 0:
        return []
    return [ctx.onnx.constant(ctx.require_constant(operator, 2).astype(np.float32))]


def _emit(
    ctx: Lowering, operator: Operator, value: str, weights: Array, width_step: int, groups: int
) -> None:
    """Emit a Conv.

    Args:
        ctx: The conversion.
        operator: The TFLite operator.
        value: ONNX input.
        weights: Kernel in ONNX's order (out, in per group, height, width).
        width_step: Elements from one pixel to the next along the width axis of `value`.
        groups: Number of groups.
    """
    options = operator.options
    kernel = weights.shape[2], weights.shape[3] // width_step
    (top, bottom), (left, right) = _padding(ctx, operator, kernel)
    if width_step > 1 and options["dilation_w"] != 1:
        raise ctx.unsupported(operator, "dilation on the interleaved input")
    result = ctx.onnx.add(
        "Conv",
        [value, ctx.onnx.constant(weights), *_bias(ctx, operator)],
        kernel_shape=list(weights.shape[2:]),
        strides=[options["stride_h"], options["stride_w"] * width_step],
        dilations=[options["dilation_h"], options["dilation_w"]],
        pads=[top, left * width_step, bottom, right * width_step],
        group=groups,
    )
    ctx.put(operator.outputs[0], Layout.CHANNELS_FIRST, ctx.activation(operator, result))


@lowers("CONV_2D")
def convolution(ctx: Lowering, operator: Operator) -> None:
    """CONV_2D: kernel (out, height, width, in per group)."""
    weights = ctx.require_constant(operator, 1).astype(np.float32)
    source = operator.inputs[0]
    _, height, width, channels = ctx.shape(source)
    groups = channels // weights.shape[3]
    if channels % weights.shape[3] or weights.shape[0] % groups:
        raise ctx.unsupported(operator, f"{weights.shape[3]} kernel channels for {channels}")
    if source in ctx.graph.inputs and groups == 1:
        # A channels-last picture is, in memory, a one-channel picture `channels` times as wide.
        # Convolving that with the kernel interleaved in the same way gives the same result
        # without moving a pixel (a transpose of 192x192x3 costs 0.06 ms).
        flat = ctx.onnx.integers(1, 1, height, width * channels)
        value = ctx.onnx.add("Reshape", [ctx.get(source, Layout.NATIVE), flat])
        kernel = weights.reshape(weights.shape[0], 1, weights.shape[1], -1)
        _emit(ctx, operator, value, kernel, channels, 1)
        return
    value = ctx.get(source, Layout.CHANNELS_FIRST)
    _emit(ctx, operator, value, weights.transpose(0, 3, 1, 2), 1, groups)


@lowers("DEPTHWISE_CONV_2D")
def depthwise_convolution(ctx: Lowering, operator: Operator) -> None:
    """DEPTHWISE_CONV_2D: kernel (1, height, width, channels * multiplier)."""
    weights = ctx.require_constant(operator, 1).astype(np.float32)
    channels = ctx.shape(operator.inputs[0])[3]
    if weights.shape[0] != 1 or weights.shape[3] % channels:
        raise ctx.unsupported(operator, f"kernel of shape {weights.shape} for {channels} channels")
    value = ctx.get(operator.inputs[0], Layout.CHANNELS_FIRST)
    _emit(ctx, operator, value, weights.transpose(3, 0, 1, 2), 1, channels)


@lowers("MAX_POOL_2D")
def max_pool(ctx: Lowering, operator: Operator) -> None:
    """MAX_POOL_2D; padding never wins the maximum, in TFLite as in ONNX."""
    options = operator.options
    kernel = options["filter_h"], options["filter_w"]
    (top, bottom), (left, right) = _padding(ctx, operator, kernel)
    result = ctx.onnx.add(
        "MaxPool",
        [ctx.get(operator.inputs[0], Layout.CHANNELS_FIRST)],
        kernel_shape=list(kernel),
        strides=[options["stride_h"], options["stride_w"]],
        pads=[top, left, bottom, right],
    )
    ctx.put(operator.outputs[0], Layout.CHANNELS_FIRST, ctx.activation(operator, result))
