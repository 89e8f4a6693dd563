"""Emitters of the single operators; importing this package fills `lowering.OPERATORS`."""

from __future__ import annotations

from affect_perception.inference.tflite.ops import convolution, elementwise, landmarks, layout

__all__ = ["convolution", "elementwise", "landmarks", "layout"]
