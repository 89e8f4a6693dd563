"""Conversion of a whole file: result, determinism, refusals.

The real networks are checked in test/golden/face_models.
"""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from tiny_tflite import tiny_picture_network, tiny_picture_result

from affect_perception.inference.tflite import (
    OutputSpec,
    PictureInput,
    UnsupportedOperatorError,
    convert,
)

pytestmark = pytest.mark.unit

OUTPUT = OutputSpec("flat", "result", (8,))


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-1.0, 1.0), (0.0, 255.0)])
def test_bytes_stand_for_the_range_of_the_original(low, high):
    content = convert(tiny_picture_network(), "tiny", PictureInput("image", low, high), [OUTPUT])
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    picture = np.random.default_rng(0).integers(0, 256, (1, 4, 4, 3), dtype=np.uint8)

    (found,) = session.run(["flat"], {"image": picture})

    wanted = tiny_picture_result(picture, low, high).reshape(8)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)


def test_same_file_every_time_and_only_standard_operators():
    args = (tiny_picture_network(), "tiny", PictureInput("image", 0, 1), [OUTPUT])
    content = convert(*args)
    model = onnx.load_from_string(content)

    assert content == convert(*args)
    assert {node.domain for node in model.graph.node} == {""}
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", 18)]


def test_missing_output_names_what_there_is():
    with pytest.raises(UnsupportedOperatorError, match=r"no output 'other'; it has result"):
        convert(
            tiny_picture_network(),
            "tiny",
            PictureInput("image", 0, 1),
            [OutputSpec("x", "other", (8,))],
        )


def test_output_of_another_size_is_refused():
    with pytest.raises(UnsupportedOperatorError, match=r"\(1, 2, 2, 2\), not \(9,\)"):
        convert(
            tiny_picture_network(),
            "tiny",
            PictureInput("image", 0, 1),
            [OutputSpec("x", "result", (9,))],
        )
