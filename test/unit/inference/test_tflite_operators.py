"""Every operator of the converter against numpy, and its refusals.

Custom operators of the mesh are in test_tflite_landmark_operators.py, rewrites of whole graphs in
test_tflite_passes.py and test_tflite_branches.py.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from tiny_tflite import CONV, POOL, GraphBuilder, run_graph

from affect_perception.inference.tflite.errors import UnsupportedOperatorError
from affect_perception.inference.tflite.ops.convolution import same_padding

pytestmark = pytest.mark.unit

RTOL = 1e-5


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def convolve(
    x: np.ndarray,
    kernel: np.ndarray,
    stride: int = 1,
    dilation: int = 1,
    same: bool = True,
    depthwise: bool = False,
) -> np.ndarray:
    """Channels-last convolution by its definition; kernel (out, h, w, in) or (1, h, w, out)."""
    _, height, width, channels = x.shape
    kh, kw = kernel.shape[1:3]
    out_channels = kernel.shape[3] if depthwise else kernel.shape[0]
    extent_h, extent_w = (kh - 1) * dilation + 1, (kw - 1) * dilation + 1
    if same:
        pads = [same_padding(s, k, stride, dilation) for s, k in ((height, kh), (width, kw))]
        x = np.pad(x, ((0, 0), *pads, (0, 0)))
    out_h = (x.shape[1] - extent_h) // stride + 1
    out_w = (x.shape[2] - extent_w) // stride + 1
    result = np.zeros((1, out_h, out_w, out_channels))
    for i in range(out_h):
        for j in range(out_w):
            top, left = i * stride, j * stride
            patch = x[0, top : top + extent_h : dilation, left : left + extent_w : dilation]
            if depthwise:
                repeated = patch.repeat(out_channels // channels, axis=2)
                result[0, i, j] = (repeated * kernel[0]).sum(axis=(0, 1))
            else:
                result[0, i, j] = (patch[None] * kernel).sum(axis=(1, 2, 3))
    return result


@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (2, 1), (1, 2), (3, 1)])
@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("size", [8, 9])
def test_convolution(stride, dilation, same, size):
    x, kernel, bias = random(1, size, size, 3), random(5, 3, 3, 3, seed=1), random(5, seed=2)
    wanted = convolve(x, kernel, stride, dilation, same) + bias
    build = GraphBuilder()
    source = build.op("RELU", [build.input(*x.shape)], x.shape)  # not the picture input itself
    options = {
        **CONV,
        "padding": 0 if same else 1,
        "stride_h": stride,
        "stride_w": stride,
        "dilation_h": dilation,
        "dilation_w": dilation,
    }
    inputs = [source, build.constant(kernel), build.constant(bias)]
    target = build.op("CONV_2D", inputs, wanted.shape, **options)

    positive = np.maximum(x, 0)
    wanted = convolve(positive, kernel, stride, dilation, same) + bias
    (found,) = run_graph(build.graph(target), x)

    np.testing.assert_allclose(found, wanted, rtol=RTOL, atol=1e-4)


@pytest.mark.parametrize(("size", "stride", "kernel_size"), [(8, 2, 3), (9, 2, 3), (8, 2, 5)])
def test_convolution_of_the_picture_reads_it_interleaved(size, stride, kernel_size):
    x, kernel = random(1, size, size, 3), random(4, kernel_size, kernel_size, 3, seed=1)
    wanted = convolve(x, kernel, stride)
    build = GraphBuilder()
    options = {**CONV, "stride_h": stride, "stride_w": stride}
    inputs = [build.input(*x.shape), build.constant(kernel)]
    target = build.op("CONV_2D", inputs, wanted.shape, **options)

    (found,) = run_graph(build.graph(target), x)

    np.testing.assert_allclose(found, wanted, rtol=RTOL, atol=1e-5)


def test_grouped_convolution():
    x, kernel = random(1, 4, 4, 6), random(4, 1, 1, 3, seed=1)
    wanted = np.concatenate(
        [convolve(x[..., :3], kernel[:2]), convolve(x[..., 3:], kernel[2:])], axis=3
    )
    build = GraphBuilder()
    inputs = [build.input(*x.shape), build.constant(kernel)]
    target = build.op("CONV_2D", inputs, wanted.shape, **CONV)
    (found,) = run_graph(build.graph(target), x)
    np.testing.assert_allclose(found, wanted, rtol=RTOL, atol=1e-5)


@pytest.mark.parametrize("multiplier", [1, 2])
@pytest.mark.parametrize("stride", [1, 2])
def test_depthwise_convolution(multiplier, stride):
    x, kernel = random(1, 7, 7, 4), random(1, 3, 3, 4 * multiplier, seed=1)
    wanted = convolve(x, kernel, stride, depthwise=True)
    build = GraphBuilder()
    options = {**CONV, "stride_h": stride, "stride_w": stride}
    inputs = [build.input(*x.shape), build.constant(kernel)]
    target = build.op("DEPTHWISE_CONV_2D", inputs, wanted.shape, **options)
    (found,) = run_graph(build.graph(target), x)
    np.testing.assert_allclose(found, wanted, rtol=RTOL, atol=1e-5)


@pytest.mark.parametrize(
    ("activation", "function"),
    [(1, lambda v: np.maximum(v, 0)), (3, lambda v: np.clip(v, 0, 6))],
)
def test_fused_activations(activation, function):
    x = 5 * random(1, 3, 3, 2)
    build = GraphBuilder()
    source = build.input(*x.shape)
    inputs = [source, build.constant(np.ones(2))]
    target = build.op("ADD", inputs, x.shape, activation=activation)
    (found,) = run_graph(build.graph(target), x)
    np.testing.assert_allclose(found, function(x + 1), rtol=RTOL)


@pytest.mark.parametrize("size", [6, 7])
def test_max_pool(size):
    x = random(1, size, size, 3)
    out = math.ceil(size / 2)
    padded = np.pad(x, ((0, 0), (0, size % 2), (0, size % 2), (0, 0)), constant_values=-np.inf)
    wanted = padded.reshape(1, out, 2, out, 2, 3).max(axis=(2, 4))
    build = GraphBuilder()
    target = build.op("MAX_POOL_2D", [build.input(*x.shape)], wanted.shape, **POOL)
    (found,) = run_graph(build.graph(target), x)
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("slopes", [[0.25, -0.5, 0.0, 1.0], [0.25, -2.0, 1.5, 3.0]])
def test_prelu_with_small_and_with_large_slopes(slopes):
    x = random(1, 5, 5, 4)
    build = GraphBuilder()
    inputs = [build.input(*x.shape), build.constant(np.reshape(slopes, (1, 1, 4)))]
    target = build.op("PRELU", inputs, x.shape)
    (found,) = run_graph(build.graph(target), x)
    np.testing.assert_allclose(found, np.where(x > 0, x, x * slopes), rtol=RTOL, atol=1e-6)


@pytest.mark.parametrize(
    ("kind", "function"),
    [("RELU", lambda v: np.maximum(v, 0)), ("LOGISTIC", lambda v: 1 / (1 + np.exp(-v)))],
)
@pytest.mark.parametrize("shape", [(1, 2, 3, 4), (5, 7)])
def test_unary(kind, function, shape):
    x = random(*shape)
    build = GraphBuilder()
    target = build.op(kind, [build.input(*shape)], shape)
    (found,) = run_graph(build.graph(target), x)
    np.testing.assert_allclose(found, function(x), rtol=RTOL, atol=1e-6)


@pytest.mark.parametrize(("kind", "function"), [("ADD", np.add), ("MUL", np.multiply)])
@pytest.mark.parametrize("other", [(1, 4, 4, 3), (3,), (1,), (1, 1, 3)])
def test_binary_broadcasts_constants_over_channels(kind, function, other):
    x, constant = random(1, 4, 4, 3), random(*other, seed=1)
    build = GraphBuilder()
    pooled = build.op("RELU", [build.input(*x.shape)], x.shape)
    # A convolution first, so that the value is there channels first.
    kernel = build.constant(np.eye(3).reshape(3, 1, 1, 3))
    source = build.op("CONV_2D", [pooled, kernel], x.shape, **CONV)
    target = build.op(kind, [source, build.constant(constant)], x.shape, activation=0)
    (found,) = run_graph(build.graph(target), x)
    np.testing.assert_allclose(found, function(np.maximum(x, 0), constant), rtol=RTOL, atol=1e-6)


@pytest.mark.parametrize(
    ("shape", "amounts"),
    [((1, 3, 4, 2), [[0, 0], [1, 0], [2, 1], [0, 3]]), ((3, 2), [[1, 0], [0, 2]])],
)
def test_pad(shape, amounts):
    x = random(*shape)
    wanted = np.pad(x, amounts)
    build = GraphBuilder()
    inputs = [build.input(*shape), build.constant(amounts, np.int32)]
    target = build.op("PAD", inputs, wanted.shape)
    (found,) = run_graph(build.graph(target), x)
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize(
    ("shape", "target_shape"),
    [((1, 2, 3, 4), (1, 24)), ((1, 1, 1, 6), (1, 3, 2)), ((6, 2), (1, 2, 2, 3))],
)
def test_reshape_keeps_the_element_order_of_channels_last(shape, target_shape):
    x = random(*shape)
    build = GraphBuilder()
    source = build.input(*shape)
    if len(shape) == 4:  # make it channels first in between
        identity = build.constant(np.eye(shape[3]).reshape(shape[3], 1, 1, shape[3]))
        source = build.op("CONV_2D", [source, identity], shape, **CONV)
    target = build.op("RESHAPE", [source], target_shape)
    (found,) = run_graph(build.graph(target), x)
    np.testing.assert_allclose(found, x.reshape(target_shape), rtol=RTOL)


@pytest.mark.parametrize("axis", [1, 2, 3, -1])
def test_concatenation(axis):
    x, y = random(1, 2, 2, 3), random(1, 2, 2, 3, seed=1)
    wanted = np.concatenate([x, y], axis=axis)
    build = GraphBuilder()
    first, second = build.input(*x.shape), build.input(*y.shape)
    identity = build.constant(np.eye(3).reshape(3, 1, 1, 3))
    first = build.op("CONV_2D", [first, identity], x.shape, **CONV)  # the two in unlike layouts
    options = {"axis": axis, "activation": 0}
    target = build.op("CONCATENATION", [first, second], wanted.shape, **options)
    (found,) = run_graph(build.graph(target), x, y)
    np.testing.assert_allclose(found, wanted, rtol=RTOL)


SLICE = {
    "begin_mask": 0,
    "end_mask": 0,
    "ellipsis_mask": 0,
    "new_axis_mask": 0,
    "shrink_axis_mask": 0,
}


def test_strided_slice():
    x = random(1, 6, 5)
    build = GraphBuilder()
    bounds = [build.constant(v, np.int32) for v in ([7, 1, 1], [1, 6, 9], [1, 2, 1])]
    options = {**SLICE, "begin_mask": 0b001, "end_mask": 0b100}
    target = build.op("STRIDED_SLICE", [build.input(*x.shape), *bounds], (1, 3, 4), **options)
    (found,) = run_graph(build.graph(target), x)
    np.testing.assert_array_equal(found, x[:, 1:6:2, 1:])


def bilinear(x: np.ndarray, size: int, mode: str) -> np.ndarray:
    """Resize a square picture by the three coordinate rules of TFLite."""
    source = x.shape[1]
    grid = np.arange(size)
    position = {
        "align_corners": grid * (source - 1) / (size - 1),
        "half_pixel_centers": (grid + 0.5) * source / size - 0.5,
        "": grid * source / size,
    }[mode]
    position = np.clip(position, 0, source - 1)
    low = np.floor(position).astype(int)
    high = np.minimum(low + 1, source - 1)
    part = position - low
    rows = x[:, low] * (1 - part)[None, :, None, None] + x[:, high] * part[None, :, None, None]
    return rows[:, :, low] * (1 - part)[:, None] + rows[:, :, high] * part[:, None]


@pytest.mark.parametrize("mode", ["align_corners", "half_pixel_centers", ""])
def test_resize_bilinear(mode):
    x = random(1, 4, 4, 3)
    build = GraphBuilder()
    options = {"align_corners": mode == "align_corners", "half_pixel_centers": False}
    options["half_pixel_centers"] = mode == "half_pixel_centers"
    inputs = [build.input(*x.shape), build.constant([8, 8], np.int32)]
    target = build.op("RESIZE_BILINEAR", inputs, (1, 8, 8, 3), **options)
    (found,) = run_graph(build.graph(target), x)
    np.testing.assert_allclose(found, bilinear(x, 8, mode), rtol=RTOL, atol=1e-6)


def test_depth_to_space():
    x = random(1, 2, 3, 8)
    wanted = x.reshape(1, 2, 3, 2, 2, 2).transpose(0, 1, 3, 2, 4, 5).reshape(1, 4, 6, 2)
    build = GraphBuilder()
    target = build.op("DEPTH_TO_SPACE", [build.input(*x.shape)], wanted.shape, block_size=2)
    (found,) = run_graph(build.graph(target), x)
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("indices", [(2, 3), (0, 0, 3)])
def test_select_channels(indices):
    x = random(1, 2, 2, 4)
    build = GraphBuilder()
    shape = (1, 2, 2, len(indices))
    target = build.op("SELECT_CHANNELS", [build.input(*x.shape)], shape, indices=indices)
    (found,) = run_graph(build.graph(target), x)
    np.testing.assert_array_equal(found, x[..., list(indices)])


def test_unknown_operator_is_named_with_its_tensor():
    build = GraphBuilder()
    target = build.op("SOFTMAX", [build.input(1, 4)], (1, 4), name="probabilities")
    with pytest.raises(UnsupportedOperatorError, match=r"SOFTMAX .*'probabilities'"):
        run_graph(build.graph(target), random(1, 4))


def refused_graphs():
    build = GraphBuilder()
    yield (
        "fused activation 4",
        build,
        build.op("ADD", [build.input(1, 2), build.constant(1.0)], (1, 2), activation=4),
    )
    build = GraphBuilder()
    x = build.input(1, 4, 4, 3)
    yield (
        "kernel channels",
        build,
        build.op("CONV_2D", [x, build.constant(np.zeros((4, 1, 1, 2)))], (1, 4, 4, 4), **CONV),
    )
    build = GraphBuilder()
    x = build.input(1, 4, 4, 3)
    yield (
        "one per channel",
        build,
        build.op("PRELU", [x, build.constant(np.zeros((4, 4, 3)))], (1, 4, 4, 3)),
    )
    build = GraphBuilder()
    x, kernel = build.input(1, 4, 4, 3), build.input(2, 1, 1, 3)
    yield "must be constant", build, build.op("CONV_2D", [x, kernel], (1, 4, 4, 2), **CONV)
    build = GraphBuilder()
    bounds = [build.constant([v], np.int32) for v in (0, 1, 1)]
    yield (
        "shrink_axis_mask",
        build,
        build.op(
            "STRIDED_SLICE", [build.input(4), *bounds], (1,), **{**SLICE, "shrink_axis_mask": 1}
        ),
    )


@pytest.mark.parametrize(
    ("what", "build", "target"), [pytest.param(*case, id=case[0]) for case in refused_graphs()]
)
def test_unsupported_options_are_refused(what, build, target):
    inputs = [random(*build.tensors[index].shape) for index in build.inputs]
    with pytest.raises(UnsupportedOperatorError, match=what):
        run_graph(build.graph(target), *inputs)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "wanted"),
    [
        (8, 3, 1, (1, 1)),
        (8, 3, 2, (0, 1)),
        (9, 3, 2, (1, 1)),
        (8, 2, 2, (0, 0)),
        (128, 5, 2, (1, 2)),
    ],
)
def test_same_padding_puts_the_odd_pixel_behind(size, kernel, stride, wanted):
    assert same_padding(size, kernel, stride, 1) == wanted
