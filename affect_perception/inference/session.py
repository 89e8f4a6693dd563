"""What a session is asked for, and what every kind of session has and checks.

The interface that the core knows of it is `core.network.Network`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from affect_perception.core.config import ProviderConfig
from affect_perception.core.errors import ConfigError, ModelContractError
from affect_perception.inference.manifest import (
    FP16,
    FP32,
    INT8,
    InputSpec,
    ModelEntry,
    OutputSpec,
)

PROVIDERS = ("cpu", "cuda", "tensorrt")
"""Execution providers of ONNX Runtime by the names used in `core.config.ProviderConfig`."""
NATIVE = "tensorrt_native"
"""TensorRT itself, without ONNX Runtime."""
BACKENDS = (*PROVIDERS, NATIVE)
"""All that a network can run on."""
PRECISIONS = (INT8, FP16, FP32)
"""What can be asked for; a network without a file in 8 bits computes in 32 when 8 are asked for."""
FALLBACKS = ("none", "cuda", "cpu")
"""What may serve instead if the asked provider is not available."""


class Session(ABC):
    """A network that is loaded. Not for use from several threads at once."""

    def __init__(self, entry: ModelEntry) -> None:
        """Takes what the manifest says; subclasses say on what it runs."""
        self._entry = entry
        self._provider = ""
        self._precision = entry.precision
        self._fallback_reason: str | None = None

    @property
    def provider(self) -> str:
        """The backend in use, one of `BACKENDS`."""
        return self._provider

    @property
    def precision(self) -> str:
        """What the network computes in: fp32, fp16 or int8."""
        return self._precision

    @property
    def fallback_reason(self) -> str | None:
        """Why another backend than the asked one is in use, else None."""
        return self._fallback_reason

    def stand_in(self, reason: str) -> None:
        """Notes why this session serves in place of another backend's."""
        self._fallback_reason = reason

    @property
    def name(self) -> str:
        """Name in the manifest."""
        return self._entry.name

    @property
    def inputs(self) -> tuple[InputSpec, ...]:
        """Inputs in the order of `run`."""
        return self._entry.inputs

    @property
    def outputs(self) -> tuple[OutputSpec, ...]:
        """Outputs in the order of `run`."""
        return self._entry.outputs

    @abstractmethod
    def run(self, *inputs: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float32], ...]:
        """Run the network once.

        Args:
            *inputs: Arrays in the order, shape, type and value range of the manifest.

        Returns:
            The outputs in the order of the manifest; they belong to the caller.

        Raises:
            ModelContractError: If an input has another shape or type than the manifest says.
            ModelError: If the session was closed, or the runtime fails.
        """

    @abstractmethod
    def close(self) -> None:
        """Free the network. Calling it twice does no harm."""

    def warm_up(self, runs: int = 3) -> None:
        """Run on zeros, so that memory is planned and kernels are built before the first frame.

        Args:
            runs: How often; a CUDA graph is recorded in the third.
        """
        zeros = [
            np.zeros([1 if size == -1 else size for size in spec.shape], spec.dtype)
            for spec in self.inputs
        ]
        for _ in range(runs):
            self.run(*zeros)


def has_fixed_shapes(entry: ModelEntry) -> bool:
    """True if no input and no output has a free dimension."""
    shapes = [spec.shape for spec in entry.inputs] + [spec.shape for spec in entry.outputs]
    return all(-1 not in shape for shape in shapes)


def check_config(config: ProviderConfig) -> None:
    """Check what a session is asked for.

    Raises:
        ConfigError: On a name that is not known, a number out of range, or 16 bits on processors,
            which would compute in 32 with conversions in between.
    """
    choices = {"provider": BACKENDS, "fallback": FALLBACKS, "precision": PRECISIONS}
    for name, allowed in choices.items():
        value = getattr(config, name)
        if value not in allowed:
            raise ConfigError(f"{name} must be one of {', '.join(allowed)}, found '{value}'")
    if config.threads < 1:
        raise ConfigError(f"threads must be at least 1, found {config.threads}")
    if config.precision == FP16 and config.provider == "cpu":
        raise ConfigError("precision fp16 is for cuda, tensorrt and tensorrt_native, not for cpu")


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
