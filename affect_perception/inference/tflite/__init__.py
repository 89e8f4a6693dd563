"""Converter from TFLite to ONNX for the picture networks that this package uses.

`convert` reads the flatbuffer (`reader`, `sparse`), rewrites it (`passes`, `signs`, `branches`),
emits standard ONNX operators (`lowering`, `ops`) and serialises them the same way every time
(`onnx_graph`).
"""

from __future__ import annotations

from affect_perception.inference.tflite.convert import OutputSpec, PictureInput, convert
from affect_perception.inference.tflite.errors import TfliteReadError, UnsupportedOperatorError

__all__ = [
    "OutputSpec",
    "PictureInput",
    "TfliteReadError",
    "UnsupportedOperatorError",
    "convert",
]
