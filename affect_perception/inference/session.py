"""What a session is asked for, and the checks that every kind of session makes.

The interface of a session is `core.network.Network`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import ModelContractError
from affect_perception.inference.manifest import ModelEntry

PROVIDERS = ("cpu", "cuda", "tensorrt")
"""Execution providers by the names used in `core.config.ProviderConfig`."""
FALLBACKS = ("none", "cuda", "cpu")
"""What may serve instead if the asked provider is not available."""


def check_inputs(entry: ModelEntry, arrays: Sequence[npt.NDArray[Any]]) -> None:
    """Check arrays against the manifest before they reach the network.

    Raises:
        ModelContractError: On another number, type or shape; the message says what was expected.
    """
    if len(arrays) != len(entry.inputs):
        raise ModelContractError(
            f"{entry.name}: got {len(arrays)} inputs, expected {len(entry.inputs)}"
        )
    for spec, array in zip(entry.inputs, arrays, strict=True):
        if not isinstance(array, np.ndarray) or array.dtype != spec.dtype:
            found = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
            raise ModelContractError(
                f"{entry.name}: input '{spec.name}' must be {spec.dtype}, found {found}"
            )
        if not fits(array.shape, spec.shape):
            raise ModelContractError(
                f"{entry.name}: input '{spec.name}' must have shape {spec.shape} "
                f"({spec.layout}, {spec.colour}), found {array.shape}"
            )


def fits(shape: Sequence[int], wanted: Sequence[int]) -> bool:
    """True if a shape is the wanted one, where -1 stands for any size."""
    return len(shape) == len(wanted) and all(
        want in (-1, size) for size, want in zip(shape, wanted, strict=True)
    )
