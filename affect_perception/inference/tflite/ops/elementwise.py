"""Operators that work element by element."""

from __future__ import annotations

import numpy as np

from affect_perception.inference.tflite.lowering import Layout, Lowering, lowers
from affect_perception.inference.tflite.ops.landmarks import scale_matrix
from affect_perception.inference.tflite.schema import Array, Operator
from affect_perception.inference.tflite.signs import TWO_SLOPES

_BINARY = {"ADD": "Add", "MUL": "Mul"}
_UNARY = {"RELU": "Relu", "LOGISTIC": "Sigmoid"}


@lowers(*_UNARY)
def unary(ctx: Lowering, operator: Operator) -> None:
    """RELU and LOGISTIC, in whatever layout the input has."""
    source, target = operator.inputs[0], operator.outputs[0]
    layout = ctx.preferred([source])
    ctx.put(target, layout, ctx.onnx.add(_UNARY[operator.kind], [ctx.get(source, layout)]))


@lowers(*_BINARY)
def binary(ctx: Lowering, operator: Operator) -> None:
    """ADD and MUL with broadcasting as in numpy."""
    if any(index in ctx.affines for index in operator.inputs):
        scale_matrix(ctx, operator)
        return
    target = operator.outputs[0]
    rank = len(ctx.shape(target))
    layout = ctx.preferred(operator.inputs)
    for index in operator.inputs:
        broadcast = len(ctx.shape(index)) != rank
        if broadcast and layout is Layout.CHANNELS_FIRST and ctx.constant(index) is None:
            raise ctx.unsupported(operator, f"broadcast of the computed shape {ctx.shape(index)}")
    terms = [ctx.get(index, layout, rank) for index in operator.inputs]
    result = ctx.onnx.add(_BINARY[operator.kind], terms)
    ctx.put(target, layout, ctx.activation(operator, result))


@lowers("PRELU")
def prelu(ctx: Lowering, operator: Operator) -> None:
    """PRELU with one slope per channel."""
    slopes = ctx.require_constant(operator, 1).astype(np.float32)
    channels = ctx.shape(operator.inputs[0])[-1]
    if len(ctx.shape(operator.inputs[0])) != 4 or slopes.size != channels:
        raise ctx.unsupported(operator, f"slopes of shape {slopes.shape}, need one per channel")
    _two_slopes(ctx, operator, slopes.reshape(-1), np.ones(channels, np.float32))


@lowers(TWO_SLOPES)
def two_slopes(ctx: Lowering, operator: Operator) -> None:
    """The internal operator of `signs`: one slope below zero and one above, per channel."""
    below, above = (ctx.require_constant(operator, k) for k in (1, 2))
    _two_slopes(ctx, operator, below, above)


def _two_slopes(ctx: Lowering, operator: Operator, below: Array, above: Array) -> None:
    """A piecewise linear function as convolutions.

    f(x) = n x + (p - n) relu(x). Both terms are depthwise 1x1 convolutions, which ONNX Runtime
    runs in its blocked memory layout; its own PRelu leaves that layout and makes the attention
    mesh three times slower. Where p >= n in all channels, (p - n) can be pulled into the relu,
    which is then part of the convolution and saves one pass over the data.
    """
    value = ctx.get(operator.inputs[0], Layout.CHANNELS_FIRST)
    linear = _scale(ctx, value, below)
    rise = above - below
    if (rise >= 0).all():
        positive = ctx.onnx.add("Relu", [_scale(ctx, value, rise)])
    else:
        positive = _scale(ctx, ctx.onnx.add("Relu", [value]), rise)
    result = ctx.onnx.add("Add", [linear, positive])
    ctx.put(operator.outputs[0], Layout.CHANNELS_FIRST, result)


def _scale(ctx: Lowering, value: str, factors: Array) -> str:
    """Multiply every channel by its factor with a depthwise convolution."""
    kernel = ctx.onnx.constant(factors.reshape(-1, 1, 1, 1))
    return ctx.onnx.add("Conv", [value, kernel], kernel_shape=[1, 1], group=factors.size)
