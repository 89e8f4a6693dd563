"""Entry into the blocked memory layout of ONNX Runtime's CPU convolutions."""

from __future__ import annotations

import numpy as np

from affect_perception.inference.tflite.lowering import Lowering


def into_blocks(ctx: Lowering, value: str, channels: int) -> str:
    """Multiply by one with a depthwise convolution, which is exact.

    A value that comes from elsewhere is plain NCHW. If a convolution and an addition read it, ONNX
    Runtime converts it for the first, and for the second converts the other term back, adds, and
    converts the sum again. Behind this convolution both read the blocked layout, and the addition
    is fused into the convolution before it.
    """
    ones = ctx.onnx.constant(np.ones((channels, 1, 1, 1), dtype=np.float32))
    return ctx.onnx.add("Conv", [value, ones], kernel_shape=[1, 1], group=channels)
