"""A network in 16-bit floating point, made from its file in 32 bits.

TensorRT 11 takes precisions from the file alone, and 10 can (strongly typed networks); the provider
CUDA of ONNX Runtime always did. So the file is converted, and the same conversion serves them all.
The conversion is ONNX Runtime's own (`onnxruntime.transformers.float16`), which keeps operators in
32 bits that cannot do with less; inputs and outputs stay as the manifest says.
"""

from __future__ import annotations

import warnings

import onnx
from onnxruntime.transformers import float16

from affect_perception.core.errors import ModelError

# Sampling positions in pixels of a picture 192 wide need more than the eleven digits of 16 bits.
_KEPT = ("GridSample",)


def in_half_precision(name: str, content: bytes) -> bytes:
    """Converts a network; inputs and outputs keep their types.

    Args:
        name: Name of the model, for messages.
        content: The ONNX file in 32 bits.

    Raises:
        ModelError: If the file cannot be converted.
    """
    try:
        with warnings.catch_warnings():
            # Told for each weight below 6e-8, which becomes that.
            warnings.simplefilter("ignore", UserWarning)
            model = float16.convert_float_to_float16(
                onnx.load_from_string(content),
                keep_io_types=True,
                op_block_list=[*float16.DEFAULT_OP_BLOCK_LIST, *_KEPT],
            )
    # The converter has no error class of its own, and raises what its helpers raise.
    except Exception as error:
        raise ModelError(f"{name}: cannot be converted to 16 bits: {error}") from error
    return bytes(model.SerializeToString())
