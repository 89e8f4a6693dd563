"""The part of TensorRT's Python API that is used, as types, and how it is found.

Source: NVIDIA's Python API reference of TensorRT 10 and its migration guides 8.x to 10.x and 10.x
to 11.x. What differs:

- 8.6 wants the flag EXPLICIT_BATCH, has no strongly typed networks (precision is a builder's flag),
  and no progress monitor. Named tensors and `execute_async_v3` are there since 8.5.
- 10 takes the precision from the file if the network is made STRONGLY_TYPED. That is what is done:
  the same file then means the same in 10 and 11.
- 11 knows strongly typed networks only; builder's flags of precision are gone.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from affect_perception.core.errors import ModelError, ProviderUnavailableError

OLDEST = (8, 6)
"""Oldest version whose API fits."""

Shape = tuple[int, ...]


class EngineBuildError(ModelError):
    """TensorRT cannot read the model or build an engine, or was asked to stop."""


class Profile(Protocol):
    """IOptimizationProfile."""

    def set_shape(self, input: str, min: Shape, opt: Shape, max: Shape) -> Any:
        """Smallest, usual and largest shape of an input."""
        ...


class TimingCache(Protocol):
    """ITimingCache."""

    def serialize(self) -> Any:
        """A buffer."""
        ...


class BuilderConfig(Protocol):
    """IBuilderConfig."""

    progress_monitor: Any

    def set_memory_pool_limit(self, pool: Any, pool_size: int) -> None:
        """Bytes that tactics may use."""
        ...

    def set_flag(self, flag: Any) -> None:
        """Before TensorRT 10: precision."""
        ...

    def add_optimization_profile(self, profile: Profile) -> int:
        """Its number, or -1."""
        ...

    def create_timing_cache(self, serialized_timing_cache: bytes) -> TimingCache:
        """From a buffer, which may be empty."""
        ...

    def set_timing_cache(self, cache: TimingCache, ignore_mismatch: bool) -> bool:
        """False if it is another machine's or version's."""
        ...

    def get_timing_cache(self) -> TimingCache | None:
        """As it is after the build."""
        ...


class Builder(Protocol):
    """Builder."""

    def create_network(self, flags: int) -> Any:
        """INetworkDefinition."""
        ...

    def create_builder_config(self) -> BuilderConfig:
        """Settings of a build."""
        ...

    def create_optimization_profile(self) -> Profile:
        """Ranges of shapes."""
        ...

    def build_serialized_network(self, network: Any, config: BuilderConfig) -> Any | None:
        """A buffer, or None. The interpreter's lock is released meanwhile."""
        ...


class Parser(Protocol):
    """OnnxParser."""

    num_errors: int

    def parse(self, model: bytes) -> bool:
        """Reads a network in; False if it cannot."""
        ...

    def get_error(self, index: int) -> Any:
        """One error, readable as text."""
        ...


class Context(Protocol):
    """IExecutionContext."""

    def set_input_shape(self, name: str, shape: Shape) -> bool:
        """False if the profile does not have it."""
        ...

    def get_tensor_shape(self, name: str) -> Sequence[int]:
        """Known for outputs once all inputs have theirs."""
        ...

    def set_tensor_address(self, name: str, memory: int) -> bool:
        """Memory on the device."""
        ...

    def execute_async_v3(self, stream_handle: int) -> bool:
        """Puts the run into a CUDA stream."""
        ...


class Engine(Protocol):
    """ICudaEngine."""

    num_io_tensors: int

    def get_tensor_name(self, index: int) -> str:
        """Of an input or output."""
        ...

    def get_tensor_mode(self, name: str) -> Any:
        """TensorIOMode."""
        ...

    def get_tensor_shape(self, name: str) -> Sequence[int]:
        """With -1 for free dimensions."""
        ...

    def get_tensor_dtype(self, name: str) -> Any:
        """DataType."""
        ...

    def create_execution_context(self) -> Context | None:
        """None if the device has no memory left."""
        ...


class Runtime(Protocol):
    """Runtime."""

    def deserialize_cuda_engine(self, serialized_engine: bytes) -> Engine | None:
        """None if it is of another version or device, or damaged."""
        ...


class TensorRt(Protocol):
    """The module `tensorrt`. Enumerations are Any: they are only handed on."""

    __version__: str
    Logger: Any
    IProgressMonitor: Any
    NetworkDefinitionCreationFlag: Any
    BuilderFlag: Any
    MemoryPoolType: Any
    TensorIOMode: Any

    def Builder(self, logger: Any) -> Builder:  # noqa: N802
        """Makes a builder."""
        ...

    def OnnxParser(self, network: Any, logger: Any) -> Parser:  # noqa: N802
        """Makes a parser."""
        ...

    def Runtime(self, logger: Any) -> Runtime:  # noqa: N802
        """Makes a runtime."""
        ...

    def nptype(self, trt_type: Any) -> type[np.generic]:
        """The numpy type of a DataType."""
        ...


def load_api() -> TensorRt:
    """Import TensorRT.

    Raises:
        ProviderUnavailableError: If it is not installed, cannot be loaded, or is too old.
    """
    try:
        found: TensorRt = importlib.import_module("tensorrt")
        version = version_of(found)
    except (ImportError, OSError, AttributeError, ValueError) as error:
        raise ProviderUnavailableError(
            f"the Python package tensorrt cannot be used ({error}); docs/gpu.md says where it "
            "comes from"
        ) from error
    if version < OLDEST:
        raise ProviderUnavailableError(
            f"TensorRT {found.__version__} is too old, wanted is {OLDEST[0]}.{OLDEST[1]} or newer"
        )
    return found


def version_of(api: TensorRt) -> tuple[int, int]:
    """Major and minor version."""
    major, minor = api.__version__.split(".")[:2]
    return int(major), int(minor)
