"""Errors of the TFLite converter."""

from __future__ import annotations

from affect_perception.core.errors import ModelError


class TfliteReadError(ModelError):
    """The file is not a complete TFLite model (truncated, wrong identifier, broken offsets)."""


class UnsupportedOperatorError(ModelError):
    """The model uses an operator, or an option of one, that the converter does not know.

    The message names the operator, what is not supported, and the tensor it writes, so that the
    place in the model can be found with any model viewer.
    """
