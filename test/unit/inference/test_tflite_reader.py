"""Reading of TFLite files: tensors, options, sparse constants, damaged files.

What operators compute is left to test_tflite_operators.py.
"""

from __future__ import annotations

import numpy as np
import pytest
import tflite
from tiny_tflite import tiny_picture_network, write_tflite

from affect_perception.inference.tflite.errors import TfliteReadError, UnsupportedOperatorError
from affect_perception.inference.tflite.reader import read_tflite
from affect_perception.inference.tflite.sparse import Level, Sparsity, densify

pytestmark = pytest.mark.unit


def test_reads_tensors_operators_and_options():
    graph = read_tflite(tiny_picture_network())

    assert (graph.inputs, graph.outputs) == ((0,), (4,))
    assert [op.kind for op in graph.operators] == ["DEQUANTIZE", "CONV_2D"]
    assert graph.operators[1].inputs == (0, 2, 3)
    assert graph.operators[1].options["stride_w"] == 2
    assert graph.operators[1].options["dilation_h"] == 1
    assert graph.tensors[0].shape == (1, 4, 4, 3)
    assert graph.tensors[0].data is None
    assert graph.tensors[1].dtype == np.float16
    np.testing.assert_array_equal(graph.tensors[3].data, np.array([0.5, -1], np.float32))


def test_reads_custom_operators_with_their_options():
    content = write_tflite(
        tensors=[{"name": "a", "shape": (1, 2)}, {"name": "b", "shape": (1, 2)}],
        operators=[
            {
                "custom": "Special",
                "inputs": [0],
                "outputs": [1],
                "custom_options": {"scale": 1.5, "points": [3, 1, 2]},
            }
        ],
        inputs=[0],
        outputs=[1],
    )

    operator = read_tflite(content).operators[0]

    assert operator.kind == "Special"
    assert operator.options == {"scale": 1.5, "points": [3, 1, 2]}


@pytest.mark.parametrize("kind", ["RELU", "GELU"])  # numbers below and above 127
def test_reads_operator_numbers_of_both_fields(kind):
    content = write_tflite(
        tensors=[{"name": "a", "shape": (1, 2)}, {"name": "b", "shape": (1, 2)}],
        operators=[{"code": getattr(tflite.BuiltinOperator, kind), "inputs": [0], "outputs": [1]}],
        inputs=[0],
        outputs=[1],
    )
    assert read_tflite(content).operators[0].kind == kind


def test_every_truncation_is_an_error_or_harmless():
    content = tiny_picture_network()
    whole = read_tflite(content)
    refused = 0
    for length in range(len(content)):
        try:
            graph = read_tflite(content[:length])
        except (TfliteReadError, UnsupportedOperatorError):
            refused += 1
        else:  # only bytes that nothing points to are missing
            assert graph.operators == whole.operators
    assert refused > 0.9 * len(content)


def test_other_file_is_refused_by_its_identifier():
    with pytest.raises(TfliteReadError, match="not a TFLite model"):
        read_tflite(b"PK\x03\x04 something else")


def test_unknown_element_type_names_the_tensor():
    content = write_tflite(
        tensors=[{"name": "words", "shape": (1,), "type": tflite.TensorType.STRING}],
        operators=[],
        inputs=[0],
        outputs=[0],
    )
    with pytest.raises(UnsupportedOperatorError, match="words"):
        read_tflite(content)


def test_operator_beyond_the_tensors_is_refused():
    content = write_tflite(
        tensors=[{"name": "a", "shape": (1,)}],
        operators=[{"code": tflite.BuiltinOperator.RELU, "inputs": [0], "outputs": [9]}],
        inputs=[0],
        outputs=[0],
    )
    with pytest.raises(TfliteReadError, match="beyond"):
        read_tflite(content)


def compressed(dense: np.ndarray) -> tuple[np.ndarray, Sparsity]:
    """Rows dense, columns compressed: the ordinary compressed-row form."""
    rows = [np.flatnonzero(row) for row in dense]
    segments = np.cumsum([0, *(len(row) for row in rows)])
    values = np.concatenate([row[indices] for row, indices in zip(dense, rows, strict=True)])
    columns = Level(segments=segments, indices=np.concatenate(rows))
    return values, Sparsity([0, 1], [], [Level(dense_size=len(dense)), columns])


def test_densify_compressed_rows():
    dense = np.array([[0, 1, 0, 2], [0, 0, 0, 0], [3, 0, 0, 4]], dtype=np.float32)
    values, sparsity = compressed(dense)
    np.testing.assert_array_equal(densify(values, dense.shape, sparsity), dense)


def test_densify_blocks():
    # 4x4 in blocks of 2x2, the blocks (0, 1) and (1, 0) stored, each row by row.
    sparsity = Sparsity(
        traversal_order=[0, 1, 2, 3],
        block_map=[0, 1],
        levels=[
            Level(dense_size=2),
            Level(segments=np.array([0, 1, 2]), indices=np.array([1, 0])),
            Level(dense_size=2),
            Level(dense_size=2),
        ],
    )
    wanted = np.zeros((4, 4))
    wanted[0:2, 2:4] = [[1, 2], [3, 4]]
    wanted[2:4, 0:2] = [[5, 6], [7, 8]]
    np.testing.assert_array_equal(densify(np.arange(1.0, 9), (4, 4), sparsity), wanted)


def test_densify_refuses_an_index_that_does_not_fit():
    values, sparsity = compressed(np.eye(3, dtype=np.float32))
    with pytest.raises(TfliteReadError, match="stores 2 values"):
        densify(values[:2], (3, 3), sparsity)
    with pytest.raises(TfliteReadError, match="outside"):
        densify(values, (3, 2), sparsity)
